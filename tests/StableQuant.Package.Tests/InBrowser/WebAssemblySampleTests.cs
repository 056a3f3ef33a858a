using System.Text.Json;
using StableQuant.Calibration.Tests.Report;
using StableQuant.Kernels;
using StableQuant.Recognition;

namespace StableQuant.Package.Tests.InBrowser;

/// <summary>The sample page, published and opened in a browser, against the same model under the JIT here.</summary>
[Trait("Ring", "Full")]
public sealed class WebAssemblySampleTests(WebAssemblySampleTests.Published sample) : IClassFixture<WebAssemblySampleTests.Published>
{
    private static string Recording(int index) => Path.Combine(AppContext.BaseDirectory, "Recordings", Recordings.All[index].Name);

    [BrowserFact]
    public async Task A_recording_that_is_chosen_becomes_the_words_and_times_that_the_library_finds()
    {
        await using Browser browser = await OpenAsync();
        await browser.ChooseFileAsync("#file", Recording(0));
        JsonElement status = await browser.WaitForAsync("document.getElementById('status').textContent", text => text.GetString()!.Contains("words in", StringComparison.Ordinal));
        status.GetString()!.ShouldEndWith($"kernels {InstructionSets.Name(InstructionSet.Vector128)}");

        using var model = new Commands(maxSeconds: 20);
        string[] expected = [.. new Recognizer(model).RecognizeFile(Recording(0)).Words.Select(word => FormattableString.Invariant($"{word.Text} {word.Start:F2} {word.End:F2} {word.Confidence:F2}"))];
        JsonElement rows = await browser.EvaluateAsync("[...document.querySelectorAll('#words tr')].map(row => [...row.cells].map(cell => cell.textContent).join(' '))");
        rows.EnumerateArray().Select(row => row.GetString()).ShouldBe(expected);
        browser.Complaints.ShouldBeEmpty();
        browser.Requests.ShouldAllBe(request => request.StartsWith(sample.Site.Address, StringComparison.Ordinal) || request == "data:,");
    }

    // So many that code which was interpreted first has been compiled.
    [BrowserFact]
    public async Task Fingerprints_are_those_of_the_scalar_kernels_here()
    {
        await using Browser browser = await OpenAsync();
        for (int i = 0; i < 6; i++)
        {
            string wav = Convert.ToBase64String(await File.ReadAllBytesAsync(Recording(i)));
            JsonElement hash = await browser.EvaluateAsync(
                $"import('./speech.js').then(speech => speech.fingerprint(Uint8Array.from(atob('{wav}'), c => c.charCodeAt(0)), 'recording.wav'))");
            $"{Recordings.All[i].Name}\t{hash.GetString()}".ShouldBe(Recordings.Fingerprints.ElementAt(i));
        }
    }

    [BrowserFact]
    public async Task Other_forms_are_decoded_by_the_browser()
    {
        await using Browser browser = await OpenAsync();
        string flac = Path.Combine(sample.Folder, "recording.flac");
        float[] pcm = Recordings.All[2].Pcm;
        await File.WriteAllBytesAsync(flac, FlacFile.Of(pcm));
        await browser.ChooseFileAsync("#file", flac);
        await browser.WaitForAsync("document.getElementById('status').textContent", text => text.GetString()!.Contains("words in", StringComparison.Ordinal));
        JsonElement words = await browser.EvaluateAsync("[...document.querySelectorAll('#words tr')].map(row => row.cells[0].textContent).join(' ')");
        using var model = new Commands();
        words.GetString().ShouldBe(Recordings.Transcribe(model, pcm));
    }

    [BrowserFact]
    public async Task What_is_no_recording_is_told_and_the_next_one_is_heard()
    {
        await using Browser browser = await OpenAsync();
        string damaged = Path.Combine(sample.Folder, "damaged.wav");
        await File.WriteAllBytesAsync(damaged, [.. "RIFF"u8, .. new byte[100]]);
        await browser.ChooseFileAsync("#file", damaged);
        await browser.WaitForAsync("document.getElementById('status').textContent", text => text.GetString()!.StartsWith("damaged.wav: ", StringComparison.Ordinal));
        await browser.ChooseFileAsync("#file", Recording(1));
        await browser.WaitForAsync("document.getElementById('words').children.length", count => count.GetInt32() > 0);
    }

    // Of which the model is 3.1, the runtime 1.0.
    [BrowserFact]
    public async Task The_page_is_five_million_bytes_to_download_at_most()
    {
        long before = sample.Site.Bytes;
        await using Browser browser = await OpenAsync();
        (sample.Site.Bytes - before).ShouldBeInRange(4_000_000, 5_000_000);
    }

    private async Task<Browser> OpenAsync()
    {
        Browser browser = await Browser.StartAsync();
        await browser.OpenAsync(sample.Site.Address, 800, dark: false);
        await browser.WaitForAsync("document.getElementById('status').textContent", text => text.GetString()!.StartsWith("Ready", StringComparison.Ordinal));
        return browser;
    }

    /// <summary>As a user publishes it, and served as a web server does.</summary>
    public sealed class Published : IDisposable
    {
        private readonly StaticSite? site;

        public Published()
        {
            if (Browser.Program is null)
            {
                return;
            }

            (string output, string errors, int status) = Shell.Run(
                AppContext.BaseDirectory, new Dictionary<string, string?>(),
                "dotnet", ["publish", Repository.File("samples/WebAssembly"), "-c", "Release", "-o", Path.Combine(Folder, "out"),
                "--artifacts-path", Path.Combine(Folder, "artifacts"), "-v:q", "-nologo", "-p:RunAnalyzers=false"]);
            status.ShouldBe(0, output + errors);
            output.ShouldNotContain("warning");
            site = new StaticSite(Path.Combine(Folder, "out", "wwwroot"));
        }

        internal string Folder { get; } = Directory.CreateTempSubdirectory("stablequant-browser-").FullName;

        internal StaticSite Site => site!;

        public void Dispose()
        {
            site?.Dispose();
            Directory.Delete(Folder, recursive: true);
        }
    }
}

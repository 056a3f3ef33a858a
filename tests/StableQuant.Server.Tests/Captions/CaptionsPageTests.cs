using System.Globalization;
using System.Text.Json;
using StableQuant.Audio;
using StableQuant.Calibration.Tests.Report;
using StableQuant.Recognition;
using StableQuant.Server.Tests.Live;

namespace StableQuant.Server.Tests.Captions;

/// <summary>What a person meets on the captions page, in a real browser.</summary>
[Trait("Ring", "Full")]
public sealed class CaptionsPageTests : IDisposable
{
    // Of the folder's table of what was said.
    private static readonly string[] Spoken = ["0030", "0202", "0060"];

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("stablequant-");
    private readonly string recording;
    private readonly string[] said;

    public CaptionsPageTests()
    {
        recording = Path.Combine(folder.FullName, "said.wav");
        var samples = new List<short>(new short[4 * AudioFile.ModelRate]);
        foreach (string name in Spoken)
        {
            samples.AddRange(AudioFile.Load16k(Path.Combine(AppContext.BaseDirectory, "Recordings", name + ".wav")).Select(sample => (short)(sample * 32767)));
            samples.AddRange(new short[AudioFile.ModelRate]);
        }

        samples.AddRange(new short[60 * AudioFile.ModelRate]);
        File.WriteAllBytes(recording, Recordings.Wave([.. samples]));
        Dictionary<string, string> transcripts = File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Recordings", "transcripts.tsv")).Select(line => line.Split('\t')).ToDictionary(cells => cells[0], cells => cells[1]);
        said = [.. Spoken.Select(name => transcripts[name + ".wav"])];
    }

    public void Dispose() => folder.Delete(recursive: true);

    [BrowserFact]
    public async Task What_the_microphone_hears_is_on_the_page_word_by_word_by_keyboard_alone()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        await using CaptionsPage page = await CaptionsPage.OpenAsync(server.Address, CaptionsPage.Microphone(recording));
        await page.Browser.EvaluateAsync("""
            globalThis.partials = [];
            new MutationObserver(() => partials.push(document.getElementById('partial').textContent)).observe(document.getElementById('partial'), { childList: true, characterData: true, subtree: true });
            """);

        await page.TypeAsync(("Tab", 9, null), ("Enter", 13, "\r"));
        (await page.SaysAsync("live")).ShouldBe("Listening.");
        await page.UntilAsync($"document.querySelectorAll('#finals li').length >= {said.Length}");
        await page.TypeAsync(("Enter", 13, "\r"));
        (await page.SaysAsync("idle")).ShouldStartWith("Stopped.");
        (await page.UtterancesAsync()).ShouldBe(said);
        (await page.TextAsync("partial")).ShouldBeEmpty();
        JsonElement[] partials = [.. (await page.Browser.EvaluateAsync("partials")).EnumerateArray()];
        partials.ShouldContain(partial => partial.GetString() == said[0], "a whole utterance was there before it was final");
        partials.ShouldContain(partial => partial.GetString()!.Length > 0 && partial.GetString()!.Length < said[0].Length / 2);

        // The page began to hear somewhere in the silence before the words: all times are later by as much.
        using var model = new TranscriptionServer.Commands();
        IReadOnlyList<Word> words = new Recognizer(model).RecognizeFile(recording).Words;
        (string Word, double Start, double End)[] shown = await page.WordsAsync();
        shown.Select(word => word.Word).ShouldBe(words.Select(word => word.Text));
        double later = words[0].Start - shown[0].Start;
        for (int i = 0; i < words.Count; i++)
        {
            (shown[i].Start + later).ShouldBe(words[i].Start, 0.06, words[i].Text);
            (shown[i].End + later).ShouldBe(words[i].End, 0.06, words[i].Text);
        }

        page.Browser.Complaints.ShouldBeEmpty();
        page.Browser.Requests.ShouldAllBe(address => address.StartsWith(server.Address.AbsoluteUri, StringComparison.Ordinal));
    }

    [BrowserFact]
    public async Task A_file_is_shown_with_its_words_on_every_screen()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        await using CaptionsPage page = await CaptionsPage.OpenAsync(server.Address);
        using var model = new TranscriptionServer.Commands();
        Transcription heard = new Recognizer(model).RecognizeFile(recording);
        foreach ((int width, int height, bool dark) in new[] { (390, 844, false), (390, 844, true), (1280, 800, false), (1280, 800, true), (320, 640, false), (844, 390, false) })
        {
            await page.ShowAsync(server.Address, width, height, dark);
            await IsWholeAsync(page, $"empty, {width}");
            await page.ChooseAsync(recording);
            (await page.SaysAsync("idle")).ShouldBe("said.wav: done.");
            (await page.UtterancesAsync()).ShouldBe(said);
            (await page.WordsAsync()).ShouldBe(heard.Words.Select(word => (word.Text, Rounded(word.Start), Rounded(word.End))));
            await IsWholeAsync(page, $"with words, {width}");

            // The last line's button shows its place in the waveform, whose words assistive technology is told.
            await page.Browser.EvaluateAsync("document.querySelector('#finals li:last-child button').click()");
            await page.UntilAsync("document.getElementById('waveform').ariaLabel.includes('NINE at ')");
            await page.UntilAsync("""
                (() => {
                  const canvas = document.getElementById('waveform');
                  const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d', { willReadFrequently: true });
                  copy.drawImage(canvas, 0, 0);
                  const { data, width, height } = copy.getImageData(0, 0, canvas.width, canvas.height);
                  let drawn = 0;
                  for (let i = 3; i < data.length; i += 4) drawn += data[i] > 0;
                  return width === Math.round(canvas.clientWidth * devicePixelRatio) && drawn > width * height / 50;
                })()
                """);
            await page.Browser.EvaluateAsync("document.querySelector('summary').click()");
            await IsWholeAsync(page, $"with all times, {width}");
        }

        page.Browser.Complaints.ShouldBeEmpty();
    }

    [BrowserFact]
    public async Task Without_a_microphone_the_page_says_why()
    {
        await using RunningServer server = await RunningServer.StartAsync("Instances=1", "QueueLength=0");
        await using CaptionsPage page = await CaptionsPage.OpenAsync(server.Address, "--use-fake-ui-for-media-stream", "--host-resolver-rules=MAP captions.test 127.0.0.1");
        foreach ((string name, string start) in new[] { ("NotFoundError", "There is no microphone."), ("NotAllowedError", "The microphone was refused."), ("NotReadableError", "The microphone is used by another program."), ("AbortError", "The microphone does not work (why).") })
        {
            await page.Browser.EvaluateAsync($"navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('why', '{name}'))");
            await page.PressAsync("microphone");
            await page.UntilAsync($"document.getElementById('status').textContent.startsWith('{start}')");
            await IsWholeAsync(page, name);
        }

        // Another name than localhost, without TLS.
        await page.ShowAsync(new UriBuilder(server.Address) { Host = "captions.test" }.Uri, 390, 844);
        await page.PressAsync("microphone");
        (await page.SaysAsync("error")).ShouldStartWith("Browsers give a page the microphone over HTTPS");
        await IsWholeAsync(page, "insecure");
        page.Browser.Complaints.ShouldBeEmpty();
    }

    [BrowserFact]
    public async Task A_server_that_is_busy_stops_or_goes_is_told_and_words_stay()
    {
        RunningServer server = await RunningServer.StartAsync("Instances=1", "QueueLength=0");
        await using var line = new CutLine(server.Address);
        await using CaptionsPage page = await CaptionsPage.OpenAsync(line.Address, CaptionsPage.Microphone(recording));
        using (LiveClient other = await LiveClient.ConnectAsync(server))
        {
            await page.PressAsync("microphone");
            (await page.SaysAsync("error")).ShouldBe("The server is busy. Try again in a moment.");
            other.Socket.Abort();
        }

        await server.UntilAsync("transcription_requests_accepted", value => value == 0);
        await page.PressAsync("microphone");
        await page.SaysAsync("live");
        await page.UntilAsync("document.querySelectorAll('#finals li').length > 0");
        line.Cut();
        (await page.SaysAsync("error")).ShouldBe("The connection was lost. What was heard so far stays here.");
        (await page.UtterancesAsync()).ShouldNotBeEmpty();
        await IsWholeAsync(page, "lost");

        await server.UntilAsync("transcription_requests_accepted", value => value == 0);
        await page.PressAsync("microphone");
        await page.SaysAsync("live");
        await server.DisposeAsync();
        (await page.SaysAsync("error")).ShouldBe("The server stops. Start again in a moment.");
        await page.PressAsync("microphone");
        await page.UntilAsync("document.getElementById('status').textContent.startsWith('The server cannot be reached.')");
    }

    [BrowserFact]
    public async Task Where_the_server_wants_a_key_the_page_asks_for_it()
    {
        await using RunningServer server = await RunningServer.StartAsync("ApiKey=s3cret/+=");
        await using CaptionsPage page = await CaptionsPage.OpenAsync(server.Address, CaptionsPage.Microphone(recording));
        await page.PressAsync("microphone");
        (await page.SaysAsync("error")).ShouldContain("key");
        await page.UntilAsync("document.activeElement.id === 'key-text'");
        await page.ShowAsync(server.Address, 390, 844);
        await page.ChooseAsync(recording);
        await page.SaysAsync("error");
        await IsWholeAsync(page, "key");
        await page.Browser.CallAsync("Input.insertText", new { text = "no" });
        await page.TypeAsync(("Enter", 13, "\r"));
        await page.UntilAsync("document.getElementById('status').textContent.includes('not this server')");
        await page.Browser.EvaluateAsync("document.getElementById('key-text').value = ''; document.getElementById('key-text').focus()");
        await page.Browser.CallAsync("Input.insertText", new { text = "s3cret/+=" });
        await page.TypeAsync(("Enter", 13, "\r"));
        (await page.SaysAsync("idle")).ShouldBe("The key is right.");
        await page.PressAsync("microphone");
        (await page.SaysAsync("live")).ShouldBe("Listening.");
    }

    [BrowserFact]
    public async Task Whatever_words_hold_they_are_text()
    {
        const string Hostile = "<img src=x onerror=globalThis.hostile=1><script>globalThis.hostile=1</script>";
        await using RunningServer server = await RunningServer.StartAsync();
        await using CaptionsPage page = await CaptionsPage.OpenAsync(server.Address);
        await page.Browser.EvaluateAsync($$"""
            (async () => {
              const { Transcript } = await import('/captions/transcript.js');
              const words = [{ word: {{JsonSerializer.Serialize(Hostile)}}, start: 0, end: 1, confidence: 1 }];
              const transcript = new Transcript(() => {});
              transcript.setPartial(words);
              transcript.addFinal({ start: 0, words });
              transcript.setPartial(words);
            })()
            """);
        (await page.TextAsync("partial")).ShouldBe(Hostile);
        (await page.UtterancesAsync()).ShouldBe([Hostile]);
        (await page.WordsAsync()).ShouldBe([(Hostile, 0, 1)]);
        (await page.Browser.EvaluateAsync("typeof hostile + document.images.length")).GetString().ShouldBe("undefined0");
        await IsWholeAsync(page, "hostile");
    }

    [BrowserFact]
    public async Task Rates_are_changed_without_aliases_whatever_the_pieces()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        await using CaptionsPage page = await CaptionsPage.OpenAsync(server.Address);
        foreach (int rate in new[] { 16000, 22050, 44100, 48000, 96000, 8000 })
        {
            JsonElement outcome = await page.Browser.EvaluateAsync($$"""
                (async () => {
                  const { Resampler } = await import('/captions/resampler.js');
                  const make = (hertz, size) => {
                    const resampler = new Resampler({{rate}}, 16000), made = [];
                    const samples = Float32Array.from({ length: {{rate}} + 7 }, (_, i) => 0.5 * Math.sin(2 * Math.PI * hertz * i / {{rate}}));
                    for (let at = 0; at < samples.length; at += size) made.push(...resampler.push(samples.subarray(at, at + size)));
                    made.push(...resampler.flush());
                    return made;
                  };
                  const tone = make(1000, 128), same = make(1000, 4801);
                  const level = values => Math.sqrt(values.slice(1000, 15000).reduce((sum, v) => sum + v * v, 0) / 14000);
                  return { count: tone.length, same: JSON.stringify(tone) === JSON.stringify(same),
                           error: level(tone.map((v, n) => v - 16384 * Math.sin(2 * Math.PI * 1000 * n / 16000))),
                           alias: {{rate}} > 16000 ? level(make(10000, 999)) : 0 };
                })()
                """);
            outcome.GetProperty("count").GetInt32().ShouldBe((int)Math.Ceiling((rate + 7) * 16000.0 / rate), $"{rate}");
            outcome.GetProperty("same").GetBoolean().ShouldBeTrue($"{rate}");

            // In steps of 16 bits: rounding alone makes 0.29, and 80 dB below the tone is 1.2.
            outcome.GetProperty("error").GetDouble().ShouldBeLessThan(1.2, $"{rate}");
            outcome.GetProperty("alias").GetDouble().ShouldBeLessThan(1.2, $"{rate}");
        }
    }

    [BrowserFact]
    public async Task Labels_of_words_never_lie_on_one_another()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        await using CaptionsPage page = await CaptionsPage.OpenAsync(server.Address);
        JsonElement put = await page.Browser.EvaluateAsync("""
            (async () => {
              const { Labels } = await import('/captions/labels.js');
              let labels = new Labels(), seed = 1, middle = 0;
              const random = () => (seed = seed * 16807 % 2147483647) / 2147483647;
              return Array.from({ length: 500 }, () => {
                const width = 8 + 80 * random();
                middle += 50 * random();
                labels = new Labels(labels);
                return { middle, width, ...labels.put(middle, width) };
              });
            })()
            """);
        (int Lane, double Left, double Right)[] all = [.. put.EnumerateArray().Select(label =>
            (label.GetProperty("lane").GetInt32(), label.GetProperty("left").GetDouble(), label.GetProperty("left").GetDouble() + label.GetProperty("width").GetDouble()))];
        foreach (IGrouping<int, (int Lane, double Left, double Right)> lane in all.GroupBy(label => label.Lane))
        {
            lane.Key.ShouldBeInRange(0, 2);
            lane.Zip(lane.Skip(1)).ShouldAllBe(pair => pair.First.Right < pair.Second.Left);
        }

        all[0].Left.ShouldBeGreaterThanOrEqualTo(0);
        all.Length.ShouldBe(500);
    }

    private static async Task IsWholeAsync(CaptionsPage page, string state)
    {
        JsonElement faults = await page.Browser.EvaluateAsync(Layout.Faults);
        faults.EnumerateArray().Select(fault => fault.GetString()).ShouldBeEmpty(state);
    }

    private static double Rounded(double seconds) => double.Parse(seconds.ToString("0.00", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
}

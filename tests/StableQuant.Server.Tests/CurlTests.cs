using System.Diagnostics;
using System.Text.Json;

namespace StableQuant.Server.Tests;

/// <summary>The client that is everywhere.</summary>
public sealed class CurlTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("stablequant-");

    public void Dispose() => folder.Delete(recursive: true);

    [WithCurlFact]
    public async Task It_transcribes_as_the_page_says()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        (string path, StableQuant.Recognition.Transcription heard) = Recordings.All[0];
        (string answer, int status) = await RunAsync(server, "-F", $"file=@{path}", "-F", "model=commands");
        status.ShouldBe(200);
        using JsonDocument body = JsonDocument.Parse(answer);
        body.RootElement.GetProperty("text").GetString().ShouldBe(heard.Text);

        (answer, status) = await RunAsync(server, "-F", $"file=@{path}", "-F", "response_format=verbose_json", "-F", "timestamp_granularities[]=word");
        status.ShouldBe(200);
        using JsonDocument verbose = JsonDocument.Parse(answer);
        verbose.RootElement.GetProperty("words").EnumerateArray().Select(word => (word.GetProperty("word").GetString(), word.GetProperty("start").GetDouble(), word.GetProperty("end").GetDouble()))
            .ShouldBe(heard.Words.Select(word => ((string?)word.Text, word.Start, word.End)));
    }

    [WithCurlFact]
    public async Task A_file_from_a_pipe_has_no_length_and_is_transcribed_all_the_same()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        (string path, StableQuant.Recognition.Transcription heard) = Recordings.All[1];
        (string answer, int status) = await RunAsync(server, "-H", "Transfer-Encoding: chunked", "-F", $"file=@{path}", "-F", "response_format=text");
        (answer, status).ShouldBe((heard.Text + "\n", 200));
    }

    [WithCurlFact]
    public async Task Ten_gigabytes_are_refused()
    {
        string path = Path.Combine(folder.FullName, "large.wav");
        using (FileStream file = File.Create(path))
        {
            // Without content, so that it takes no room on the disk.
            file.SetLength(10L << 30);
        }

        await using RunningServer server = await RunningServer.StartAsync();
        foreach (string[] more in new[] { Array.Empty<string>(), ["-H", "Expect:"], ["-H", "Transfer-Encoding: chunked"] })
        {
            (string answer, int status) = await RunAsync(server, ["-F", $"file=@{path}", .. more]);
            status.ShouldBe(413);
            answer.ShouldContain("\"request_too_large\"");
            await server.UntilAsync("transcription_requests_accepted", value => value == 0);
        }

        await Uploads.AreGoneAsync();
    }

    private static async Task<(string Answer, int Status)> RunAsync(RunningServer server, params string[] arguments)
    {
        using Process curl = Process.Start(new ProcessStartInfo("curl", ["-s", "-S", "-w", "\n%{http_code}", new Uri(server.Address, "/v1/audio/transcriptions").ToString(), .. arguments]) { RedirectStandardOutput = true })!;
        string output = await curl.StandardOutput.ReadToEndAsync();
        await curl.WaitForExitAsync();
        int end = output.LastIndexOf('\n');
        return (output[..end], int.Parse(output[(end + 1)..], System.Globalization.CultureInfo.InvariantCulture));
    }
}

/// <summary>A fact about curl as a client; where there is none, it is reported as skipped.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class WithCurlFactAttribute : FactAttribute
{
    public WithCurlFactAttribute() => Skip = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, "curl")))
        ? null
        : "There is no curl on the PATH; build/test.sh installs it.";
}

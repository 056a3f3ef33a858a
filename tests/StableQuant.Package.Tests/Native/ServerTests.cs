using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.RegularExpressions;
using StableQuant.Recognition;

namespace StableQuant.Package.Tests.Native;

/// <summary>The transcription server as one native file, published once, in a root that has what it needs and nothing else.</summary>
public sealed partial class ServerTests(ServerTests.Published server) : IClassFixture<ServerTests.Published>
{
    private const string Random = "/dev/urandom";

    [InEmptyRootTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void It_is_one_file(bool isStatic) =>
        Directory.GetFileSystemEntries(Path.GetDirectoryName(server.Form(isStatic))!).ShouldBe([server.Form(isStatic)]);

    [InEmptyRootFact]
    public void It_needs_the_C_library_or_nothing()
    {
        EmptyRoot.Libraries(server.Form(isStatic: false)).Select(Path.GetFileName).ShouldBeSubsetOf(["ld-linux-x86-64.so.2", "libc.so.6", "libm.so.6"]);
        EmptyRoot.Libraries(server.Form(isStatic: true)).ShouldBeEmpty();
    }

    [InEmptyRootTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task In_an_empty_root_it_hears_what_the_library_hears_checks_keys_and_stops_when_it_is_asked_to(bool isStatic)
    {
        using var root = new EmptyRoot(server.Form(isStatic));
        root.Folder("/tmp");
        foreach (string library in EmptyRoot.Libraries(server.Form(isStatic)))
        {
            root.Copy(library);
        }

        using Process process = root.Start([Random], "--urls=http://127.0.0.1:0", "--Transcription:ApiKey=s3cret");
        try
        {
            using var client = new HttpClient { BaseAddress = await AddressAsync(process) };
            using HttpResponseMessage refused = await client.GetAsync(new Uri("/v1/models", UriKind.Relative));
            refused.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "s3cret");
            using var model = new Commands();
            var recognizer = new Recognizer(model);
            foreach ((string name, _) in Recordings.All)
            {
                string path = Path.Combine(AppContext.BaseDirectory, "Recordings", name);
                (await WordsAsync(client, path)).ShouldBe(recognizer.RecognizeFile(path).Words.Select(word => ((string?)word.Text, word.Start, word.End)), name);
            }

            EmptyRoot.Terminate(process);
            await process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(1));
            process.ExitCode.ShouldBe(0);
        }
        finally
        {
            process.Kill(entireProcessTree: true);
        }
    }

    [InEmptyRootTheory]
    [InlineData("", "TranscriptionServer: the system has no random numbers; is there /dev/urandom?")]
    [InlineData(Random, "TranscriptionServer: cannot keep large uploads in '/tmp/': ")]
    public async Task What_the_root_lacks_is_one_line(string devices, string message)
    {
        using var root = new EmptyRoot(server.Form(isStatic: true));
        using Process process = root.Start(devices.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--urls=http://127.0.0.1:0");
        string errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        process.ExitCode.ShouldBe(1, errors);
        errors.ShouldStartWith(message);
        errors.TrimEnd().Split('\n').Length.ShouldBe(1, errors);
    }

    private static async Task<IEnumerable<(string?, double, double)>> WordsAsync(HttpClient client, string path)
    {
        using var form = new MultipartFormDataContent
        {
            { new ByteArrayContent(await File.ReadAllBytesAsync(path)), "file", "a.wav" },
            { new StringContent("verbose_json"), "response_format" },
            { new StringContent("word"), "timestamp_granularities[]" },
        };
        using HttpResponseMessage response = await client.PostAsync(new Uri("/v1/audio/transcriptions", UriKind.Relative), form);
        string text = await response.Content.ReadAsStringAsync();
        response.StatusCode.ShouldBe(HttpStatusCode.OK, text);
        using JsonDocument answer = JsonDocument.Parse(text);
        return [.. answer.RootElement.GetProperty("words").EnumerateArray().Select(word => (word.GetProperty("word").GetString(), word.GetProperty("start").GetDouble(), word.GetProperty("end").GetDouble()))];
    }

    private static async Task<Uri> AddressAsync(Process server)
    {
        while (await server.StandardOutput.ReadLineAsync() is { } line)
        {
            if (Listening().Match(line) is { Success: true } match)
            {
                // Whoever writes to a pipe that nobody reads waits some day.
                _ = server.StandardOutput.ReadToEndAsync();
                _ = server.StandardError.ReadToEndAsync();
                return new Uri(match.Groups[1].Value);
            }
        }

        throw new InvalidOperationException("The server ended: " + await server.StandardError.ReadToEndAsync());
    }

    [GeneratedRegex("Now listening on: (http://[^ ]+)")]
    private static partial Regex Listening();

    /// <summary>As the page says, and as the Dockerfile says: with the C library in it. Both are of one compilation, linked twice.</summary>
    public sealed class Published() : PublishedSample(EmptyRoot.Missing is null, "TranscriptionServer", "linux-x64")
    {
        private string? linked;

        public string Form(bool isStatic) => isStatic
            ? linked ??= Publish("static", "-p:StaticExecutable=true", "-p:LinkerFlavor=lld", $"-p:NativeOutputPath={Path.GetDirectoryName(Program)}-native/")
            : Program;
    }
}

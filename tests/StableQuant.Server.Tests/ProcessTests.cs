using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;

namespace StableQuant.Server.Tests;

/// <summary>The server as a program: how it starts, and how it stops.</summary>
public sealed partial class ProcessTests
{
    [Theory]
    [InlineData("--Transcription:QueueLength=many", "Transcription:QueueLength is 'many'; it takes a whole number from 0 to 100000")]
    [InlineData("--Transcription:Instances=0", "Transcription:Instances is '0'; it takes a whole number from 1 to 1024")]
    [InlineData("--Transcription:QueueLenght=5", "Transcription:QueueLenght is no setting; there are ApiKey, HeaderSeconds, ")]
    [InlineData("--Transcription:ApiKey=", "Transcription:ApiKey takes printable ASCII characters without a space")]
    [InlineData("--urls=http://127.0.0.1:99999", "cannot listen at 'http://127.0.0.1:99999'")]
    public async Task A_setting_that_is_wrong_is_one_line(string argument, string message)
    {
        using Process server = Start(argument);
        string errors = await server.StandardError.ReadToEndAsync();
        await server.WaitForExitAsync();
        server.ExitCode.ShouldBe(1);
        errors.ShouldStartWith("TranscriptionServer: ");
        errors.ShouldContain(message);
        errors.Trim().Split('\n').Length.ShouldBe(1);
    }

    [Fact]
    [Trait("Ring", "Full")]
    public async Task Asked_to_stop_it_answers_what_it_accepted()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        using Process server = Start("--urls=http://127.0.0.1:0");
        Uri address = await AddressAsync(server);
        using var client = new HttpClient { BaseAddress = address };
        (string path, StableQuant.Recognition.Transcription heard) = Recordings.All[0];
        byte[] body = [.. "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\n\r\n"u8, .. File.ReadAllBytes(path), .. "\r\n--b--\r\n"u8];
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(address.Host, address.Port);
        await using var accepted = new NetworkStream(socket) { ReadTimeout = 60_000 };
        await accepted.WriteAsync(Encoding.ASCII.GetBytes($"POST /v1/audio/transcriptions HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: {body.Length}\r\n\r\n"));
        await accepted.WriteAsync(body.AsMemory(0, body.Length / 2));
        while (!(await client.GetStringAsync(new Uri("/metrics", UriKind.Relative))).Contains("transcription_requests_accepted 1\n", StringComparison.Ordinal))
        {
            await Task.Delay(20);
        }

        using (Process kill = Process.Start("kill", ["-TERM", server.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]))
        {
            await kill.WaitForExitAsync();
        }

        // From then on it takes no connection.
        await Should.ThrowAsync<SocketException>(async () =>
        {
            for (int i = 0; i < 1200; i++)
            {
                using var late = new Socket(SocketType.Stream, ProtocolType.Tcp);
                await late.ConnectAsync(address.Host, address.Port);
                await Task.Delay(50);
            }
        });
        server.HasExited.ShouldBeFalse();
        await accepted.WriteAsync(body.AsMemory(body.Length / 2));
        RawAnswer answer = RawAnswer.Read(accepted);
        answer.Status.ShouldBe(200);
        answer.Body.Replace("\\u0027", "'", StringComparison.Ordinal).ShouldContain($"\"{heard.Text}\"");
        await server.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(1));
        server.ExitCode.ShouldBe(0);
    }

    [Fact]
    [Trait("Ring", "Full")]
    public async Task A_hundred_at_a_time_are_answered_within_the_memory_of_the_instances()
    {
        // In 128 MB: decoded all at once, a hundred times 25 s would be 160 MB of samples; the two that are recognised at a time are 3.
        var limits = new Dictionary<string, string> { ["DOTNET_GCHeapHardLimit"] = "0x8000000" };
        using Process server = Start(["--urls=http://127.0.0.1:0", "--Transcription:Instances=2", "--Transcription:QueueLength=98", "--Transcription:UploadSeconds=3600", "--Transcription:RecognitionSeconds=3600"], limits);
        try
        {
            using var client = new HttpClient { BaseAddress = await AddressAsync(server), Timeout = TimeSpan.FromMinutes(5) };
            byte[] recording = Recordings.Long(seconds: 25);
            string[] texts = await Task.WhenAll(Enumerable.Range(0, 100).Select(async _ =>
            {
                using var form = new MultipartFormDataContent { { new ByteArrayContent(recording), "file", "a.wav" }, { new StringContent("text"), "response_format" } };
                using HttpResponseMessage response = await client.PostAsync(new Uri("/v1/audio/transcriptions", UriKind.Relative), form);
                response.StatusCode.ShouldBe(System.Net.HttpStatusCode.OK);
                return await response.Content.ReadAsStringAsync();
            }));
            texts.Distinct().ShouldHaveSingleItem().Length.ShouldBeGreaterThan(100);
            server.HasExited.ShouldBeFalse();
        }
        finally
        {
            server.Kill();
            await server.WaitForExitAsync();
        }
    }

    private static Process Start(string argument) => Start([argument], []);

    private static Process Start(string[] arguments, Dictionary<string, string> environment)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "TranscriptionServer.dll"), .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
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
}

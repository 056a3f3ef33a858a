using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace StableQuant.Server.Tests;

/// <summary>
/// Requests that are broken in every place. STABLEQUANT_FUZZ_REQUESTS sets how many there are: some thousands by default, 100000 for an hour.
/// </summary>
public sealed class FuzzTests
{
    private static readonly int Count = int.TryParse(Environment.GetEnvironmentVariable("STABLEQUANT_FUZZ_REQUESTS"), CultureInfo.InvariantCulture, out int count) ? count : 3000;

    private static readonly string[] Targets = ["/v1/audio/transcriptions", "/v1/models", "/v1/models/x", "/healthz", "/metrics", "/", "/v1/audio/transcriptions?x=%00%ff", "/%2e%2e/etc/passwd"];

    private static readonly string[] Methods = ["POST", "GET", "HEAD", "PUT", "OPTIONS", "DELETE", "TRACE", "X"];

    private static readonly string[] Fields = ["file", "model", "language", "prompt", "response_format", "timestamp_granularities[]", "stream", "temperature", "chunking_strategy", "", "\u0000", "é", "file[]"];

    private static readonly string[] Values = ["commands", "en", "json", "text", "srt", "vtt", "verbose_json", "word", "segment", "true", "false", "0", "1e999", "NaN", "", "\u0000", "'\"\\<>", "%0d%0a", "é𝄞\ud800"];

    private static readonly byte[] Speech = Recordings.Wave([.. Enumerable.Range(0, 3200).Select(i => (short)(8000 * Math.Sin(i * 0.1)))]);

    [Fact]
    [Trait("Ring", "Full")]
    public async Task Every_broken_request_has_one_clear_answer_and_leaves_nothing_behind()
    {
        // What is no WAV would go to ffmpeg, a process each, which is not what is tested.
        string? path = Environment.GetEnvironmentVariable("PATH");
        Environment.SetEnvironmentVariable("PATH", "");
        try
        {
            await SendAllAsync();
        }
        finally
        {
            Environment.SetEnvironmentVariable("PATH", path);
        }
    }

    private static async Task SendAllAsync()
    {
        // One place: whatever kept it would have every later request refused.
        await using RunningServer server = await RunningServer.StartAsync("Instances=1", "QueueLength=0", "MaxUploadBytes=200000", "HeaderSeconds=1", "UploadSeconds=1");
        var statuses = new Dictionary<int, int>();
        for (int seed = 0; seed < Count; seed++)
        {
            byte[] request = Request(new Random(seed));
            await using NetworkStream client = await server.ConnectAsync();
            await client.WriteAsync(request);
            RawAnswer answer = RawAnswer.Read(client);
            answer.Status.ShouldBeOneOf([200, 400, 404, 405, 408, 411, 413, 414, 431, 501, 505], $"request {seed}: {answer.Headers}");
            if (answer.Status != 200 && answer.Headers.Contains("application/json", StringComparison.Ordinal) && !Encoding.ASCII.GetString(request).StartsWith("HEAD", StringComparison.Ordinal))
            {
                using JsonDocument body = JsonDocument.Parse(answer.Body);
                body.RootElement.GetProperty("error").GetProperty("message").GetString().ShouldNotBeNullOrEmpty();
            }

            statuses[answer.Status] = statuses.GetValueOrDefault(answer.Status) + 1;
        }

        // Whole requests, broken forms, and what is not there: each was met.
        statuses.Keys.ShouldContain(200);
        statuses.Keys.ShouldContain(400);
        statuses.Keys.ShouldContain(404);
        statuses.Keys.ShouldContain(405);
        await server.UntilAsync("transcription_requests_accepted", value => value == 0);
        (await server.MetricAsync("transcription_requests_running")).ShouldBe(0);
        (await server.MetricAsync("transcription_requests_waiting")).ShouldBe(0);
        using HttpResponseMessage last = await server.PostAsync(Recordings.All[0].Path);
        last.StatusCode.ShouldBe(HttpStatusCode.OK);
        await Uploads.AreGoneAsync();
    }

    private static byte[] Request(Random random)
    {
        byte[] body = Body(random);
        if (random.Next(2) == 0)
        {
            body = Mutate(random, body);
        }

        bool isUsual = random.Next(4) > 0;
        string method = isUsual ? "POST" : Methods[random.Next(Methods.Length)];
        string target = isUsual ? Targets[0] : Targets[random.Next(Targets.Length)];
        string type = random.Next(8) > 0 ? "multipart/form-data; boundary=b" : random.Next(4) switch
        {
            0 => "multipart/form-data",
            1 => "multipart/form-data; boundary=\"\"",
            2 => "application/json",
            _ => "multipart/form-data; boundary=" + new string('x', random.Next(1, 300)),
        };
        string extra = random.Next(8) > 0 ? "" : random.Next(4) switch
        {
            0 => "Expect: 100-continued\r\n",
            1 => "X: " + new string('y', random.Next(1, 40_000)) + "\r\n",
            2 => string.Concat(Enumerable.Range(0, random.Next(1, 200)).Select(i => $"X{i}: y\r\n")),
            _ => "Authorization: Bearer \u007f\r\n",
        };
        byte[] head = Encoding.Latin1.GetBytes($"{method} {target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: {type}\r\n{extra}");

        // Where the head is broken its end and its length are kept: without them there is no request to answer.
        if (random.Next(8) == 0)
        {
            int line = Array.IndexOf(head, (byte)'\n');
            head = [.. Mutate(random, head[..(line - 1)]).Where(b => b is not ((byte)'\r' or (byte)'\n')), .. head[(line - 1)..]];
        }

        return [.. head, .. Encoding.ASCII.GetBytes($"Content-Length: {body.Length}\r\n\r\n"), .. body];
    }

    private static byte[] Body(Random random)
    {
        using var body = new MemoryStream();
        int parts = random.Next(4);
        int file = random.Next(parts + 1);
        for (int i = 0; i <= parts; i++)
        {
            string field = i == file ? "file" : Fields[random.Next(Fields.Length)];
            string name = i == file || random.Next(8) == 0 ? $"; filename=\"{(random.Next(4) > 0 ? "a.wav" : Values[random.Next(Values.Length)])}\"" : "";
            body.Write(Encoding.UTF8.GetBytes($"--b\r\nContent-Disposition: form-data; name=\"{field}\"{name}\r\n\r\n"));
            body.Write(i == file ? FileOf(random) : Encoding.UTF8.GetBytes(Values[random.Next(Values.Length)]));
            body.Write("\r\n"u8);
        }

        body.Write("--b--\r\n"u8);
        return body.ToArray();
    }

    // Some beyond what is kept in memory, so that they lie on disk.
    private static byte[] FileOf(Random random) => random.Next(16) == 0 ? [.. Speech, .. new byte[70_000]] : random.Next(2) == 0 ? Speech : Mutate(random, Speech);

    private static byte[] Mutate(Random random, byte[] whole)
    {
        var bytes = whole.ToList();
        for (int i = random.Next(1, 6); i > 0 && bytes.Count > 0; i--)
        {
            // Nearer to the beginning, where the structure is.
            int at = (int)(bytes.Count * Math.Pow(random.NextDouble(), 3));
            switch (random.Next(5))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 2:
                    bytes.RemoveRange(at, random.Next(1, Math.Min(64, bytes.Count - at) + 1));
                    break;
                case 3:
                    bytes.InsertRange(at, bytes.GetRange(0, Math.Min(random.Next(1, 128), bytes.Count)));
                    break;
                default:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
            }
        }

        return [.. bytes];
    }
}

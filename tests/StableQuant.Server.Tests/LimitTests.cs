using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace StableQuant.Server.Tests;

/// <summary>Many clients, slow ones, large ones, and those that go.</summary>
public sealed class LimitTests
{
    private const string Transcriptions = "/v1/audio/transcriptions";

    [Fact]
    [Trait("Ring", "Full")]
    public async Task Of_a_hundred_at_a_time_none_is_lost_and_none_is_mixed_up()
    {
        await using RunningServer server = await RunningServer.StartAsync("Instances=2", "QueueLength=98");
        HttpStatusCode[] statuses = await Task.WhenAll(Enumerable.Range(0, 100).Select(i => SendAsync(server, i)));
        statuses.ShouldAllBe(status => status == HttpStatusCode.OK);
    }

    [Fact]
    [Trait("Ring", "Full")]
    public async Task Where_the_queue_is_short_a_hundred_clients_that_try_again_are_all_served()
    {
        await using RunningServer server = await RunningServer.StartAsync("Instances=2", "QueueLength=4");
        int refused = 0;
        await Task.WhenAll(Enumerable.Range(0, 100).Select(async i =>
        {
            while (await SendAsync(server, i) == HttpStatusCode.TooManyRequests)
            {
                Interlocked.Increment(ref refused);
                await Task.Delay(20 + (i % 10));
            }
        }));
        refused.ShouldBeGreaterThan(0);
        await server.UntilAsync("transcription_requests_total{method=\"POST\",path=\"/v1/audio/transcriptions\",status=\"200\"}", value => value == 100);
    }

    [Fact]
    public async Task A_full_queue_is_told_at_once_and_a_client_that_goes_makes_room()
    {
        await using RunningServer server = await RunningServer.StartAsync("Instances=1", "QueueLength=1");
        NetworkStream first = await HoldAsync(server);
        await using NetworkStream second = await HoldAsync(server);
        await server.UntilAsync("transcription_requests_accepted", value => value == 2);

        using HttpResponseMessage refused = await server.PostAsync(Recordings.All[0].Path);
        (await refused.ErrorAsync()).ShouldSatisfyAllConditions(error => error.Status.ShouldBe(429), error => error.Code.ShouldBe("rate_limit_exceeded"));
        refused.Headers.RetryAfter!.Delta.ShouldBe(TimeSpan.FromSeconds(1));

        await first.DisposeAsync();
        await server.UntilAsync("transcription_requests_accepted", value => value == 1);
        (await SendAsync(server, 0)).ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    [Trait("Ring", "Full")]
    public async Task A_client_that_goes_while_it_is_recognised_frees_its_instance()
    {
        await using RunningServer server = await RunningServer.StartAsync("Instances=1", "QueueLength=1", "MaxUploadBytes=100000000");
        (byte[] head, byte[] body) = Form(Recordings.Long(seconds: 1500));
        NetworkStream client = await server.ConnectAsync();
        await client.WriteAsync(head);
        await client.WriteAsync(body);
        await server.UntilAsync("transcription_requests_running", value => value == 1);
        await client.DisposeAsync();
        await server.UntilAsync("transcription_requests_running", value => value == 0);
        await server.UntilAsync("transcription_requests_total{method=\"POST\",path=\"/v1/audio/transcriptions\",status=\"499\"}", value => value == 1);

        // It was not heard to its end.
        (await server.MetricAsync("transcription_audio_seconds_total")).ShouldBe(0);
        (await SendAsync(server, 0)).ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Ten_gigabytes_are_refused_before_they_are_sent()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        await using NetworkStream client = await server.ConnectAsync();
        await client.WriteAsync(Encoding.ASCII.GetBytes($"POST {Transcriptions} HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 10737418240\r\n\r\n"));
        RawAnswer answer = RawAnswer.Read(client);
        answer.Status.ShouldBe(413);
        answer.ErrorCode.ShouldBe("request_too_large");
    }

    [Fact]
    public async Task A_body_that_does_not_say_its_length_ends_at_the_limit()
    {
        await using RunningServer server = await RunningServer.StartAsync("MaxUploadBytes=100000");
        await using NetworkStream client = await server.ConnectAsync();
        await client.WriteAsync(Encoding.ASCII.GetBytes($"POST {Transcriptions} HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=b\r\nTransfer-Encoding: chunked\r\n\r\n"));
        byte[] start = Encoding.ASCII.GetBytes("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n");
        await WriteChunkAsync(client, start);
        for (int i = 0; i < 11; i++)
        {
            await WriteChunkAsync(client, new byte[10_000]);
        }

        RawAnswer answer = RawAnswer.Read(client);
        answer.Status.ShouldBe(413);
        answer.ErrorCode.ShouldBe("request_too_large");
    }

    [Fact]
    public async Task A_slow_body_is_cut_off()
    {
        await using RunningServer server = await RunningServer.StartAsync("UploadSeconds=1");
        await using NetworkStream client = await HoldAsync(server);
        RawAnswer answer = RawAnswer.Read(client);
        answer.Status.ShouldBe(408);
        answer.ErrorCode.ShouldBe("request_timeout");
        await server.UntilAsync("transcription_requests_accepted", value => value == 0);
    }

    [Fact]
    public async Task Slow_headers_are_cut_off()
    {
        await using RunningServer server = await RunningServer.StartAsync("HeaderSeconds=1");
        await using NetworkStream client = await server.ConnectAsync();
        await client.WriteAsync("GET /healthz HTTP/1.1\r\nHost: a\r\nX: "u8.ToArray());
        RawAnswer.Read(client).Status.ShouldBe(408);
    }

    [Fact]
    public async Task A_recording_that_takes_too_long_is_given_up()
    {
        await using RunningServer server = await RunningServer.StartAsync("Instances=1", "RecognitionSeconds=1", "MaxUploadBytes=100000000");
        using HttpResponseMessage response = await server.PostAsync(Recordings.Long(seconds: 1700), "long.wav");
        (await response.ErrorAsync()).ShouldSatisfyAllConditions(error => error.Status.ShouldBe(503), error => error.Code.ShouldBe("timeout"));
        (await SendAsync(server, 0)).ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Without_the_key_there_are_health_and_metrics_alone()
    {
        await using RunningServer server = await RunningServer.StartAsync("ApiKey=s3cret");
        using HttpResponseMessage none = await server.PostAsync(Recordings.All[0].Path);
        (await none.ErrorAsync()).ShouldSatisfyAllConditions(error => error.Status.ShouldBe(401), error => error.Code.ShouldBe("missing_api_key"));
        foreach (string wrong in new[] { "Bearer s3cre", "Bearer s3cret2", "Bearer S3CRET", "Bearer ", "Basic s3cret", "s3cret" })
        {
            (await GetAsync("/v1/models", wrong)).ShouldBe(HttpStatusCode.Unauthorized, wrong);
        }

        (await GetAsync("/v1/models", "Bearer s3cret")).ShouldBe(HttpStatusCode.OK);
        (await GetAsync("/V1/models", "Bearer no")).ShouldBe(HttpStatusCode.Unauthorized);
        (await GetAsync("/healthz", "Bearer no")).ShouldBe(HttpStatusCode.OK);
        (await GetAsync("/metrics", "Bearer no")).ShouldBe(HttpStatusCode.OK);

        async Task<HttpStatusCode> GetAsync(string address, string authorization)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(address, UriKind.Relative));
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
            using HttpResponseMessage response = await server.Client.SendAsync(request);
            return response.StatusCode;
        }
    }

    // The recordings in turn; whoever gets another's words fails.
    private static async Task<HttpStatusCode> SendAsync(RunningServer server, int i)
    {
        (string path, StableQuant.Recognition.Transcription heard) = Recordings.All[i % Recordings.All.Count];
        using HttpResponseMessage response = await server.PostAsync(path);
        if (response.StatusCode == HttpStatusCode.OK)
        {
            (await response.JsonAsync()).GetProperty("text").GetString().ShouldBe(heard.Text);
        }

        return response.StatusCode;
    }

    // Headers and a part of the body: the request has its place, and waits for the rest.
    private static async Task<NetworkStream> HoldAsync(RunningServer server)
    {
        NetworkStream client = await server.ConnectAsync();
        (byte[] head, byte[] body) = Form(new byte[10_000]);
        await client.WriteAsync(head);
        await client.WriteAsync(body.AsMemory(0, 1000));
        return client;
    }

    private static (byte[] Head, byte[] Body) Form(byte[] file)
    {
        byte[] body = [.. "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\n\r\n"u8, .. file, .. "\r\n--b--\r\n"u8];
        return (Encoding.ASCII.GetBytes($"POST {Transcriptions} HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: {body.Length}\r\n\r\n"), body);
    }

    private static async Task WriteChunkAsync(NetworkStream client, byte[] chunk)
    {
        try
        {
            await client.WriteAsync(Encoding.ASCII.GetBytes(chunk.Length.ToString("x", CultureInfo.InvariantCulture) + "\r\n"));
            await client.WriteAsync(chunk);
            await client.WriteAsync("\r\n"u8.ToArray());
        }
        catch (IOException)
        {
            // The server has answered and closed.
        }
    }
}

using System.Net;
using System.Net.Sockets;
using System.Text;

namespace StableQuant.Server.Tests;

/// <summary>Clients that send a byte now and then, for ever: each is cut off, and meanwhile others are served.</summary>
public sealed class SlowClientTests
{
    [Theory]
    [InlineData("", "X")]
    [InlineData("POST", " ")]
    [InlineData("POST /v1/audio/transcriptions HTTP/1.1\r\nHost: a\r\nX: ", "y")]
    [InlineData("POST /v1/audio/transcriptions HTTP/1.1\r\nHost: a\r\n", "X: y\r\n")]
    public async Task Headers_that_drip_are_cut_off(string start, string drop) => await DripAsync(start, drop);

    [Theory]
    [InlineData("Content-Length: 100000", "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n", "x")]
    [InlineData("Content-Length: 100000", "--b\r\nX: ", "y")]
    [InlineData("Content-Length: 100000", "", "-")]
    [InlineData("Transfer-Encoding: chunked", "5\r\n--b\r\n\r\n", "1\r\nx\r\n")]
    [InlineData("Transfer-Encoding: chunked", "", "0")]
    public async Task A_body_that_drips_is_cut_off(string length, string start, string drop) => await DripAsync(
        $"POST /v1/audio/transcriptions HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=b\r\n{length}\r\n\r\n{start}", drop);

    [Fact]
    public async Task Hundreds_of_slow_headers_take_no_place_from_others()
    {
        await using RunningServer server = await RunningServer.StartAsync("Instances=1", "QueueLength=0", "HeaderSeconds=3600");
        NetworkStream[] slow = await Task.WhenAll(Enumerable.Range(0, 300).Select(async _ =>
        {
            NetworkStream client = await server.ConnectAsync();
            await client.WriteAsync("POST /v1/audio/transcriptions HTTP/1.1\r\nHost: a\r\nX: "u8.ToArray());
            return client;
        }));
        using HttpResponseMessage response = await server.PostAsync(Recordings.All[0].Path);
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        foreach (NetworkStream client in slow)
        {
            await client.DisposeAsync();
        }
    }

    private static async Task DripAsync(string start, string drop)
    {
        await using RunningServer server = await RunningServer.StartAsync("Instances=1", "QueueLength=0", "HeaderSeconds=1", "UploadSeconds=1");
        await using NetworkStream client = await server.ConnectAsync();
        await client.WriteAsync(Encoding.ASCII.GetBytes(start));
        using var stop = new CancellationTokenSource();
        Task dripping = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                try
                {
                    await client.WriteAsync(Encoding.ASCII.GetBytes(drop));
                }
                catch (IOException)
                {
                    // The server has closed.
                    return;
                }

                await Task.Delay(50);
            }
        });
        try
        {
            RawAnswer answer = RawAnswer.Read(client);
            answer.Status.ShouldBeOneOf(400, 408);
        }
        finally
        {
            await stop.CancelAsync();
            await dripping;
        }

        // Its place is free again.
        await server.UntilAsync("transcription_requests_accepted", value => value == 0);
    }
}

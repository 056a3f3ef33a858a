using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;

namespace StableQuant.Server.Tests.Live;

/// <summary>How a request becomes a WebSocket, and when it does not.</summary>
public sealed class HandshakeTests
{
    private const string Upgrade = "Connection: Upgrade, close\r\nUpgrade: websocket\r\n";
    private const string Version = "Sec-WebSocket-Version: 13\r\n";
    private const string Key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

    [Theory]
    [InlineData("", "Connection: close\r\n", 426, "upgrade_required", "Upgrade: websocket")]
    [InlineData("", "Connection: Upgrade, close\r\nUpgrade: h2c\r\n" + Version + Key, 426, "upgrade_required", "Upgrade: websocket")]
    [InlineData("", Upgrade + Key, 426, "unsupported_websocket_version", "Sec-WebSocket-Version: 13")]
    [InlineData("", Upgrade + Key + "Sec-WebSocket-Version: 8\r\n", 426, "unsupported_websocket_version", "Sec-WebSocket-Version: 13")]
    [InlineData("", Upgrade + Version, 400, "invalid_websocket_key", "")]
    [InlineData("", Upgrade + Version + "Sec-WebSocket-Key: AAAA\r\n", 400, "invalid_websocket_key", "")]
    [InlineData("", Upgrade + Version + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZSBhbmQgbW9yZQ==\r\n", 400, "invalid_websocket_key", "")]
    [InlineData("", Upgrade + Version + "Sec-WebSocket-Key: ????\r\n", 400, "invalid_websocket_key", "")]
    [InlineData("?sample_rate=44100", Upgrade + Version + Key, 400, "invalid_value", "")]
    [InlineData("?sample_rate=", Upgrade + Version + Key, 400, "invalid_value", "")]
    [InlineData("?sample_rate=16000&sample_rate=16000", Upgrade + Version + Key, 400, "invalid_value", "")]
    [InlineData("?rate=16000", Upgrade + Version + Key, 400, "unknown_parameter", "")]
    public async Task What_is_no_handshake_has_one_answer(string query, string headers, int status, string code, string header)
    {
        await using RunningServer server = await RunningServer.StartAsync("Instances=1", "QueueLength=0");
        await using NetworkStream client = await server.ConnectAsync();
        await client.WriteAsync(Encoding.ASCII.GetBytes($"GET /v1/listen{query} HTTP/1.1\r\nHost: a\r\n{headers}\r\n"));
        RawAnswer answer = RawAnswer.Read(client);
        answer.Status.ShouldBe(status);
        answer.ErrorCode.ShouldBe(code);
        answer.Headers.ShouldContain(header);
        using LiveClient next = await LiveClient.ConnectAsync(server);
    }

    [Theory]
    [InlineData("")]
    [InlineData("sample_rate=16000")]
    public async Task The_rate_may_be_stated(string query)
    {
        await using RunningServer server = await RunningServer.StartAsync();
        using var client = new ClientWebSocket();
        await client.ConnectAsync(LiveClient.Address(server, query), default);
        client.State.ShouldBe(WebSocketState.Open);
    }

    [Fact]
    public async Task The_key_comes_as_a_header_or_where_browsers_can_put_it()
    {
        const string Secret = "s3cret/:;,=\"";
        await using RunningServer server = await RunningServer.StartAsync($"ApiKey={Secret}");
        (await ConnectAsync("Bearer " + Secret)).ShouldBe((HttpStatusCode.SwitchingProtocols, null));
        (await ConnectAsync("Bearer no")).ShouldBe((HttpStatusCode.Unauthorized, null));
        (await ConnectAsync(null)).ShouldBe((HttpStatusCode.Unauthorized, null));
        (await ConnectAsync(null, "captions", "key." + Base64Url.EncodeToString(Encoding.UTF8.GetBytes(Secret)))).ShouldBe((HttpStatusCode.SwitchingProtocols, "captions"));
        (await ConnectAsync(null, "captions", "key." + Base64Url.EncodeToString("no"u8))).ShouldBe((HttpStatusCode.Unauthorized, null));
        (await ConnectAsync(null, "captions", "key.", "key")).ShouldBe((HttpStatusCode.Unauthorized, null));
        (await ConnectAsync(null, "captions", "key.a")).ShouldBe((HttpStatusCode.Unauthorized, null));
        (await ConnectAsync(null, "captions")).ShouldBe((HttpStatusCode.Unauthorized, null));

        async Task<(HttpStatusCode Status, string? Protocol)> ConnectAsync(string? authorization, params string[] protocols)
        {
            using var client = new ClientWebSocket();
            client.Options.CollectHttpResponseDetails = true;
            if (authorization is not null)
            {
                client.Options.SetRequestHeader("Authorization", authorization);
            }

            foreach (string protocol in protocols)
            {
                client.Options.AddSubProtocol(protocol);
            }

            try
            {
                await client.ConnectAsync(LiveClient.Address(server), default);
            }
            catch (WebSocketException)
            {
                // Refused, which the status tells.
            }

            return (client.HttpStatusCode, client.SubProtocol);
        }
    }
}

using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using TranscriptionServer.WebSockets;

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

    // Those of FIPS 180-1 and RFC 3174, and lengths around a block's.
    [Theory]
    [InlineData("", 1, "DA39A3EE5E6B4B0D3255BFEF95601890AFD80709")]
    [InlineData("abc", 1, "A9993E364706816ABA3E25717850C26C9CD0D89D")]
    [InlineData("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1, "84983E441C3BD26EBAAE4AA1F95129E5E54670F1")]
    [InlineData("a", 1_000_000, "34AA973CD4C4DAA4F61EEB2BDBAD27316534016F")]
    [InlineData("0123456701234567012345670123456701234567012345670123456701234567", 10, "DEA356A2CDDD90C7A7ECEDC5EBB563934F460452")]
    public void SHA_1_is_that_of_the_standard(string text, int times, string hash) =>
        Convert.ToHexString(Sha1.HashData(Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(text, times))))).ShouldBe(hash);

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

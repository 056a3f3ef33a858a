using System.Net.WebSockets;
using System.Text.Json;

namespace StableQuant.Server.Tests.Live;

/// <summary>A client of live captions, by .NET's own WebSocket.</summary>
internal sealed class LiveClient : IDisposable
{
    private readonly byte[] block = new byte[1 << 20];
    private readonly CancellationTokenSource patience = new(TimeSpan.FromMinutes(2));

    private LiveClient(ClientWebSocket socket) => Socket = socket;

    public ClientWebSocket Socket { get; }

    public static Uri Address(RunningServer server, string query = "") => new UriBuilder(server.Address) { Scheme = "ws", Path = "/v1/listen", Query = query }.Uri;

    /// <summary>Connects, and hears that the server is ready.</summary>
    public static async Task<LiveClient> ConnectAsync(RunningServer server)
    {
        var socket = new ClientWebSocket();
        await socket.ConnectAsync(Address(server), default);
        var client = new LiveClient(socket);
        (await client.ReceiveAsync())!.Value.ToString().ShouldBe("""{"type":"ready","model":"commands","sample_rate":16000}""");
        return client;
    }

    public Task SendAsync(ReadOnlyMemory<byte> audio) => Socket.SendAsync(audio, WebSocketMessageType.Binary, true, default).AsTask();

    /// <summary>Sends a recording piece by piece, and that it has ended; then hears what the server says until it closes.</summary>
    public async Task<List<JsonElement>> HearAsync(ReadOnlyMemory<byte> audio, int bytes)
    {
        Task<List<JsonElement>> receiving = ReceiveAllAsync();
        for (int at = 0; at < audio.Length; at += bytes)
        {
            await SendAsync(audio.Slice(at, Math.Min(bytes, audio.Length - at)));
        }

        await Socket.SendAsync("""{"type": "end"}"""u8.ToArray(), WebSocketMessageType.Text, true, default);
        List<JsonElement> messages = await receiving;
        Socket.CloseStatus.ShouldBe(WebSocketCloseStatus.NormalClosure);
        return messages;
    }

    /// <summary>The next message; null when the server closes, which is answered.</summary>
    public async Task<JsonElement?> ReceiveAsync()
    {
        for (int length = 0; ;)
        {
            WebSocketReceiveResult received = await Socket.ReceiveAsync(new ArraySegment<byte>(block, length, block.Length - length), patience.Token);
            if (received.MessageType == WebSocketMessageType.Close)
            {
                await Socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, patience.Token);
                return null;
            }

            length += received.Count;
            if (received.EndOfMessage)
            {
                using JsonDocument document = JsonDocument.Parse(block.AsMemory(0, length));
                return document.RootElement.Clone();
            }
        }
    }

    /// <summary>All messages until the server closes.</summary>
    public async Task<List<JsonElement>> ReceiveAllAsync()
    {
        var messages = new List<JsonElement>();
        while (await ReceiveAsync() is { } message)
        {
            messages.Add(message);
        }

        return messages;
    }

    public void Dispose()
    {
        Socket.Dispose();
        patience.Dispose();
    }
}

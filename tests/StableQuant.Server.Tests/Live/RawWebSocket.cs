using System.Net.Sockets;
using System.Text;

namespace StableQuant.Server.Tests.Live;

/// <summary>A WebSocket whose bytes a test writes itself. Source of the layout: RFC 6455, 5.2.</summary>
internal sealed class RawWebSocket : IAsyncDisposable
{
    private static readonly byte[] Mask = [0x37, 0xFA, 0x21, 0x3D];

    private readonly NetworkStream connection;

    private RawWebSocket(NetworkStream connection) => this.connection = connection;

    /// <summary>Connects, and hears that the server is ready.</summary>
    public static async Task<RawWebSocket> ConnectAsync(RunningServer server)
    {
        RawWebSocket client = await ConnectBareAsync(server);
        (int opcode, byte[] payload) = client.Read();
        opcode.ShouldBe(1);
        Encoding.UTF8.GetString(payload).ShouldContain("\"ready\"");
        return client;
    }

    /// <summary>Connects.</summary>
    public static async Task<RawWebSocket> ConnectBareAsync(RunningServer server)
    {
        NetworkStream connection = await server.ConnectAsync();
        await connection.WriteAsync("GET /v1/listen HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"u8.ToArray());
        var head = new StringBuilder();
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            head.Append((char)connection.ReadByte());
        }

        // The example of RFC 6455, 1.3.
        head.ToString().ShouldStartWith("HTTP/1.1 101 ");
        head.ToString().ShouldContain("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n");
        return new RawWebSocket(connection);
    }

    /// <summary>A frame as a client sends it.</summary>
    public static byte[] Frame(int first, ReadOnlySpan<byte> payload)
    {
        var frame = new List<byte> { (byte)first };
        switch (payload.Length)
        {
            case <= 125:
                frame.Add((byte)(0x80 | payload.Length));
                break;
            case <= 65535:
                frame.AddRange([0xFE, (byte)(payload.Length >> 8), (byte)payload.Length]);
                break;
            default:
                frame.AddRange([0xFF, 0, 0, 0, 0, (byte)(payload.Length >> 24), (byte)(payload.Length >> 16), (byte)(payload.Length >> 8), (byte)payload.Length]);
                break;
        }

        frame.AddRange(Mask);
        for (int i = 0; i < payload.Length; i++)
        {
            frame.Add((byte)(payload[i] ^ Mask[i % 4]));
        }

        return [.. frame];
    }

    public async Task WriteAsync(params byte[] bytes) => await connection.WriteAsync(bytes);

    /// <summary>Says that nothing more comes, and listens on.</summary>
    public void EndSending() => connection.Socket.Shutdown(SocketShutdown.Send);

    /// <summary>The next frame.</summary>
    public (int Opcode, byte[] Payload) Read()
    {
        int first = connection.ReadByte();
        first.ShouldBeInRange(0x81, 0x8A, "the server's frames are whole, without reserved bits");
        int length = connection.ReadByte();
        length.ShouldBeLessThan(128, "the server's frames are not masked");
        var extended = new byte[length < 126 ? 0 : length == 126 ? 2 : 8];
        connection.ReadExactly(extended);
        var payload = new byte[extended.Length == 0 ? length : extended.Aggregate(0, (value, next) => (value << 8) | next)];
        connection.ReadExactly(payload);
        return (first & 0xF, payload);
    }

    /// <summary>Reads until the server's close frame, and that nothing follows it; then the connection has ended without a reset.</summary>
    public (int Status, string Reason) ReadClose(bool waits = false)
    {
        (int opcode, byte[] payload) = Read();
        while (opcode != 8)
        {
            (opcode, payload) = Read();
        }

        if (!waits)
        {
            EndSending();
        }

        connection.ReadByte().ShouldBe(-1);
        return ((payload[0] << 8) | payload[1], Encoding.UTF8.GetString(payload.AsSpan(2)));
    }

    public ValueTask DisposeAsync() => connection.DisposeAsync();
}

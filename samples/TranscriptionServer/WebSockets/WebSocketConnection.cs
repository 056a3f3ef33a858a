using System.Buffers;
using System.IO.Pipelines;
using System.Net.WebSockets;
using System.Text.Unicode;

namespace TranscriptionServer.WebSockets;

/// <summary>A message of a client.</summary>
/// <param name="IsText">Whether it is text, which is valid UTF-8, or bytes.</param>
/// <param name="Content">What it holds.</param>
internal sealed record Message(bool IsText, byte[] Content);

/// <summary>
/// The server's side of a WebSocket. ASP.NET Core's own closes broken frames without a reason, and lets the reset that follows overtake the close frame.
/// For one reader, who is the writer, too.
/// </summary>
/// <param name="stream">The connection's bytes, behind the handshake.</param>
/// <param name="maxMessage">The largest message, in bytes.</param>
/// <param name="patience">How long a client may take to read what it is sent.</param>
internal sealed class WebSocketConnection(Stream stream, int maxMessage, TimeSpan patience)
{
    // How long the other side may take to answer a close frame, or to see it where it breaks the protocol.
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(2);

    private readonly PipeReader reader = PipeReader.Create(stream);
    private readonly ArrayBufferWriter<byte> parts = new();
    private Opcode? begun;
    private bool isBroken;

    /// <summary>The status that the connection was closed with; null while it is open.</summary>
    public int? Status { get; private set; }

    /// <summary>The next message.</summary>
    /// <returns>The message; null when the client has closed, which was answered.</returns>
    /// <exception cref="CloseException">The client broke the protocol.</exception>
    /// <exception cref="IOException">The client has gone.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled; what has arrived of a message is kept.</exception>
    public async Task<Message?> ReceiveAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Frame frame = await ReadAsync(cancellationToken);
            switch (frame.Opcode)
            {
                case Opcode.Ping:
                    await SendAsync(Opcode.Pong, frame.Payload);
                    break;
                case Opcode.Pong:
                    break;
                case Opcode.Close:
                    Status = ClosePayload.Read(frame.Payload);
                    await SendAsync(Opcode.Close, frame.Payload);
                    return null;
                default:
                    if (Join(frame) is { } message)
                    {
                        return message;
                    }

                    break;
            }
        }
    }

    /// <summary>Sends text.</summary>
    /// <param name="text">The text, in UTF-8.</param>
    /// <exception cref="IOException">The client has gone, or does not read.</exception>
    public Task SendTextAsync(byte[] text) => SendAsync(Opcode.Text, text);

    /// <summary>
    /// Closes, and reads on until the client closes, too, or a short time is over: were the connection ended with bytes unread, the client would see a reset in place
    /// of the close frame. Source: RFC 6455, 7.1.1.
    /// </summary>
    /// <exception cref="IOException">The client has gone, or does not read.</exception>
    public async Task CloseAsync(WebSocketCloseStatus status, string reason)
    {
        Status = (int)status;
        await SendAsync(Opcode.Close, ClosePayload.Write(status, reason));
        using var farewell = new CancellationTokenSource(Farewell);
        try
        {
            while (!await DiscardAsync(farewell.Token))
            {
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // The client has gone, or had its time.
        }
    }

    // Whether nothing more comes. Where frames cannot be told apart any longer, that is the end of the connection.
    private async Task<bool> DiscardAsync(CancellationToken cancellationToken)
    {
        if (isBroken)
        {
            ReadResult rest = await reader.ReadAsync(cancellationToken);
            reader.AdvanceTo(rest.Buffer.End);
            return rest.IsCompleted;
        }

        try
        {
            return (await ReadAsync(cancellationToken)).Opcode == Opcode.Close;
        }
        catch (CloseException)
        {
            return false;
        }
    }

    private async Task<Frame> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            ReadResult result = await reader.ReadAsync(cancellationToken);
            ReadOnlySequence<byte> arrived = result.Buffer;
            bool isWhole = false;
            Frame frame;
            try
            {
                isWhole = Frame.TryRead(ref arrived, Status is null ? maxMessage - parts.WrittenCount : maxMessage, out frame);
            }
            catch (CloseException)
            {
                isBroken = true;
                throw;
            }
            finally
            {
                reader.AdvanceTo(arrived.Start, isWhole ? arrived.Start : arrived.End);
            }

            if (isWhole)
            {
                return frame;
            }

            if (result.IsCompleted)
            {
                throw new EndOfStreamException("The client has gone.");
            }
        }
    }

    private Message? Join(Frame frame)
    {
        if (frame.Opcode == Opcode.Continuation == begun is null)
        {
            throw CloseException.Protocol(begun is null ? "a message is continued that was not begun" : "a message begins before the last one has ended");
        }

        begun ??= frame.Opcode;
        parts.Write(frame.Payload);
        if (!frame.IsLast)
        {
            return null;
        }

        var message = new Message(begun == Opcode.Text, parts.WrittenSpan.ToArray());
        begun = null;
        parts.ResetWrittenCount();
        return !message.IsText || Utf8.IsValid(message.Content) ? message : throw new CloseException(WebSocketCloseStatus.InvalidPayloadData, "a text message is not UTF-8");
    }

    private async Task SendAsync(Opcode opcode, byte[] payload)
    {
        using var time = new CancellationTokenSource(patience);
        try
        {
            await stream.WriteAsync(Frame.Write(opcode, payload), time.Token);
        }
        catch (OperationCanceledException e)
        {
            throw new IOException("The client does not read what it is sent.", e);
        }
    }
}

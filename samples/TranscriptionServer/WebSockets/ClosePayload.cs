using System.Buffers.Binary;
using System.Net.WebSockets;
using System.Text;
using System.Text.Unicode;

namespace TranscriptionServer.WebSockets;

/// <summary>What a close frame carries: nothing, or a status and a reason. Source: RFC 6455, 5.5.1 and 7.4.</summary>
internal static class ClosePayload
{
    /// <summary>The status that stands for none; it is never sent.</summary>
    public const int None = 1005;

    /// <summary>Writes status and reason; a reason that is too long is cut at a character.</summary>
    public static byte[] Write(WebSocketCloseStatus status, string reason)
    {
        var payload = new byte[Frame.MaxControl];
        BinaryPrimitives.WriteUInt16BigEndian(payload, (ushort)status);
        Encoding.UTF8.GetEncoder().Convert(reason, payload.AsSpan(sizeof(ushort)), flush: true, out _, out int length, out _);
        return payload[..(sizeof(ushort) + length)];
    }

    /// <summary>Reads a client's status.</summary>
    /// <exception cref="CloseException">It is none that a client may send, or the reason is no text.</exception>
    public static int Read(ReadOnlySpan<byte> payload)
    {
        if (payload.IsEmpty)
        {
            return None;
        }

        if (payload.Length < sizeof(ushort))
        {
            throw CloseException.Protocol("a close frame has half a status");
        }

        int status = BinaryPrimitives.ReadUInt16BigEndian(payload);
        if (status is not ((>= 1000 and <= 1003) or (>= 1007 and <= 1014) or (>= 3000 and <= 4999)))
        {
            throw CloseException.Protocol(FormattableString.Invariant($"a close frame has the status {status}, which is none to send"));
        }

        return Utf8.IsValid(payload[sizeof(ushort)..]) ? status : throw new CloseException(WebSocketCloseStatus.InvalidPayloadData, "the reason of a close frame is not UTF-8");
    }
}

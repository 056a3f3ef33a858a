using System.Buffers;
using System.Buffers.Binary;
using System.Net.WebSockets;

namespace TranscriptionServer.WebSockets;

/// <summary>What a frame is.</summary>
internal enum Opcode
{
    /// <summary>The next part of a message.</summary>
    Continuation = 0x0,

    /// <summary>A message of text, or its first part.</summary>
    Text = 0x1,

    /// <summary>A message of bytes, or its first part.</summary>
    Binary = 0x2,

    /// <summary>The last frame of a side.</summary>
    Close = 0x8,

    /// <summary>A question whether the other side is there.</summary>
    Ping = 0x9,

    /// <summary>The answer to it.</summary>
    Pong = 0xA,
}

/// <summary>One frame. Source: RFC 6455, 5.2.</summary>
/// <param name="IsLast">Whether it ends its message.</param>
/// <param name="Opcode">What it is.</param>
/// <param name="Payload">What it carries, unmasked.</param>
internal readonly record struct Frame(bool IsLast, Opcode Opcode, byte[] Payload)
{
    /// <summary>The most bytes that a control frame carries.</summary>
    public const int MaxControl = 125;

    private const int Mask = 4;

    /// <summary>Takes a client's frame from the start of what has arrived.</summary>
    /// <param name="arrived">The bytes; those of the frame are taken from it.</param>
    /// <param name="maxPayload">The most bytes that the frame may carry.</param>
    /// <param name="frame">The frame.</param>
    /// <returns>Whether all of it has arrived.</returns>
    /// <exception cref="CloseException">It is no frame that a client may send, or too large; said as soon as its header tells so.</exception>
    public static bool TryRead(ref ReadOnlySequence<byte> arrived, int maxPayload, out Frame frame)
    {
        frame = default;
        var reader = new SequenceReader<byte>(arrived);
        if (!reader.TryRead(out byte first) || !TryCheck(first, ref reader, out int shortLength) || !TryReadLength(shortLength, ref reader, out ulong length))
        {
            return false;
        }

        if (length > (ulong)maxPayload)
        {
            throw new CloseException(WebSocketCloseStatus.MessageTooBig, FormattableString.Invariant($"the message is larger than the {maxPayload} bytes that may still come"));
        }

        Span<byte> mask = stackalloc byte[Mask];
        if (!reader.TryCopyTo(mask) || reader.Remaining < Mask + (long)length)
        {
            return false;
        }

        reader.Advance(Mask);
        var payload = new byte[length];
        reader.TryCopyTo(payload);
        for (int i = 0; i < payload.Length; i++)
        {
            payload[i] ^= mask[i % Mask];
        }

        arrived = arrived.Slice(reader.Position).Slice(payload.Length);
        frame = new Frame((first & 0x80) != 0, (Opcode)(first & 0xF), payload);
        return true;
    }

    /// <summary>A frame as a server sends it: whole, and not masked.</summary>
    public static byte[] Write(Opcode opcode, ReadOnlySpan<byte> payload)
    {
        int lengthBytes = payload.Length <= MaxControl ? 0 : payload.Length <= ushort.MaxValue ? sizeof(ushort) : sizeof(ulong);
        var frame = new byte[2 + lengthBytes + payload.Length];
        frame[0] = (byte)(0x80 | (int)opcode);
        Span<byte> length = frame.AsSpan(2, lengthBytes);
        switch (lengthBytes)
        {
            case 0:
                frame[1] = (byte)payload.Length;
                break;
            case sizeof(ushort):
                frame[1] = 126;
                BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)payload.Length);
                break;
            default:
                frame[1] = 127;
                BinaryPrimitives.WriteUInt64BigEndian(length, (ulong)payload.Length);
                break;
        }

        payload.CopyTo(frame.AsSpan(2 + lengthBytes));
        return frame;
    }

    // The first two bytes: what is wrong with them is said before anything else has arrived.
    private static bool TryCheck(byte first, ref SequenceReader<byte> reader, out int shortLength)
    {
        shortLength = 0;
        var opcode = (Opcode)(first & 0xF);
        if ((first & 0x70) != 0)
        {
            throw CloseException.Protocol("reserved bits of a frame are set, and no extension was agreed");
        }

        if (!Enum.IsDefined(opcode))
        {
            throw CloseException.Protocol($"there is no opcode 0x{(int)opcode:X}");
        }

        bool isControl = opcode >= Opcode.Close;
        if (isControl && (first & 0x80) == 0)
        {
            throw CloseException.Protocol("a control frame is fragmented");
        }

        if (!reader.TryRead(out byte second))
        {
            return false;
        }

        if ((second & 0x80) == 0)
        {
            throw CloseException.Protocol("a client's frame is not masked");
        }

        shortLength = second & 0x7F;
        return !isControl || shortLength <= MaxControl ? true : throw CloseException.Protocol($"a control frame has more than {MaxControl} bytes");
    }

    private static bool TryReadLength(int shortLength, ref SequenceReader<byte> reader, out ulong length)
    {
        length = (ulong)shortLength;
        if (shortLength == 126)
        {
            bool isThere = reader.TryReadBigEndian(out short sixteen);
            length = (ushort)sixteen;
            return isThere;
        }

        if (shortLength == 127)
        {
            bool isThere = reader.TryReadBigEndian(out long sixtyFour);
            length = (ulong)sixtyFour;
            return isThere && (sixtyFour >= 0 ? true : throw CloseException.Protocol("the length of a frame has its highest bit set"));
        }

        return true;
    }
}

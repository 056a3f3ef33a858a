using System.Buffers.Binary;
using System.Text;

namespace StableQuant.Audio.Wave;

/// <summary>Walks the chunks of a RIFF/WAVE recording until format and data are both known.</summary>
internal sealed class WaveReader(ByteSource source)
{
    private const string CutShort = "the file was cut short or its header is wrong; copy or record it again";

    private WaveFormat? format;

    public AudioClip Read()
    {
        uint riffSize = ReadRiffHeader();
        // Data that comes before its format has to wait; it is kept as bytes.
        (byte[] Bytes, long Position)? early = null;
        Span<byte> header = stackalloc byte[8];
        while (true)
        {
            long position = source.Position;
            int got = source.Read(header);
            if (got < header.Length)
            {
                string missing = format is null ? "'fmt ' chunk" : "'data' chunk";
                throw source.Error(position, $"the recording ends here without a {missing}; {CutShort}");
            }

            uint size = BinaryPrimitives.ReadUInt32LittleEndian(header[4..]);
            if (header[..4].SequenceEqual("fmt "u8))
            {
                ReadFormat(position, size);
                if (early is { } waiting)
                {
                    var buffered = new ByteSource(new MemoryStream(waiting.Bytes), source.Name, waiting.Position);
                    return new WaveDataReader(buffered, format!.Value).Read(waiting.Position - 8, (uint)waiting.Bytes.Length, riffSize);
                }
            }
            else if (header[..4].SequenceEqual("data"u8))
            {
                if (format is { } known)
                {
                    return new WaveDataReader(source, known).Read(position, size, riffSize);
                }

                if (early is not null)
                {
                    throw source.Error(position, $"a second 'data' chunk before any 'fmt ' chunk; {CutShort}");
                }

                early = (Buffer(position, size), position + 8);
            }
            else
            {
                SkipChunk(header[..4], position, size);
            }
        }
    }

    /// <summary>Reads the 12 bytes that open the file and returns the size declared there.</summary>
    private uint ReadRiffHeader()
    {
        Span<byte> riff = stackalloc byte[12];
        int got = source.Read(riff);
        if (got == 0)
        {
            throw source.Error(0, "the file is empty; record or copy it again");
        }

        ReadOnlySpan<byte> head = riff[..Math.Min(got, 4)];
        if (head.SequenceEqual("RF64"u8) || head.SequenceEqual("BW64"u8) || head.SequenceEqual("RIFX"u8))
        {
            throw source.Error(0, $"{Encoding.ASCII.GetString(head)} recordings are not supported; {AudioFormatMend.Convert}");
        }

        if (!"RIFF"u8.StartsWith(head))
        {
            throw source.Error(0, $"not a WAV file: it begins with {Show(head)}, not 'RIFF'; {AudioFormatMend.Convert}");
        }

        if (got < riff.Length)
        {
            throw source.Error(got, $"the file ends inside the RIFF header, after {got} of 12 bytes; {CutShort}");
        }

        if (!riff[8..].SequenceEqual("WAVE"u8))
        {
            throw source.Error(8, $"a RIFF file, but of the kind {Show(riff[8..])}, not 'WAVE'; {AudioFormatMend.Convert}");
        }

        return BinaryPrimitives.ReadUInt32LittleEndian(riff[4..]);
    }

    private void ReadFormat(long position, uint size)
    {
        if (format is not null)
        {
            throw source.Error(position, "a second 'fmt ' chunk; the header is damaged, write the recording again");
        }

        if (size < WaveFormat.MinLength)
        {
            throw source.Error(position + 4, $"the 'fmt ' chunk declares {size} bytes, it takes at least {WaveFormat.MinLength}; {CutShort}");
        }

        Span<byte> body = stackalloc byte[WaveFormat.ExtensibleLength];
        body = body[..(int)Math.Min(size, WaveFormat.ExtensibleLength)];
        int got = source.Read(body);
        if (got < body.Length)
        {
            throw source.Error(position + 4, $"the 'fmt ' chunk declares {size} bytes, but the file ends after {got} of them; {CutShort}");
        }

        format = WaveFormat.Parse(body, position + 8, source);
        SkipRest("fmt "u8, position, size, (uint)got);
    }

    private void SkipChunk(ReadOnlySpan<byte> name, long position, uint size) => SkipRest(name, position, size, 0);

    /// <summary>Goes on to the next chunk; chunks of odd size are followed by one byte of padding.</summary>
    private void SkipRest(ReadOnlySpan<byte> name, long position, uint size, uint alreadyRead)
    {
        long rest = (long)size - alreadyRead;
        long there = source.Remaining is long remaining && remaining < rest ? remaining : source.Skip(rest);
        if (there < rest)
        {
            throw source.Error(position + 4, $"the chunk {Show(name)} declares {size} bytes, but the file ends after {alreadyRead + there} of them; {CutShort}");
        }

        // A missing padding byte at the very end shows as the missing next chunk.
        _ = source.Skip(size & 1);
    }

    private byte[] Buffer(long position, uint size)
    {
        if (size > Array.MaxLength)
        {
            throw source.Error(position + 4, $"the 'data' chunk declares {size} bytes and comes before the 'fmt ' chunk; {CutShort}");
        }

        // The file may be shorter than it says: grow with what arrives.
        using var bytes = new MemoryStream();
        var block = new byte[64 * 1024];
        while (bytes.Length < size)
        {
            int want = (int)Math.Min(block.Length, size - bytes.Length);
            int got = source.Read(block.AsSpan(0, want));
            bytes.Write(block, 0, got);
            if (got < want)
            {
                throw source.Error(position + 4, $"the 'data' chunk declares {size} bytes, but the file ends after {bytes.Length} of them; {CutShort}");
            }
        }

        _ = source.Skip(size & 1);
        return bytes.ToArray();
    }

    /// <summary>Four characters for people: printable ones in quotes, others as hexadecimal bytes.</summary>
    private static string Show(ReadOnlySpan<byte> bytes) =>
        bytes.ContainsAnyExceptInRange((byte)' ', (byte)'~') ? $"0x{Convert.ToHexString(bytes)}" : $"'{Encoding.ASCII.GetString(bytes)}'";
}

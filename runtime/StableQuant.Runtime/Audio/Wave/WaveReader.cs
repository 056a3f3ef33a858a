using System.Buffers.Binary;
using static StableQuant.Audio.Wave.AudioFormatMend;

namespace StableQuant.Audio.Wave;

/// <summary>Walks the chunks of a RIFF/WAVE recording until format and data are both known.</summary>
/// <param name="source">The recording.</param>
/// <param name="range">The part of it that is wanted.</param>
internal sealed class WaveReader(ByteSource source, AudioRange range)
{
    /// <summary>What the length of a chunk is in RF64 and BW64 whose true one is in <c>ds64</c>.</summary>
    private const uint InDs64 = 0xFFFF_FFFF;

    private const int ChunkHeader = 8;

    private WaveFormat? format;
    private ulong? dataSize;

    /// <summary>Reads all channels.</summary>
    public AudioClip Read()
    {
        RiffHeader.Read(source);
        // Data that comes before its format has to wait; it is kept as bytes.
        (byte[] Bytes, long Position)? early = null;
        long? empty = null;
        Span<byte> header = stackalloc byte[ChunkHeader];
        while (true)
        {
            long position = source.Position;
            int got = source.Read(header);
            if (got < header.Length)
            {
                throw empty is long place ? WaveDataReader.NoAudio(source, place)
                    : source.Error(position, $"the recording ends here without a {(format is null ? "'fmt ' chunk" : "'data' chunk")}; {CutShort}");
            }

            uint size = BinaryPrimitives.ReadUInt32LittleEndian(header[4..]);
            if (header[..4].SequenceEqual("fmt "u8))
            {
                ReadFormat(position, size);
                if (early is { } waiting)
                {
                    var buffered = new ByteSource(new MemoryStream(waiting.Bytes), source.Name, waiting.Position);
                    return new WaveDataReader(buffered, format!.Value, range).Read(waiting.Position - ChunkHeader, waiting.Bytes.Length, source.Notes);
                }
            }
            else if (header[..4].SequenceEqual("ds64"u8))
            {
                ReadSizes(position, size);
            }
            else if (!header[..4].SequenceEqual("data"u8))
            {
                SkipRest(header[..4], position, size, 0);
            }
            else if (size == 0 && ChunkNames.IsKnown(source.Peek(4)))
            {
                // Not a length that was never filled in: other chunks follow, not sound.
                empty ??= position;
            }
            else if (format is { } known)
            {
                return new WaveDataReader(source, known, range).Read(position, DataSize(size), []);
            }
            else if (early is not null)
            {
                throw source.Error(position, $"a second 'data' chunk before any 'fmt ' chunk; {CutShort}");
            }
            else
            {
                early = (Buffer(position, DataSize(size)), position + ChunkHeader);
            }
        }
    }

    private long DataSize(uint size) => (long)Math.Min(size == InDs64 && dataSize is ulong known ? known : size, long.MaxValue);

    private void ReadFormat(long position, uint size)
    {
        if (format is not null)
        {
            throw source.Error(position, $"a second 'fmt ' chunk; {DamagedHeader}");
        }

        if (size < WaveFormat.MinLength)
        {
            throw source.Error(position + 4, $"the 'fmt ' chunk declares {size} bytes, it takes at least {WaveFormat.MinLength}; {CutShort}");
        }

        Span<byte> body = stackalloc byte[WaveFormat.ExtensibleLength];
        int got = ReadBody("fmt "u8, position, size, ref body);
        format = WaveFormat.Parse(body, position + ChunkHeader, source);
        SkipRest("fmt "u8, position, size, (uint)got);
    }

    /// <summary>The true sizes of RF64 and BW64: of the file, of the data, of frames.</summary>
    private void ReadSizes(long position, uint size)
    {
        Span<byte> body = stackalloc byte[24];
        int got = ReadBody("ds64"u8, position, size, ref body);
        if (got >= 16)
        {
            dataSize = BinaryPrimitives.ReadUInt64LittleEndian(body[8..]);
        }

        SkipRest("ds64"u8, position, size, (uint)got);
    }

    /// <summary>Reads what a chunk's body has, as far as it goes into <paramref name="body"/>, which is cut to it.</summary>
    private int ReadBody(ReadOnlySpan<byte> name, long position, uint size, ref Span<byte> body)
    {
        body = body[..(int)Math.Min(size, body.Length)];
        int got = source.Read(body);
        return got == body.Length ? got : throw Beyond(name, position, size, got);
    }

    /// <summary>Goes on to the next chunk; chunks of odd size are followed by one byte of padding, which some writers leave out.</summary>
    private void SkipRest(ReadOnlySpan<byte> name, long position, uint size, uint alreadyRead)
    {
        long there = source.Skip((long)size - alreadyRead);
        if (alreadyRead + there < size)
        {
            throw Beyond(name, position, size, alreadyRead + there);
        }

        SkipPadding(name, position, size);
    }

    private void SkipPadding(ReadOnlySpan<byte> name, long position, long size)
    {
        if (size % 2 == 0)
        {
            return;
        }

        if (ChunkNames.IsUnpadded(source.Peek(5)))
        {
            source.Note(position, $"the byte of padding is missing behind the chunk {ContainerName.Show(name)} of odd size; it was read without");
            return;
        }

        // A missing padding byte at the very end shows as the missing next chunk.
        _ = source.Skip(1);
    }

    private AudioFormatException Beyond(ReadOnlySpan<byte> name, long position, long size, long actual) =>
        source.Error(position + 4, $"the chunk {ContainerName.Show(name)} declares {size} bytes, but the file ends after {actual} of them; {CutShort}");

    private byte[] Buffer(long position, long size)
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
                throw Beyond("data"u8, position, size, bytes.Length);
            }
        }

        SkipPadding("data"u8, position, size);
        return bytes.ToArray();
    }
}

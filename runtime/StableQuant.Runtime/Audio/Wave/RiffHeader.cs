using static StableQuant.Audio.Wave.AudioFormatMend;

namespace StableQuant.Audio.Wave;

/// <summary>The 12 bytes that open a WAV file, and tags before them.</summary>
internal static class RiffHeader
{
    private const int Length = 12;

    /// <summary>Length of an ID3v2 tag's header, and of its footer.</summary>
    private const int TagHeader = 10;

    /// <summary>Reads past the header. The size that it declares says nothing that the chunks and the file's end do not.</summary>
    public static void Read(ByteSource source)
    {
        SkipTags(source);
        long start = source.Position;
        ReadOnlySpan<byte> head = source.Peek(ByteSource.MaxPeek);
        if (head.IsEmpty)
        {
            throw source.Error(start, start == 0 ? "the file is empty; record or copy it again" : $"the file ends behind its ID3 tag; {CutShort}");
        }

        ReadOnlySpan<byte> magic = head[..Math.Min(head.Length, 4)];
        if (!"RIFF"u8.StartsWith(magic) && !"RF64"u8.StartsWith(magic) && !"BW64"u8.StartsWith(magic))
        {
            throw Other(source, head);
        }

        if (head.Length < Length)
        {
            throw source.Error(start + head.Length, $"the file ends inside the RIFF header, after {head.Length} of {Length} bytes; {CutShort}");
        }

        if (!head[8..Length].SequenceEqual("WAVE"u8))
        {
            throw source.TakesDecoder(start + 8, $"{ContainerName.Of(head) ?? $"a RIFF file of the kind {ContainerName.Show(head[8..Length])}"}, not WAV");
        }

        _ = source.Skip(Length);
    }

    private static AudioFormatException Other(ByteSource source, ReadOnlySpan<byte> head)
    {
        // MP3 may begin with a tag, and with nothing else that tells.
        string? name = ContainerName.Of(head) ?? (source.Position > 0 ? "MP3" : null);
        return name is not null ? source.TakesDecoder(source.Position, $"{name}, not WAV")
            : ContainerName.NoSound(head) is string problem ? source.Error(source.Position, problem)
            : source.TakesDecoder(source.Position, $"no form of sound that is known here, it begins with {ContainerName.Show(head[..Math.Min(head.Length, 4)])}");
    }

    /// <summary>ID3v2 tags: "ID3", version, flags, and the length of what follows in four bytes of 7 bits.</summary>
    private static void SkipTags(ByteSource source)
    {
        while (source.Peek(TagHeader) is [(byte)'I', (byte)'D', (byte)'3', _, _, byte flags, < 0x80 and byte a, < 0x80 and byte b, < 0x80 and byte c, < 0x80 and byte d])
        {
            const int HasFooter = 0x10;
            long start = source.Position;
            long size = TagHeader + (a << 21 | b << 14 | c << 7 | d) + ((flags & HasFooter) != 0 ? TagHeader : 0);
            if (source.Skip(size) < size)
            {
                throw source.Error(start + 6, $"the ID3 tag declares {size} bytes, but the file ends before; {CutShort}");
            }

            source.Note(start, $"an ID3 tag of {size} bytes lies before the sound; it was passed over");
        }
    }
}

namespace StableQuant.Audio.Wave;

/// <summary>Reads the body of a <c>data</c> chunk whose format is known, block by block.</summary>
/// <param name="source">Stands at the first byte of the body.</param>
/// <param name="format">The format.</param>
/// <param name="range">The part that is wanted.</param>
internal sealed class WaveDataReader(ByteSource source, WaveFormat format, AudioRange range)
{
    private const int BlockBytes = 64 * 1024;

    /// <summary>What writers that cannot seek back leave as the length: ffmpeg, SoX, arecord and others.</summary>
    private static ReadOnlySpan<long> Placeholders => [0x7FFF_F000, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF];

    /// <summary>The error for a recording without sound.</summary>
    public static AudioFormatException NoAudio(ByteSource source, long chunk) =>
        source.Error(chunk, "the recording holds no audio; record it again");

    /// <summary>Reads all channels.</summary>
    /// <param name="chunk">Position of the chunk's header.</param>
    /// <param name="declared">The length that the chunk's header gives.</param>
    /// <param name="earlier">Notes on what was read before.</param>
    public AudioClip Read(long chunk, long declared, IReadOnlyList<string> earlier)
    {
        // A file that does hold that many bytes means what it says.
        bool toTheEnd = declared == 0 || (source.Remaining is long there ? there < declared : IsPlaceholder(declared));
        long start = source.Position;
        long first = Bytes(range.FirstFrame(format.SampleRate));
        long limit = toTheEnd ? long.MaxValue : declared;
        long skipped = source.Skip(Math.Min(first, limit));
        float[][] channels = ReadFrames(chunk, Math.Min(limit - skipped, Bytes(range.MaxFrames(format.SampleRate))));
        if (channels[0].Length == 0 && !range.MayBeEmpty)
        {
            throw NoAudio(source, chunk);
        }

        long read = source.Position - start;
        bool isShort = declared == 0 || (read < declared && source.Peek(1).IsEmpty);
        NoteLength(chunk, declared, isShort ? read : declared);
        return new AudioClip(channels, format.SampleRate, [.. earlier, .. source.Notes]);
    }

    /// <summary>Tells of a length that is not what the file holds, or no whole number of frames.</summary>
    private void NoteLength(long chunk, long declared, long held)
    {
        if (declared == 0)
        {
            source.Note(chunk + 4, "the header does not say how long the data are; they were read to the end");
        }
        else if (held < declared)
        {
            source.Note(chunk + 4, $"the 'data' chunk declares {declared} bytes, but the file holds {held} of them; they were read to the end");
        }

        if (held % format.FrameBytes is > 0 and long rest)
        {
            source.Note(chunk + 4, $"the data end with {rest} bytes of an incomplete frame of {format.FrameBytes}; they were left out");
        }
    }

    /// <summary>Whether the length is one that stands for "not known", rounded to whole frames or not.</summary>
    private bool IsPlaceholder(long declared)
    {
        foreach (long value in Placeholders)
        {
            if (declared == value || declared == value - (value % format.FrameBytes))
            {
                return true;
            }
        }

        return false;
    }

    private long Bytes(long frames) => frames > long.MaxValue / format.FrameBytes ? long.MaxValue : frames * format.FrameBytes;

    private float[][] ReadFrames(long chunk, long limit)
    {
        int frameBytes = format.FrameBytes;
        var block = new byte[Math.Max(1, BlockBytes / frameBytes) * frameBytes];
        // What the stream is known to hold; a stream that cannot tell starts with a block and doubles.
        long known = Math.Min(limit, source.Remaining ?? block.Length) / frameBytes;
        CheckLength(chunk, known);
        var channels = new float[format.Channels][];
        Resize(channels, (int)known);
        int count = 0;
        long left = limit;
        while (left > 0)
        {
            int want = (int)Math.Min(block.Length, left);
            long position = source.Position;
            int got = source.Read(block.AsSpan(0, want));
            left -= got;
            int frames = got / frameBytes;
            CheckLength(chunk, (long)count + frames);
            if (count + frames > channels[0].Length)
            {
                Resize(channels, (int)Math.Min(Array.MaxLength, Math.Max(2L * channels[0].Length, count + frames)));
            }

            int bad = SampleDecoder.Decode(format, block.AsSpan(0, frames * frameBytes), channels, count);
            if (bad >= 0)
            {
                throw source.Error(position + bad, "a sample is not a finite number; the recording is damaged or was written with an error, export it again");
            }

            count += frames;
            if (got < want)
            {
                break;
            }
        }

        Resize(channels, count);
        return channels;
    }

    private static void Resize(float[][] channels, int length)
    {
        for (int i = 0; i < channels.Length; i++)
        {
            Array.Resize(ref channels[i], length);
        }
    }

    private void CheckLength(long chunk, long frames)
    {
        if (frames > Array.MaxLength)
        {
            throw source.Error(chunk + 4, $"the recording is longer than {Array.MaxLength} samples; split it");
        }
    }
}

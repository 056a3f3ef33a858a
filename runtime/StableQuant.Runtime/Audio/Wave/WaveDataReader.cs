namespace StableQuant.Audio.Wave;

/// <summary>Reads the body of a <c>data</c> chunk whose format is known, block by block.</summary>
internal sealed class WaveDataReader(ByteSource source, WaveFormat format)
{
    private const int BlockBytes = 64 * 1024;

    /// <summary>What writers that cannot seek back leave as the length: ffmpeg, SoX, arecord and others.</summary>
    private static ReadOnlySpan<uint> Unknown => [0, 0x7FFF_F000, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF];

    /// <param name="chunk">Position of the chunk's header.</param>
    /// <param name="declared">The length that the chunk's header gives.</param>
    /// <param name="riffSize">The length that the file's header gives.</param>
    public AudioClip Read(long chunk, uint declared, uint riffSize)
    {
        // A file that does hold that many bytes means what it says.
        bool toTheEnd = IsUnknown(declared) && (declared == 0 || source.Remaining is not long there || there < declared);
        if (!toTheEnd)
        {
            CheckDeclared(chunk, declared);
        }

        long limit = toTheEnd ? long.MaxValue : declared;
        long start = source.Position;
        float[] samples = ReadFrames(chunk, limit);
        long got = source.Position - start;
        if (!toTheEnd && got < declared)
        {
            throw Beyond(chunk, declared, got);
        }

        // A file header that is right about the end of the file was written afterwards, so its 0 is meant: what
        // follows the empty data are other chunks, not sound.
        bool emptyOnPurpose = declared == 0 && riffSize + 8L == source.Position;
        if (samples.Length == 0 || emptyOnPurpose)
        {
            throw source.Error(chunk, "the recording holds no audio; record it again");
        }

        return new AudioClip(samples, format.SampleRate);
    }

    /// <summary>Whether the length is one that stands for "not known", rounded to whole frames or not.</summary>
    private bool IsUnknown(uint declared)
    {
        foreach (uint value in Unknown)
        {
            if (declared == value || declared == value - (value % (uint)format.BlockAlign))
            {
                return true;
            }
        }

        return false;
    }

    private void CheckDeclared(long chunk, uint declared)
    {
        if (source.Remaining is long remaining && remaining < declared)
        {
            throw Beyond(chunk, declared, remaining);
        }

        if (declared % (uint)format.BlockAlign != 0)
        {
            throw source.Error(chunk + 4, $"the 'data' chunk declares {declared} bytes, not a whole number of frames of {format.BlockAlign}; the header is damaged, write the recording again");
        }
    }

    private AudioFormatException Beyond(long chunk, uint declared, long actual) => source.Error(
        chunk + 4, $"the 'data' chunk declares {declared} bytes, but the file holds {actual} of them; it was cut short or its header is wrong: copy or record it again");

    private float[] ReadFrames(long chunk, long limit)
    {
        int framesPerBlock = Math.Max(1, BlockBytes / format.BlockAlign);
        var block = new byte[framesPerBlock * format.BlockAlign];
        // What the stream is known to hold; a stream that cannot tell starts with a block and doubles.
        long known = Math.Min(limit, source.Remaining ?? block.Length) / format.BlockAlign;
        CheckLength(chunk, known);
        var samples = new float[known];
        int count = 0;
        long left = limit;
        while (left > 0)
        {
            int want = (int)Math.Min(block.Length, left);
            long position = source.Position;
            int got = source.Read(block.AsSpan(0, want));
            left -= got;
            int frames = got / format.BlockAlign;
            CheckLength(chunk, (long)count + frames);
            if (count + frames > samples.Length)
            {
                Array.Resize(ref samples, (int)Math.Min(Array.MaxLength, Math.Max(2L * samples.Length, count + frames)));
            }

            int bad = SampleDecoder.Decode(format, block.AsSpan(0, frames * format.BlockAlign), samples.AsSpan(count, frames));
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

        if (count < samples.Length)
        {
            Array.Resize(ref samples, count);
        }

        return samples;
    }

    private void CheckLength(long chunk, long frames)
    {
        if (frames > Array.MaxLength)
        {
            throw source.Error(chunk + 4, $"the recording is longer than {Array.MaxLength} samples; split it");
        }
    }
}

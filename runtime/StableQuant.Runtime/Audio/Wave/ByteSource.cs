using System.Globalization;

namespace StableQuant.Audio.Wave;

/// <summary>
/// A stream that knows its name, where it stands and, when it can seek, how much is left; one can look ahead in it, and it gathers what is
/// odd about it.
/// </summary>
internal sealed class ByteSource
{
    /// <summary>The most bytes that one can look ahead.</summary>
    public const int MaxPeek = 64;

    private readonly Stream stream;
    private readonly long? end;
    private readonly byte[] ahead = new byte[MaxPeek];
    private readonly List<string> notes = [];
    private int aheadStart;
    private int aheadEnd;

    /// <param name="stream">Read from where it stands, which is position 0 unless <paramref name="position"/> says otherwise.</param>
    /// <param name="name">For error messages.</param>
    /// <param name="position">What to call the first byte's position.</param>
    public ByteSource(Stream stream, string name, long position = 0)
    {
        this.stream = stream;
        Name = name;
        Position = position;
        end = stream.CanSeek ? position + Math.Max(0, stream.Length - stream.Position) : null;
    }

    public string Name { get; }

    public long Position { get; private set; }

    /// <summary>Bytes left, or null where the stream cannot tell.</summary>
    public long? Remaining => end is long known ? Math.Max(0, known - Position) : null;

    /// <summary>What is odd about the stream and how it is read all the same, for people.</summary>
    public IReadOnlyList<string> Notes => notes;

    /// <summary>Looks at the next bytes without reading them: as many as there are, at most <paramref name="count"/>.</summary>
    public ReadOnlySpan<byte> Peek(int count)
    {
        if (aheadEnd - aheadStart < count)
        {
            ahead.AsSpan(aheadStart, aheadEnd - aheadStart).CopyTo(ahead);
            aheadEnd -= aheadStart;
            aheadStart = 0;
            aheadEnd += stream.ReadAtLeast(ahead.AsSpan(aheadEnd, count - aheadEnd), count - aheadEnd, throwOnEndOfStream: false);
        }

        return ahead.AsSpan(aheadStart, Math.Min(count, aheadEnd - aheadStart));
    }

    /// <summary>Fills the buffer as far as the stream goes and returns how far.</summary>
    public int Read(Span<byte> buffer)
    {
        int count = Math.Min(buffer.Length, aheadEnd - aheadStart);
        ahead.AsSpan(aheadStart, count).CopyTo(buffer);
        aheadStart += count;
        count += stream.ReadAtLeast(buffer[count..], buffer.Length - count, throwOnEndOfStream: false);
        Position += count;
        return count;
    }

    /// <summary>Reads past <paramref name="count"/> bytes; returns how many there were.</summary>
    public long Skip(long count)
    {
        if (Remaining is long remaining)
        {
            long skipped = Math.Min(count, remaining);
            int known = (int)Math.Min(skipped, aheadEnd - aheadStart);
            aheadStart += known;
            stream.Seek(skipped - known, SeekOrigin.Current);
            Position += skipped;
            return skipped;
        }

        var bin = new byte[4096];
        long done = 0;
        while (done < count)
        {
            int want = (int)Math.Min(bin.Length, count - done);
            int got = Read(bin.AsSpan(0, want));
            done += got;
            if (got < want)
            {
                break;
            }
        }

        return done;
    }

    /// <summary>Notes what is odd at a place, and what is made of it.</summary>
    public void Note(long position, string note) => notes.Add(string.Create(CultureInfo.InvariantCulture, $"byte {position}: {note}"));

    public AudioFormatException Error(long position, string problem) => new(Name, position, problem);

    /// <summary>The error for sound in a form that takes a decoder.</summary>
    /// <param name="position">Where that shows.</param>
    /// <param name="form">What it is, for instance "Ogg Vorbis, not WAV".</param>
    public AudioFormatException TakesDecoder(long position, string form) => new(Name, position, $"{form}; {AudioFormatMend.Decoder}") { TakesDecoder = true };
}

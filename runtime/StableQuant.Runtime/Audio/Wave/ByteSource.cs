namespace StableQuant.Audio.Wave;

/// <summary>A stream that knows its name, where it stands and, when it can seek, how much is left.</summary>
internal sealed class ByteSource
{
    private readonly Stream stream;
    private readonly long? end;

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

    /// <summary>Fills the buffer as far as the stream goes and returns how far.</summary>
    public int Read(Span<byte> buffer)
    {
        int count = stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
        Position += count;
        return count;
    }

    /// <summary>Reads past <paramref name="count"/> bytes; returns how many there were.</summary>
    public long Skip(long count)
    {
        Span<byte> bin = stackalloc byte[4096];
        long done = 0;
        while (done < count)
        {
            int want = (int)Math.Min(bin.Length, count - done);
            int got = Read(bin[..want]);
            done += got;
            if (got < want)
            {
                break;
            }
        }

        return done;
    }

    public AudioFormatException Error(long position, string problem) => new(Name, position, problem);
}

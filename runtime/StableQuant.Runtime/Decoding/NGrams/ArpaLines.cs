using System.IO.Compression;

namespace StableQuant.Decoding.NGrams;

/// <summary>The lines of a text file or of a gzip file of one, told apart by their first bytes; one buffer, however long the file is.</summary>
internal sealed class ArpaLines : IDisposable
{
    /// <summary>The most bytes of a line.</summary>
    public const int MaxLength = 1 << 16;

    private readonly string name;
    private readonly Stream stream;
    private readonly byte[] buffer = new byte[2 * MaxLength];
    private int start;
    private int end;

    /// <summary>Reads a stream, which is disposed of with this.</summary>
    /// <param name="stream">A stream that can seek.</param>
    /// <param name="name">What errors call it.</param>
    public ArpaLines(Stream stream, string name)
    {
        this.name = name;
        Span<byte> magic = stackalloc byte[2];
        bool isGzip = stream.ReadAtLeast(magic, 2, throwOnEndOfStream: false) == 2 && magic[0] == 0x1F && magic[1] == 0x8B;
        stream.Position = 0;
        this.stream = isGzip ? new GZipStream(stream, CompressionMode.Decompress) : stream;
    }

    /// <summary>Number of the line that was read last, from 1.</summary>
    public int Number { get; private set; }

    /// <summary>Reads the next line, without its end and without white space around it.</summary>
    /// <exception cref="InvalidDataException">It is too long, or cannot be read.</exception>
    public bool TryRead(out ReadOnlySpan<byte> line)
    {
        int searched = 0;
        Number++;
        while (true)
        {
            int at = buffer.AsSpan(start + searched, end - start - searched).IndexOf((byte)'\n');
            if (at >= 0)
            {
                line = Trim(buffer.AsSpan(start, searched + at));
                start += searched + at + 1;
                return true;
            }

            searched = end - start;
            if (searched > MaxLength)
            {
                throw Error($"the line is longer than {MaxLength} bytes");
            }

            if (!Fill())
            {
                line = Trim(buffer.AsSpan(start, searched));
                start = end;
                return searched > 0;
            }
        }
    }

    /// <summary>An error, in the line that was read last where no other is told.</summary>
    public InvalidDataException Error(string problem, Exception? inner = null, int line = 0) => new($"{name}:{(line > 0 ? line : Number)}: {problem}.", inner);

    /// <inheritdoc/>
    public void Dispose() => stream.Dispose();

    private bool Fill()
    {
        buffer.AsSpan(start..end).CopyTo(buffer);
        (start, end) = (0, end - start);
        try
        {
            int read = stream.Read(buffer, end, buffer.Length - end);
            end += read;
            return read > 0;
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            throw Error($"the file cannot be read on: {e.Message.TrimEnd('.')}", e);
        }
    }

    private static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> line) => line.Trim(" \t\r"u8);
}

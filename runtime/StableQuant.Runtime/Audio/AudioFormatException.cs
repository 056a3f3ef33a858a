namespace StableQuant.Audio;

/// <summary>
/// Audio that cannot be read: the one error type of this namespace for what a file holds. The message names the file,
/// the byte where the trouble is, what was found and what mends it. A file that is missing or may not be opened is the
/// usual <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/> instead.
/// </summary>
public sealed class AudioFormatException : Exception
{
    /// <summary>Makes an error about one place of one file.</summary>
    /// <param name="source">Name of the file or stream, for people.</param>
    /// <param name="position">Offset in bytes from the start of the file, or −1 where no single byte is to blame.</param>
    /// <param name="problem">What is wrong and what mends it.</param>
    /// <param name="inner">The error that led here, if any.</param>
    public AudioFormatException(string source, long position, string problem, Exception? inner = null)
        : base(position < 0 ? $"{source}: {problem}" : FormattableString.Invariant($"{source}: byte {position}: {problem}"), inner)
    {
        FileName = source;
        Position = position;
    }

    /// <summary>Name of the file or stream.</summary>
    public string FileName { get; }

    /// <summary>Offset in bytes from the start of the file, or −1 where no single byte is to blame.</summary>
    public long Position { get; }

    /// <summary>Whether the sound may be fine, but is written in a form that takes another decoder.</summary>
    internal bool TakesDecoder { get; init; }
}

using StableQuant.Audio.Wave;

namespace StableQuant.Audio;

/// <summary>
/// Reads RIFF/WAVE recordings: PCM of 8, 16, 24 and 32 bits, IEEE float of 32 and 64 bits, mu-law and A-law
/// (ITU-T G.711), each also as WAVE_FORMAT_EXTENSIBLE. Chunks may come in any order, unknown ones are skipped.
/// </summary>
/// <remarks>
/// <para>Several channels are mixed to one by their average, computed in double precision.</para>
/// <para>A 16-bit sample s becomes exactly s/32768; the other integer widths likewise become s/2^(bits−1), mu-law and
/// A-law after their expansion to 16 bits.</para>
/// <para>Programs that write to a pipe cannot go back to fill in the length of the data chunk and leave 0, 0x7FFFF000,
/// 0x7FFFFFFF, 0x80000000 or 0xFFFFFFFF there: such a recording is read to the end of the file, a last incomplete
/// frame left out. Any other header that does not agree with itself or with the file is an error.</para>
/// <para>Memory grows with the bytes that are really there, never with what a header promises.</para>
/// <para>Sources: Microsoft and IBM, Multimedia Programming Interface and Data Specifications 1.0 (1991); Microsoft,
/// WAVEFORMATEXTENSIBLE; ITU-T G.711.</para>
/// </remarks>
public static class WavFile
{
    /// <summary>Lowest sample rate accepted, in samples a second.</summary>
    public const int MinSampleRate = 1000;

    /// <summary>Highest sample rate accepted, in samples a second.</summary>
    public const int MaxSampleRate = 768000;

    /// <summary>Reads a file.</summary>
    /// <param name="path">Path of the recording.</param>
    /// <returns>One channel of samples, at least one sample long, every sample finite.</returns>
    /// <exception cref="AudioFormatException">The file is not a recording that can be read; the message says where and why.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be opened, or is a directory.</exception>
    public static AudioClip Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        // The reader asks for whole blocks, a second buffer would only copy.
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        return Read(stream, path);
    }

    /// <summary>Reads a stream from where it stands; it need not be seekable. The stream is left open.</summary>
    /// <param name="stream">The recording.</param>
    /// <param name="name">Name of the stream, for error messages.</param>
    /// <returns>One channel of samples, at least one sample long, every sample finite.</returns>
    /// <exception cref="AudioFormatException">The stream is not a recording that can be read; the message says where and why.</exception>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    public static AudioClip Read(Stream stream, string name)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(name);
        return new WaveReader(new ByteSource(stream, name)).Read();
    }
}

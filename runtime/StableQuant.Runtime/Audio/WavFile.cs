using System.Runtime.InteropServices;
using StableQuant.Audio.Wave;

namespace StableQuant.Audio;

/// <summary>
/// Reads RIFF/WAVE recordings, also RF64 and BW64: PCM of 1 to 32 and 64 bits, IEEE float of 32 and 64 bits, mu-law and A-law
/// (ITU-T G.711), each also as WAVE_FORMAT_EXTENSIBLE, any number of channels. Chunks may come in any order, unknown ones and an ID3 tag
/// before the header are skipped.
/// </summary>
/// <remarks>
/// <para>A 16-bit sample s becomes exactly s/32768; the other integer widths likewise become s/2^(bits−1), mu-law and A-law after their
/// expansion to 16 bits. Samples of fewer bits than their bytes hold are left-justified, as the specification has it.</para>
/// <para>Headers that are wrong in a way that leaves no doubt about the sound are read, and <see cref="AudioClip.Notes"/> says so. A
/// length beyond the end of the file, or one that a program leaves which writes to a pipe, means: to the end. Where the bytes of a frame or
/// a second contradict the channels and bits, these decide. A last incomplete frame is left out.</para>
/// <para>Memory grows with the bytes that are really there, never with what a header promises.</para>
/// <para>Sources: Microsoft and IBM, Multimedia Programming Interface and Data Specifications 1.0 (1991); Microsoft,
/// WAVEFORMATEXTENSIBLE; EBU Tech 3306 and ITU-R BS.2088 (RF64, BW64); ITU-T G.711; ID3 tag version 2.4.0.</para>
/// </remarks>
public static class WavFile
{
    /// <summary>Lowest sample rate accepted, in samples a second.</summary>
    public const int MinSampleRate = 1000;

    /// <summary>Highest sample rate accepted, in samples a second.</summary>
    public const int MaxSampleRate = 768000;

    /// <summary>Reads a file.</summary>
    /// <param name="path">Path of the recording.</param>
    /// <param name="channels">Which channels are wanted; by default their mix.</param>
    /// <returns>Samples, at least one a channel, every sample finite.</returns>
    /// <exception cref="AudioFormatException">The file is not a recording that can be read, or lacks the channel; the message says where and why.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be opened, or is a directory.</exception>
    public static AudioClip Read(string path, ChannelChoice channels = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using FileStream stream = Open(path);
        return Read(stream, path, channels);
    }

    /// <summary>Reads a stream from where it stands; it need not be seekable. The stream is left open.</summary>
    /// <param name="stream">The recording.</param>
    /// <param name="name">Name of the stream, for error messages.</param>
    /// <param name="channels">Which channels are wanted; by default their mix.</param>
    /// <returns>Samples, at least one a channel, every sample finite.</returns>
    /// <exception cref="AudioFormatException">The stream is not a recording that can be read, or lacks the channel; the message says where and why.</exception>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    public static AudioClip Read(Stream stream, string name, ChannelChoice channels = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(name);
        return ChannelSelector.Select(new WaveReader(new ByteSource(stream, name), AudioRange.Whole).Read(), channels, name);
    }

    /// <summary>Reads a recording in memory.</summary>
    /// <param name="file">The bytes of the file.</param>
    /// <param name="name">Name of the recording, for error messages.</param>
    /// <param name="channels">Which channels are wanted; by default their mix.</param>
    /// <returns>Samples, at least one a channel, every sample finite.</returns>
    /// <exception cref="AudioFormatException">It is not a recording that can be read, or lacks the channel; the message says where and why.</exception>
    public static AudioClip Read(ReadOnlyMemory<byte> file, string name, ChannelChoice channels = default)
    {
        using MemoryStream stream = Over(file);
        return Read(stream, name, channels);
    }

    internal static FileStream Open(string path) =>
        // The reader asks for whole blocks, a second buffer would only copy.
        new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);

    internal static MemoryStream Over(ReadOnlyMemory<byte> file) => MemoryMarshal.TryGetArray(file, out ArraySegment<byte> segment)
        ? new MemoryStream(segment.Array!, segment.Offset, segment.Count, writable: false)
        : new MemoryStream(file.ToArray(), writable: false);
}

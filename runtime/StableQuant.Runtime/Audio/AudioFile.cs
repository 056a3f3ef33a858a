using StableQuant.Audio.Wave;
using StableQuant.Layout;

namespace StableQuant.Audio;

/// <summary>
/// Loads recordings the way a speech model wants them: at 16 kHz, and one channel unless each is asked for. What a recording is, its content
/// decides, not its name: WAV is read by <see cref="WavFile"/>; what that does not read (FLAC, MP3, Ogg, MP4, WebM, compressed WAV and others)
/// goes to the program <c>ffmpeg</c> where it is on the PATH. <see cref="Resampler"/> brings either to 16 kHz.
/// </summary>
public static class AudioFile
{
    /// <summary>The rate that the models expect, in samples a second.</summary>
    public const int ModelRate = FrontEndLayout.SampleRate;

    private static readonly string[] Extensions =
        [".wav", ".flac", ".mp3", ".ogg", ".oga", ".opus", ".m4a", ".mp4", ".aac", ".webm", ".mka", ".aif", ".aiff", ".au", ".caf", ".amr", ".wma", ".w64", ".rf64", ".bwf"];

    /// <summary>
    /// Whether a path has one of the extensions of recordings, in any case: wav, flac, mp3, ogg, opus, m4a and some rarer ones. It serves to
    /// find recordings in a folder; what is loaded may have any name.
    /// </summary>
    /// <param name="path">A file's path or name; the file need not exist.</param>
    public static bool IsSupported(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return Extensions.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>Loads a recording as one channel at 16 kHz, the mix of its channels.</summary>
    /// <param name="path">Path of the recording.</param>
    /// <param name="cancellationToken">Stops waiting for <c>ffmpeg</c>, which is ended.</param>
    /// <returns>At least one sample; all are finite, nominally in −1 … 1.</returns>
    /// <exception cref="AudioFormatException">The file holds nothing that can be read, or <c>ffmpeg</c> is needed and missing; the message names the file and the mend.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be opened, or is a directory.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static float[] Load16k(string path, CancellationToken cancellationToken = default) =>
        Read16k(path, ChannelChoice.Mix, cancellationToken).Samples;

    /// <summary>Loads a recording as one channel at 16 kHz; errors are those of <see cref="Load16k(string, CancellationToken)"/>.</summary>
    /// <param name="path">Path of the recording.</param>
    /// <param name="channel">The mix or one channel; for each of them call <see cref="Read16k(string, ChannelChoice, CancellationToken)"/>.</param>
    /// <param name="cancellationToken">Stops waiting for <c>ffmpeg</c>, which is ended.</param>
    /// <returns>At least one sample; all are finite, nominally in −1 … 1.</returns>
    /// <exception cref="ArgumentException"><paramref name="channel"/> is each.</exception>
    public static float[] Load16k(string path, ChannelChoice channel, CancellationToken cancellationToken = default) =>
        Read16k(path, One(channel), cancellationToken).Samples;

    /// <summary>
    /// Loads a part of a recording as one channel at 16 kHz, without keeping the rest in memory; errors are those of
    /// <see cref="Load16k(string, CancellationToken)"/>.
    /// </summary>
    /// <param name="path">Path of the recording.</param>
    /// <param name="start">Where the part begins; not negative.</param>
    /// <param name="length">How long it is; not negative. It is shorter where the recording ends.</param>
    /// <param name="cancellationToken">Stops waiting for <c>ffmpeg</c>, which is ended.</param>
    /// <returns>Samples, all finite, nominally in −1 … 1; none where the recording ends before <paramref name="start"/>.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A time is negative.</exception>
    public static float[] Load16k(string path, TimeSpan start, TimeSpan length, CancellationToken cancellationToken = default) =>
        Read(path, Part(start, length), ChannelChoice.Mix, cancellationToken).Samples;

    /// <summary>Loads a recording from a stream as one channel at 16 kHz; errors are those of <see cref="Load16k(string, CancellationToken)"/>.</summary>
    /// <param name="stream">The recording, from where the stream stands; it need not be seekable, and is left open.</param>
    /// <param name="channel">The mix or one channel.</param>
    /// <param name="cancellationToken">Stops reading, and waiting for <c>ffmpeg</c>, which is ended.</param>
    /// <returns>At least one sample; all are finite, nominally in −1 … 1.</returns>
    /// <exception cref="ArgumentException"><paramref name="channel"/> is each.</exception>
    public static float[] Load16k(Stream stream, ChannelChoice channel = default, CancellationToken cancellationToken = default) =>
        Read16k(stream, "the stream", One(channel), cancellationToken).Samples;

    /// <summary>Loads a recording from memory as one channel at 16 kHz; errors are those of <see cref="Load16k(string, CancellationToken)"/>.</summary>
    /// <param name="file">The bytes of the file.</param>
    /// <param name="channel">The mix or one channel.</param>
    /// <param name="cancellationToken">Stops waiting for <c>ffmpeg</c>, which is ended.</param>
    /// <returns>At least one sample; all are finite, nominally in −1 … 1.</returns>
    /// <exception cref="ArgumentException"><paramref name="channel"/> is each.</exception>
    public static float[] Load16k(ReadOnlyMemory<byte> file, ChannelChoice channel = default, CancellationToken cancellationToken = default) =>
        Read16k(file, "the recording in memory", One(channel), cancellationToken).Samples;

    /// <summary>
    /// Reads a recording at 16 kHz, and tells what was odd about it (<see cref="AudioClip.Notes"/>); errors are those of
    /// <see cref="Load16k(string, CancellationToken)"/>.
    /// </summary>
    /// <param name="path">Path of the recording.</param>
    /// <param name="channels">Which channels are wanted.</param>
    /// <param name="cancellationToken">Stops waiting for <c>ffmpeg</c>, which is ended.</param>
    /// <returns>The channels: one, or all with <see cref="ChannelChoice.Each"/>.</returns>
    public static AudioClip Read16k(string path, ChannelChoice channels = default, CancellationToken cancellationToken = default) =>
        Read(path, AudioRange.Whole, channels, cancellationToken);

    /// <summary>Reads a recording from a stream; otherwise as from a path.</summary>
    /// <param name="stream">The recording, from where the stream stands; it need not be seekable, and is left open.</param>
    /// <param name="name">Name of the stream, for messages.</param>
    /// <param name="channels">Which channels are wanted.</param>
    /// <param name="cancellationToken">Stops reading, and waiting for <c>ffmpeg</c>, which is ended.</param>
    /// <returns>The channels: one, or all with <see cref="ChannelChoice.Each"/>.</returns>
    public static AudioClip Read16k(Stream stream, string name, ChannelChoice channels = default, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(name);
        return Read(stream, name, null, AudioRange.Whole, channels, cancellationToken);
    }

    /// <summary>Reads a part of a recording from a stream, without keeping the rest in memory; otherwise as from a path.</summary>
    /// <param name="stream">The recording, from where the stream stands; it need not be seekable, and is left open.</param>
    /// <param name="name">Name of the stream, for messages.</param>
    /// <param name="start">Where the part begins; not negative.</param>
    /// <param name="length">How long it is; not negative. It is shorter where the recording ends.</param>
    /// <param name="channels">Which channels are wanted.</param>
    /// <param name="cancellationToken">Stops reading, and waiting for <c>ffmpeg</c>, which is ended.</param>
    /// <returns>The channels; without samples where the recording ends before <paramref name="start"/>.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A time is negative.</exception>
    public static AudioClip Read16k(Stream stream, string name, TimeSpan start, TimeSpan length, ChannelChoice channels = default, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(name);
        return Read(stream, name, null, Part(start, length), channels, cancellationToken);
    }

    /// <summary>Reads a recording from memory; otherwise as from a path.</summary>
    /// <param name="file">The bytes of the file.</param>
    /// <param name="name">Name of the recording, for messages.</param>
    /// <param name="channels">Which channels are wanted.</param>
    /// <param name="cancellationToken">Stops waiting for <c>ffmpeg</c>, which is ended.</param>
    /// <returns>The channels: one, or all with <see cref="ChannelChoice.Each"/>.</returns>
    public static AudioClip Read16k(ReadOnlyMemory<byte> file, string name, ChannelChoice channels = default, CancellationToken cancellationToken = default)
    {
        using MemoryStream stream = WavFile.Over(file);
        return Read16k(stream, name, channels, cancellationToken);
    }

    private static AudioClip Read(string path, AudioRange range, ChannelChoice channels, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        cancellationToken.ThrowIfCancellationRequested();
        using FileStream stream = WavFile.Open(path);
        return Read(stream, path, path, range, channels, cancellationToken);
    }

    // The path is where the stream's content lies as a file; null where it does not.
    private static AudioClip Read(Stream stream, string name, string? path, AudioRange range, ChannelChoice channels, CancellationToken cancellationToken)
    {
        if (!stream.CanSeek)
        {
            // Whether it is for ffmpeg may show late, and then its beginning is wanted again.
            using SpooledFile spooled = SpooledFile.Of(stream, cancellationToken);
            return Read(spooled.Stream, name, spooled.Stream.Name, range, channels, cancellationToken);
        }

        long start = stream.Position;
        AudioClip clip;
        try
        {
            clip = new WaveReader(new ByteSource(stream, name), range).Read();
        }
        catch (AudioFormatException e) when (e.TakesDecoder && FfmpegDecoder.Find() is not null)
        {
            stream.Position = start;
            clip = Decode(stream, name, path, range, cancellationToken);
        }

        return ChannelSelector.Select(clip, channels, name).Resample(ModelRate);
    }

    private static AudioClip Decode(Stream stream, string name, string? path, AudioRange range, CancellationToken cancellationToken)
    {
        if (path is not null)
        {
            return FfmpegDecoder.Read(path, name, range, cancellationToken);
        }

        using SpooledFile spooled = SpooledFile.Of(stream, cancellationToken);
        return FfmpegDecoder.Read(spooled.Stream.Name, name, range, cancellationToken);
    }

    private static AudioRange Part(TimeSpan start, TimeSpan length)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(start, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(length, TimeSpan.Zero);
        return new AudioRange(start, length, MayBeEmpty: start > TimeSpan.Zero);
    }

    private static ChannelChoice One(ChannelChoice channel) => channel != ChannelChoice.Each
        ? channel
        : throw new ArgumentException("Each channel makes a result of its own: call Read16k, whose clip has them all.", nameof(channel));
}

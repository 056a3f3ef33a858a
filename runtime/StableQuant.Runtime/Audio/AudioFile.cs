using StableQuant.Layout;

namespace StableQuant.Audio;

/// <summary>Loads recordings the way a speech model wants them: one channel at 16 kHz.</summary>
public static class AudioFile
{
    /// <summary>The rate that the models expect, in samples a second.</summary>
    public const int ModelRate = FrontEndLayout.SampleRate;

    private static readonly string[] Extensions = [".wav", ".flac", ".mp3", ".ogg", ".opus", ".m4a"];

    /// <summary>Whether a path has one of the extensions of recordings: wav, flac, mp3, ogg, opus, m4a, in any case.</summary>
    /// <param name="path">A file's path or name; the file need not exist.</param>
    public static bool IsSupported(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return Extensions.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>
    /// Loads a recording as one channel at 16 kHz. WAV files are read by <see cref="WavFile"/>, all others by the program
    /// <c>ffmpeg</c>, which must then be on the PATH; <see cref="Resampler"/> brings either to 16 kHz.
    /// </summary>
    /// <param name="path">Path of the recording.</param>
    /// <param name="cancellationToken">Stops waiting for <c>ffmpeg</c>, which is ended.</param>
    /// <returns>At least one sample; all are finite, nominally in −1 … 1.</returns>
    /// <exception cref="AudioFormatException">The file holds nothing that can be read, or <c>ffmpeg</c> is needed and missing; the message names the file and the mend.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be opened, or is a directory.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static float[] Load16k(string path, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        cancellationToken.ThrowIfCancellationRequested();
        bool isWave = string.Equals(Path.GetExtension(path), ".wav", StringComparison.OrdinalIgnoreCase);
        AudioClip clip = isWave ? WavFile.Read(path) : FfmpegDecoder.Read(path, cancellationToken);
        return clip.SampleRate == ModelRate ? clip.Samples : Resampler.Resample(clip.Samples, clip.SampleRate, ModelRate);
    }
}

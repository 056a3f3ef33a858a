using System.Globalization;
using StableQuant.Audio;

namespace StableQuant.Calibration.Speech;

/// <summary>Checks that audio is long enough to be heard.</summary>
public static class AudioLength
{
    /// <summary>Checks that audio makes at least one frame.</summary>
    /// <param name="name">What the audio is called in the error.</param>
    /// <param name="samples">Its samples, at 16 kHz.</param>
    /// <param name="minSamples">Samples that make a frame.</param>
    /// <exception cref="StableQuantException">It is too short.</exception>
    public static void RequireFrame(string name, long samples, int minSamples)
    {
        if (samples < minSamples)
        {
            throw new StableQuantException(string.Create(
                CultureInfo.InvariantCulture,
                $"{name}: {1000.0 * samples / AudioFile.ModelRate:0.##} ms of audio is too short, the model needs {1000.0 * minSamples / AudioFile.ModelRate:0.##} ms; leave it out or record it again."));
        }
    }
}

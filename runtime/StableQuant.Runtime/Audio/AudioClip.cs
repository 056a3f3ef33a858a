namespace StableQuant.Audio;

/// <summary>Decoded audio: one channel of samples and their rate.</summary>
public sealed class AudioClip
{
    /// <summary>Makes a clip around samples; the array is not copied.</summary>
    /// <param name="samples">One channel, nominally in −1 … 1.</param>
    /// <param name="sampleRate">Samples a second; positive.</param>
    /// <exception cref="ArgumentNullException"><paramref name="samples"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="sampleRate"/> is zero or negative.</exception>
    public AudioClip(float[] samples, int sampleRate)
    {
        ArgumentNullException.ThrowIfNull(samples);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(sampleRate);
        Samples = samples;
        SampleRate = sampleRate;
    }

    /// <summary>
    /// One channel of samples. Integer encodings fill −1 … 1 exactly (full scale excluded at the top); floating-point
    /// encodings are passed on as they are, so a recording that was driven over full scale keeps its peaks.
    /// </summary>
    public float[] Samples { get; }

    /// <summary>Samples a second.</summary>
    public int SampleRate { get; }

    /// <summary>Playing time.</summary>
    public TimeSpan Duration => TimeSpan.FromSeconds((double)Samples.Length / SampleRate);
}

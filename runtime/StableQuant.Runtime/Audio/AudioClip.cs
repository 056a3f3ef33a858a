namespace StableQuant.Audio;

/// <summary>Decoded audio: one channel of samples or more, all of one length, and their rate.</summary>
public sealed class AudioClip
{
    /// <summary>Makes a clip of one channel around samples; the array is not copied.</summary>
    /// <param name="samples">One channel, nominally in −1 … 1.</param>
    /// <param name="sampleRate">Samples a second; positive.</param>
    /// <exception cref="ArgumentNullException"><paramref name="samples"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="sampleRate"/> is zero or negative.</exception>
    public AudioClip(float[] samples, int sampleRate)
        : this([samples], sampleRate, [])
    {
        ArgumentNullException.ThrowIfNull(samples);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(sampleRate);
    }

    internal AudioClip(IReadOnlyList<float[]> channels, int sampleRate, IReadOnlyList<string> notes)
    {
        Channels = channels;
        SampleRate = sampleRate;
        Notes = notes;
    }

    /// <summary>
    /// The channels: one, unless the clip was read with <see cref="ChannelChoice.Each"/>. Integer encodings fill −1 … 1 exactly (full scale
    /// excluded at the top); floating-point encodings are passed on as they are, so a recording that was driven over full scale keeps its
    /// peaks.
    /// </summary>
    public IReadOnlyList<float[]> Channels { get; }

    /// <summary>The first channel, and the only one unless the clip was read with <see cref="ChannelChoice.Each"/>.</summary>
    public float[] Samples => Channels[0];

    /// <summary>Samples a second.</summary>
    public int SampleRate { get; }

    /// <summary>Playing time.</summary>
    public TimeSpan Duration => TimeSpan.FromSeconds((double)Samples.Length / SampleRate);

    /// <summary>
    /// What was wrong with the recording and how it was read all the same, a sentence each for people: a header that promised more than the
    /// file holds, channels that cancel each other, and the like. Empty where all was as it should be.
    /// </summary>
    public IReadOnlyList<string> Notes { get; }

    internal AudioClip With(IReadOnlyList<float[]> channels, params ReadOnlySpan<string> notes) => new(channels, SampleRate, [.. Notes, .. notes]);

    internal AudioClip Resample(int rate) => rate == SampleRate
        ? this
        : new AudioClip([.. Channels.Select(channel => Resampler.Resample(channel, SampleRate, rate))], rate, Notes);
}

using StableQuant.Audio;
using StableQuant.Graph;

namespace StableQuant.Calibration.Float;

/// <summary>What a float model's first layer reads of an utterance.</summary>
internal static class FloatFrontEnd
{
    /// <summary>Zero mean and unit variance, as most models of the family take it.</summary>
    public static WaveformFrontEnd Normalized { get; } = new(AudioFile.ModelRate, 1e-7f);

    /// <summary>Samples as they are.</summary>
    public static WaveformFrontEnd AsIs { get; } = new(AudioFile.ModelRate, null);

    /// <summary>Log-mel features as FastConformers (Parakeet) take them.</summary>
    public static LogMelFrontEnd Nemo(int bands) => new(
        AudioFile.ModelRate, LogMelConvention.Nemo, Window: 400, Hop: 160, FourierSize: 512, Preemphasis: 0.97f,
        bands, Low: 0, High: AudioFile.ModelRate / 2, Floor: 1f / (1 << 24), Epsilon: 1e-5f, Stack: 1);

    /// <summary>Log-mel features as w2v-BERT 2.0 takes them, some frames in one.</summary>
    public static LogMelFrontEnd Kaldi(int bands, int stack) => new(
        AudioFile.ModelRate, LogMelConvention.Kaldi, Window: 400, Hop: 160, FourierSize: 512, Preemphasis: 0.97f,
        bands, Low: 20, High: AudioFile.ModelRate / 2, Floor: 1f / (1 << 23), Epsilon: 1e-7f, stack);

    /// <summary>Makes of samples what the first layer reads.</summary>
    /// <param name="frontEnd">What to make.</param>
    /// <param name="pcm">The samples.</param>
    /// <exception cref="ArgumentException">A sample is not finite.</exception>
    public static float[] Apply(this Graph.FrontEnd frontEnd, ReadOnlySpan<float> pcm) => frontEnd switch
    {
        WaveformFrontEnd waveform => Samples(waveform, pcm),
        LogMelFrontEnd features => LogMelFeatures.Of(features, pcm),
        _ => pcm.ToArray(),
    };

    /// <summary>The front end of the same network for an input that is the network's own: samples that nothing shifts and scales, or features.</summary>
    /// <param name="frontEnd">The model's front end.</param>
    /// <param name="model">The model, for messages.</param>
    /// <param name="channels">Values of a frame of the input.</param>
    /// <exception cref="StableQuantException">The network reads something else.</exception>
    public static Graph.FrontEnd Given(this Graph.FrontEnd frontEnd, string model, int channels)
    {
        static string Name(int channels) => channels == 1 ? "samples" : FormattableString.Invariant($"features of {channels} channels");
        return channels != frontEnd.Channels ? throw new StableQuantException($"{model}: the network reads {Name(frontEnd.Channels)}, and the input has {Name(channels)}.")
            : frontEnd.Value == Operation.Audio ? new WaveformFrontEnd(frontEnd.SampleRate, null)
            : new GivenFrontEnd(frontEnd.SampleRate, channels);
    }

    private static float[] Samples(WaveformFrontEnd frontEnd, ReadOnlySpan<float> pcm)
    {
        (double mean, double variance) = Moments(pcm);
        float[] samples = pcm.ToArray();
        if (frontEnd.Epsilon is { } epsilon)
        {
            double scale = 1 / Math.Sqrt(variance + epsilon);
            for (int i = 0; i < samples.Length; i++)
            {
                samples[i] = (float)((samples[i] - mean) * scale);
            }
        }

        return samples;
    }

    /// <summary>Mean and variance of samples.</summary>
    /// <exception cref="ArgumentException">A sample is not finite.</exception>
    public static (double Mean, double Variance) Moments(ReadOnlySpan<float> pcm)
    {
        double sum = 0;
        foreach (float x in pcm)
        {
            sum += x;
        }

        double mean = sum / pcm.Length, squares = 0;
        foreach (float x in pcm)
        {
            squares += (x - mean) * (x - mean);
        }

        return double.IsFinite(squares) ? (mean, squares / pcm.Length) : throw new ArgumentException("The utterance holds a sample that is not finite.", nameof(pcm));
    }
}

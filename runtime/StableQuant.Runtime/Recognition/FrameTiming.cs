namespace StableQuant.Recognition;

/// <summary>When the frames of a model are: from the strides and the receptive field of its convolutions.</summary>
public readonly record struct FrameTiming
{
    /// <summary>States when frames are.</summary>
    /// <param name="sampleRate">Samples a second.</param>
    /// <param name="samplesPerFrame">Samples from one frame to the next.</param>
    /// <param name="receptiveField">Samples that one frame hears.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is not positive, or the rate is below 100.</exception>
    public FrameTiming(int sampleRate, int samplesPerFrame, int receptiveField)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(sampleRate, 100);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(samplesPerFrame);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(receptiveField);
        SampleRate = sampleRate;
        SamplesPerFrame = samplesPerFrame;
        ReceptiveField = receptiveField;
    }

    /// <summary>Samples a second.</summary>
    public int SampleRate { get; }

    /// <summary>Samples from one frame to the next.</summary>
    public int SamplesPerFrame { get; }

    /// <summary>Samples that one frame hears.</summary>
    public int ReceptiveField { get; }

    /// <summary>When the frames of a model are.</summary>
    /// <param name="model">The model.</param>
    public static FrameTiming Of(ISpeechModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return new FrameTiming(model.SampleRate, model.SamplesPerFrame, model.MinSamples);
    }

    /// <summary>The middle of what a frame hears, in seconds: (frame · stride + receptive field / 2) / rate.</summary>
    /// <param name="frame">Number of the frame, from 0.</param>
    public double Middle(int frame) => MiddleSample(frame) / (double)SampleRate;

    /// <summary>The sample in the middle of what a frame hears.</summary>
    internal long MiddleSample(int frame) => ((long)frame * SamplesPerFrame) + (ReceptiveField / 2);
}

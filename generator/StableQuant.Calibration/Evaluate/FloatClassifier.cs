using StableQuant.Calibration.Float;
using StableQuant.Classification;
using StableQuant.Graph;

namespace StableQuant.Calibration.Evaluate;

/// <summary>One instance of a float model that classifies.</summary>
internal sealed class FloatClassifier(FloatSession session, FloatModel model, Classes classes, double maxSeconds) : FloatNetwork(session, model, maxSeconds), ISpeechClassifier
{
    /// <inheritdoc/>
    public ClassLabels Labels { get; } = new([.. classes.Labels], classes.Exclusive);

    /// <inheritdoc/>
    public bool IsPerFrame => classes.PerFrame;

    /// <inheritdoc/>
    public int Logits(ReadOnlySpan<float> pcm16k, Span<float> logits) => Run(pcm16k, logits, nameof(logits));

    /// <inheritdoc/>
    public int Classify(ReadOnlySpan<float> pcm16k, Span<float> probabilities)
    {
        int frames = Run(pcm16k, probabilities, nameof(probabilities));
        Labels.ToProbabilities(probabilities[..(frames * Labels.Count)]);
        return frames;
    }
}

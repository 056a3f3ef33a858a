using StableQuant.Classification;

namespace StableQuant;

/// <summary>A compiled model that classifies: probabilities. Generated classes with such a head derive from it.</summary>
public abstract unsafe class SpeechClassifier : CompiledModel, ISpeechClassifier
{
    /// <summary>Takes the model's constants and the limit; <see cref="CompiledModel.Allocate"/> must follow.</summary>
    /// <param name="labels">The classes.</param>
    /// <param name="isPerFrame">Whether each frame is classified by itself.</param>
    /// <param name="minSamples">Samples that make one frame.</param>
    /// <param name="samplesPerFrame">Samples from one frame to the next.</param>
    /// <param name="maxSeconds">The longest utterance accepted.</param>
    /// <param name="threads">Threads that work on one utterance, the caller's own included.</param>
    /// <exception cref="ArgumentOutOfRangeException">
    /// The limit is too short for one frame, above an hour, or no number; or there are not 1 to <see cref="Threads.ThreadTeam.MaxThreads"/> threads.
    /// </exception>
    protected SpeechClassifier(ClassLabels labels, bool isPerFrame, int minSamples, int samplesPerFrame, double maxSeconds, int threads)
        : base(labels?.Count ?? throw new ArgumentNullException(nameof(labels)), minSamples, samplesPerFrame, maxSeconds, threads)
    {
        Labels = labels;
        IsPerFrame = isPerFrame;
    }

    /// <inheritdoc/>
    public ClassLabels Labels { get; }

    /// <inheritdoc/>
    public bool IsPerFrame { get; }

    /// <inheritdoc/>
    public int Logits(ReadOnlySpan<float> pcm16k, Span<float> logits) => Run(pcm16k, logits, "logits", nameof(logits));

    /// <inheritdoc/>
    public int Classify(ReadOnlySpan<float> pcm16k, Span<float> probabilities)
    {
        int frames = Run(pcm16k, probabilities, "probabilities", nameof(probabilities));
        Labels.ToProbabilities(probabilities[..(frames * Labels.Count)]);
        return frames;
    }
}

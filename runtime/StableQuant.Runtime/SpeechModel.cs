using StableQuant.Decoding;

namespace StableQuant;

/// <summary>A compiled model that recognises speech: decoding. Generated classes with a CTC head derive from it.</summary>
public abstract unsafe class SpeechModel : CompiledModel, ISpeechModel
{
    private readonly CtcDecoder decoder;

    /// <summary>Takes the model's constants and the limit; <see cref="CompiledModel.Allocate"/> must follow.</summary>
    /// <param name="vocabulary">The tokens.</param>
    /// <param name="minSamples">Samples that make one frame.</param>
    /// <param name="samplesPerFrame">Samples from one frame to the next.</param>
    /// <param name="maxSeconds">The longest utterance accepted.</param>
    /// <param name="threads">Threads that work on one utterance, the caller's own included.</param>
    /// <exception cref="ArgumentOutOfRangeException">
    /// The limit is too short for one frame, above an hour, or no number; or there are not 1 to <see cref="Threads.ThreadTeam.MaxThreads"/> threads.
    /// </exception>
    protected SpeechModel(CtcVocabulary vocabulary, int minSamples, int samplesPerFrame, double maxSeconds, int threads)
        : base(vocabulary?.Count ?? throw new ArgumentNullException(nameof(vocabulary)), minSamples, samplesPerFrame, maxSeconds, threads)
    {
        decoder = new CtcDecoder(vocabulary);
        Vocabulary = vocabulary;
    }

    /// <inheritdoc/>
    public CtcVocabulary Vocabulary { get; }

    /// <inheritdoc/>
    public int VocabularySize => Vocabulary.Count;

    /// <inheritdoc/>
    public int Logits(ReadOnlySpan<float> pcm16k, Span<float> logits) => Run(pcm16k, logits, "logits", nameof(logits));

    /// <inheritdoc/>
    public int Transcribe(ReadOnlySpan<float> pcm16k, Span<char> text)
    {
        int frames = CheckedFrames(pcm16k);
        byte* memory = Enter();
        try
        {
            return decoder.Decode(Infer(pcm16k, frames, memory), frames, text);
        }
        finally
        {
            Leave();
        }
    }

    /// <inheritdoc/>
    public int MaxTextLength(int samples) => decoder.MaxTextLength(FrameCount(samples));
}

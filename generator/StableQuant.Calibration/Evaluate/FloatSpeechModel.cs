using StableQuant.Calibration.Float;
using StableQuant.Decoding;
using StableQuant.Graph;

namespace StableQuant.Calibration.Evaluate;

/// <summary>One instance of a float model that recognises words.</summary>
internal sealed class FloatSpeechModel : FloatNetwork, ISpeechModel
{
    private readonly CtcDecoder decoder;

    public FloatSpeechModel(FloatSession session, FloatModel model, Vocabulary vocabulary, double maxSeconds)
        : base(session, model, maxSeconds)
    {
        Vocabulary = new CtcVocabulary([.. vocabulary.Tokens], vocabulary.Blank, vocabulary.WordDelimiter);
        decoder = new CtcDecoder(Vocabulary);
    }

    /// <inheritdoc/>
    public CtcVocabulary Vocabulary { get; }

    /// <inheritdoc/>
    public int VocabularySize => Vocabulary.Count;

    /// <inheritdoc/>
    public int MaxTextLength(int samples) => decoder.MaxTextLength(FrameCount(samples));

    /// <inheritdoc/>
    public int Logits(ReadOnlySpan<float> pcm16k, Span<float> logits) => Run(pcm16k, logits, nameof(logits));

    /// <inheritdoc/>
    public int Transcribe(ReadOnlySpan<float> pcm16k, Span<char> text)
    {
        var logits = new float[FrameCount(pcm16k.Length) * VocabularySize];
        return decoder.Decode(logits, Logits(pcm16k, logits), text);
    }
}

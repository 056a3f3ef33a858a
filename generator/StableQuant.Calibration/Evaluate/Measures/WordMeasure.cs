using StableQuant.Decoding;
using StableQuant.Graph;

namespace StableQuant.Calibration.Evaluate.Measures;

/// <summary>Words that a CTC model hears, against transcripts.</summary>
internal sealed class WordMeasure(Vocabulary? vocabulary) : Measure
{
    private readonly CtcDecoder? decoder = vocabulary is null ? null : new CtcDecoder(new CtcVocabulary([.. vocabulary.Tokens], vocabulary.Blank, vocabulary.WordDelimiter));

    /// <inheritdoc/>
    public override MeasureKind Kind => MeasureKind.Words;

    /// <inheritdoc/>
    public override bool TakesTranscripts => true;

    /// <inheritdoc/>
    public override ErrorRate Errors(string reference, string answer) => ErrorRate.OfWords(reference, answer);

    /// <inheritdoc/>
    internal override string Answer(ReadOnlySpan<float> outputs)
    {
        int frames = outputs.Length / vocabulary!.Tokens.Count;
        var text = new char[decoder!.MaxTextLength(frames)];
        return new string(text, 0, decoder.Decode(outputs, frames, text));
    }

    /// <inheritdoc/>
    internal override double Divergence(ReadOnlySpan<float> reference, ReadOnlySpan<float> outputs) => TokenProbabilities.Divergence(reference, outputs, vocabulary!.Tokens.Count);
}

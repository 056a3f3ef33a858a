using StableQuant.Graph;

namespace StableQuant.Calibration.Evaluate.Measures;

/// <summary>
/// How a model is judged: what its answer to an utterance is, as text, how many errors an answer has, and how far outputs are from the float
/// model's before anything is decided. For one thread.
/// </summary>
public abstract class Measure
{
    /// <summary>What is counted.</summary>
    public abstract MeasureKind Kind { get; }

    /// <summary>Whether transcripts of speech say what is right; if not, only the float model does.</summary>
    public virtual bool TakesTranscripts => false;

    /// <summary>How many words, labels, frames or embeddings some errors are of.</summary>
    public virtual int Items(ErrorRate errors) => errors.Length;

    /// <summary>The measure of words, which needs no model to compare texts.</summary>
    public static Measure OfWords { get; } = new WordMeasure(null);

    /// <summary>The measure of a model.</summary>
    /// <param name="head">What its outputs stand for.</param>
    /// <param name="width">Outputs of a frame.</param>
    public static Measure Of(Head head, int width) => head switch
    {
        Vocabulary vocabulary => new WordMeasure(vocabulary),
        Classes { PerFrame: true } classes => new FrameMeasure(classes),
        Classes classes => new LabelMeasure(classes),
        _ => new EmbeddingMeasure(width),
    };

    /// <summary>Errors of an answer.</summary>
    /// <param name="reference">What is right: a transcript, or another answer.</param>
    /// <param name="answer">The answer.</param>
    public abstract ErrorRate Errors(string reference, string answer);

    /// <summary>Refuses transcripts that cannot be what is right.</summary>
    /// <param name="data">What to call the speech.</param>
    /// <param name="transcripts">The transcripts.</param>
    /// <exception cref="StableQuantException">None of them is an answer that the model could give.</exception>
    public virtual void Check(string data, IEnumerable<string> transcripts)
    {
    }

    /// <summary>The answer that outputs are.</summary>
    /// <param name="outputs">[frames, width].</param>
    internal abstract string Answer(ReadOnlySpan<float> outputs);

    /// <summary>How far outputs are from others: of probabilities the Kullback–Leibler divergence in nats, of embeddings the cosine distance; summed over frames.</summary>
    /// <param name="reference">The float model's [frames, width].</param>
    /// <param name="outputs">The model's, of the same shape.</param>
    internal abstract double Divergence(ReadOnlySpan<float> reference, ReadOnlySpan<float> outputs);
}

using StableQuant.Calibration.Export;
using StableQuant.Calibration.Float;
using StableQuant.Graph;

namespace StableQuant.Calibration.Evaluate;

/// <summary>A float model, run by ONNX Runtime as the graph that <see cref="FloatGraph"/> writes of it.</summary>
public sealed class FloatModelSource : IModelSource
{
    private readonly FloatModel model;
    private readonly FloatWeights? owned;
    private readonly FloatSession session;

    /// <summary>Opens a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="vocabulary">What its outputs stand for.</param>
    /// <param name="threads">Threads that work on one utterance; 1 where many utterances run at a time.</param>
    /// <exception cref="StableQuantException">The vocabulary is of another size.</exception>
    public FloatModelSource(FloatModel model, Vocabulary vocabulary, int threads = 1)
        : this(model, new FloatWeights(model), vocabulary, threads) => owned = session.Weights;

    /// <summary>Opens a model whose constants others use, too.</summary>
    internal FloatModelSource(FloatModel model, FloatWeights weights, Vocabulary vocabulary, int threads)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(vocabulary);
        this.model = model;
        Vocabulary = vocabulary;
        if (model.LogitCount != vocabulary.Tokens.Count)
        {
            throw new StableQuantException(FormattableString.Invariant(
                $"{model.Origin}: makes {model.LogitCount} logits a frame, but the vocabulary has {vocabulary.Tokens.Count} tokens; name the vocabulary that belongs to the model."));
        }

        session = new FloatSession(model, weights, [model.Operations[^1].Name], threads);
    }

    /// <inheritdoc/>
    public string Name => model.Name;

    /// <inheritdoc/>
    public Vocabulary Vocabulary { get; }

    /// <inheritdoc/>
    public ISpeechModel Create(double maxSeconds) => new FloatSpeechModel(session, model, Vocabulary, maxSeconds);

    /// <inheritdoc/>
    public void Dispose()
    {
        session.Dispose();
        owned?.Dispose();
    }
}

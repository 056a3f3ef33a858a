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
    /// <param name="head">What its outputs stand for.</param>
    /// <param name="threads">Threads that work on one utterance; 1 where many utterances run at a time.</param>
    /// <exception cref="StableQuantException">The head is another model's.</exception>
    public FloatModelSource(FloatModel model, Head head, int threads = 1)
        : this(model, new FloatWeights(model), head, threads) => owned = session.Weights;

    /// <summary>Opens a model whose constants others use, too.</summary>
    internal FloatModelSource(FloatModel model, FloatWeights weights, Head head, int threads)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(head);
        this.model = model;
        Head = head;
        if (Problem(model, head) is { } problem)
        {
            throw new StableQuantException($"{model.Origin}: {problem}");
        }

        session = new FloatSession(model, weights, [model.Operations[^1].Name], threads);
    }

    /// <inheritdoc/>
    public string Name => model.Name;

    /// <inheritdoc/>
    public Head Head { get; }

    /// <inheritdoc/>
    public int Width => model.LogitCount;

    /// <inheritdoc/>
    public ICompiledModel CreateAny(double maxSeconds) => Head switch
    {
        Vocabulary vocabulary => new FloatSpeechModel(session, model, vocabulary, maxSeconds),
        Classes classes => new FloatClassifier(session, model, classes, maxSeconds),
        _ => new FloatEmbedder(session, model, maxSeconds),
    };

    /// <inheritdoc/>
    public ISpeechModel Create(double maxSeconds)
    {
        this.Require<Vocabulary>();
        return (ISpeechModel)CreateAny(maxSeconds);
    }

    private static string? Problem(FloatModel model, Head head)
    {
        bool isUtterance = new FrameGeometry(model).IsUtterance;
        return FormattableString.Invariant(head switch
        {
            Vocabulary when isUtterance => $"makes one row of {model.LogitCount} values of an utterance: it is no model that recognises words. Name its classes with --labels FILE.",
            Vocabulary v when v.Tokens.Count != model.LogitCount => $"makes {model.LogitCount} logits a frame, but the vocabulary has {v.Tokens.Count} tokens; name the vocabulary that belongs to the model.",
            Classes c when c.Labels.Count != model.LogitCount => $"makes {model.LogitCount} logits, but there are {c.Labels.Count} labels; name those that belong to the model with --labels FILE.",
            Classes c when c.PerFrame == isUtterance => isUtterance ? (FormattableString)$"makes one row of logits of an utterance, not one a frame." : $"makes a row of logits a frame, not one of an utterance.",
            _ => $"",
        }) is { Length: > 0 } problem ? problem : null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        session.Dispose();
        owned?.Dispose();
    }
}

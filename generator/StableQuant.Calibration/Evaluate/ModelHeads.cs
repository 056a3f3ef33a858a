using StableQuant.Graph;

namespace StableQuant.Calibration.Evaluate;

/// <summary>What can be asked of a model, by its head.</summary>
public static class ModelHeads
{
    /// <summary>The head, which must be of a kind.</summary>
    /// <typeparam name="T">The kind.</typeparam>
    /// <param name="source">The model.</param>
    /// <exception cref="StableQuantException">It is of another; the message names the command for it.</exception>
    public static T Require<T>(this IModelSource source)
        where T : Head
    {
        ArgumentNullException.ThrowIfNull(source);
        return source.Head as T ?? throw new StableQuantException($"{source.Name}: {Answer(source.Head)}");
    }

    /// <summary>Makes an instance of a model that classifies.</summary>
    /// <param name="source">The model.</param>
    /// <param name="maxSeconds">The longest utterance that it has to take, in seconds.</param>
    /// <exception cref="StableQuantException">The model answers something else.</exception>
    public static ISpeechClassifier CreateClassifier(this IModelSource source, double maxSeconds)
    {
        source.Require<Classes>();
        return (ISpeechClassifier)source.CreateAny(maxSeconds);
    }

    /// <summary>Makes an instance of a model that embeds.</summary>
    /// <param name="source">The model.</param>
    /// <param name="maxSeconds">The longest utterance that it has to take, in seconds.</param>
    /// <exception cref="StableQuantException">The model answers something else.</exception>
    public static ISpeechEmbedder CreateEmbedder(this IModelSource source, double maxSeconds)
    {
        source.Require<Embedding>();
        return (ISpeechEmbedder)source.CreateAny(maxSeconds);
    }

    /// <summary>The network's own result for an utterance: logits, or values of an embedding.</summary>
    /// <param name="model">The model.</param>
    /// <param name="pcm16k">The samples.</param>
    /// <param name="width">Values of a frame.</param>
    /// <returns>[frames, width], row by row.</returns>
    /// <exception cref="ArgumentException">The utterance is too short or too long, or holds a sample that is not finite.</exception>
    public static float[] Outputs(this ICompiledModel model, ReadOnlySpan<float> pcm16k, out int width)
    {
        ArgumentNullException.ThrowIfNull(model);
        width = model switch
        {
            ISpeechModel speech => speech.VocabularySize,
            ISpeechClassifier classifier => classifier.Labels.Count,
            ISpeechEmbedder embedder => embedder.EmbeddingSize,
            _ => throw new ArgumentException($"{model.GetType().Name} has no head that is known.", nameof(model)),
        };
        var outputs = new float[(long)model.FrameCount(pcm16k.Length) * width];
        _ = model switch
        {
            ISpeechModel speech => speech.Logits(pcm16k, outputs),
            ISpeechClassifier classifier => classifier.Logits(pcm16k, outputs),
            _ => ((ISpeechEmbedder)model).EmbedFrames(pcm16k, outputs),
        };
        return outputs;
    }

    private static string Answer(Head head) => head switch
    {
        Vocabulary => "this model recognises words: use stablequant transcribe.",
        Classes => "this model tells classes apart and has no words or embeddings: use stablequant classify.",
        _ => "this model makes embeddings and has no words or classes: use stablequant embed.",
    };
}

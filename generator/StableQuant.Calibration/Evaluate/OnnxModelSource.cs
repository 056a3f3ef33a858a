using StableQuant.Graph;

namespace StableQuant.Calibration.Evaluate;

/// <summary>
/// A float model, run by ONNX Runtime. It takes utterances as float32 [batch, samples]; masks beside it are fed ones. It makes logits as float32 [batch, frames, vocabulary].
/// </summary>
public sealed class OnnxModelSource : IModelSource
{
    private readonly OnnxSession session;

    private OnnxModelSource(string name, Vocabulary vocabulary, OnnxSession session)
    {
        Name = name;
        Vocabulary = vocabulary;
        this.session = session;
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public Vocabulary Vocabulary { get; }

    /// <summary>Loads a model.</summary>
    /// <param name="path">The ONNX file.</param>
    /// <param name="vocabulary">What its outputs stand for.</param>
    /// <param name="intraOpThreads">Threads that work on one utterance; 1 where many utterances run at a time.</param>
    /// <exception cref="StableQuantException">The file is missing, is not a model, or takes or makes something else.</exception>
    public static OnnxModelSource Load(string path, Vocabulary vocabulary, int intraOpThreads = 1) =>
        new(Path.GetFileNameWithoutExtension(path), vocabulary, OnnxSession.Open(path, null, vocabulary.Tokens.Count, intraOpThreads));

    /// <inheritdoc/>
    public ISpeechModel Create(double maxSeconds) => new OnnxSpeechModel(session, Vocabulary, Name, maxSeconds);

    /// <inheritdoc/>
    public void Dispose() => session.Dispose();
}

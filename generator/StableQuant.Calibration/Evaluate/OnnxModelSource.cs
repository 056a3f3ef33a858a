using Microsoft.ML.OnnxRuntime;
using StableQuant.Graph;

namespace StableQuant.Calibration.Evaluate;

/// <summary>
/// A float model, run by ONNX Runtime. It takes utterances as float32 [batch, samples]; integer inputs beside it, such as
/// an attention mask, are fed ones. It makes logits as float32 [batch, frames, vocabulary].
/// </summary>
public sealed class OnnxModelSource : IModelSource
{
    private readonly InferenceSession session;
    private readonly OnnxSignature signature;

    private OnnxModelSource(string name, Vocabulary vocabulary, InferenceSession session, OnnxSignature signature)
    {
        Name = name;
        Vocabulary = vocabulary;
        this.session = session;
        this.signature = signature;
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
    public static OnnxModelSource Load(string path, Vocabulary vocabulary, int intraOpThreads = 1)
    {
        if (!File.Exists(path))
        {
            throw new StableQuantException($"{path}: there is no such model.");
        }

        InferenceSession? session = null;
        try
        {
            using var options = new SessionOptions
            {
                IntraOpNumThreads = intraOpThreads,
                InterOpNumThreads = 1,
                // Errors come as exceptions; whatever it writes would stand between the lines of a tool's output.
                LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
            };
            session = new InferenceSession(path, options);
            OnnxSignature signature = OnnxSignature.Of(session, vocabulary.Tokens.Count, path);
            var source = new OnnxModelSource(Path.GetFileNameWithoutExtension(path), vocabulary, session, signature);
            session = null;
            return source;
        }
        catch (OnnxRuntimeException e)
        {
            throw new StableQuantException($"{path}: not a model that ONNX Runtime can load: {FirstLine(e)}", e);
        }
        finally
        {
            session?.Dispose();
        }
    }

    /// <inheritdoc/>
    public ISpeechModel Create(double maxSeconds) => new OnnxSpeechModel(session, signature, Vocabulary, Name, maxSeconds);

    /// <inheritdoc/>
    public void Dispose() => session.Dispose();

    internal static string FirstLine(OnnxRuntimeException e) => e.Message.ReplaceLineEndings("\n").Split('\n')[0];
}

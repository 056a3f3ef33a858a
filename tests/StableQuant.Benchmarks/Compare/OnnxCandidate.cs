using Microsoft.ML.OnnxRuntime;
using StableQuant.Calibration.Export;
using StableQuant.Calibration.Float;

namespace StableQuant.Benchmarks.Compare;

/// <summary>
/// ONNX Runtime at its best: input and output are bound once, and neither the normalisation of the samples, or the features, nor the
/// decoding of the logits, which are not its work, is in the time.
/// </summary>
internal sealed class OnnxCandidate : ICandidate
{
    private readonly InferenceSession session;
    private readonly OrtValue input;
    private readonly OrtIoBinding binding;
    private readonly RunOptions options = new();

    /// <summary>Loads a model.</summary>
    /// <param name="path">The ONNX file.</param>
    /// <param name="frontEnd">What it takes of an utterance.</param>
    /// <param name="pcm">The utterance.</param>
    /// <param name="threads">Threads that work on it.</param>
    public OnnxCandidate(string path, Graph.FrontEnd frontEnd, float[] pcm, int threads)
    {
        using var sessionOptions = new SessionOptions
        {
            IntraOpNumThreads = threads,
            InterOpNumThreads = 1,
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
        };

        // Its threads spin between two operators, which makes it faster, but stop when the run ends: else they would
        // take the processor from the candidate whose turn is next.
        sessionOptions.AddSessionConfigEntry("session.intra_op.allow_spinning", "1");
        sessionOptions.AddSessionConfigEntry("session.force_spinning_stop", "1");
        session = new InferenceSession(path, sessionOptions);

        (_, float[] values, long[] shape) = FloatGraph.Input(frontEnd, frontEnd.Apply(pcm));
        input = OrtValue.CreateTensorValueFromMemory(values, shape);
        binding = session.CreateIoBinding();
        binding.BindInput(session.InputNames.Single(), input);
        binding.BindOutputToDevice(session.OutputNames.Single(), OrtMemoryInfo.DefaultInstance);
    }

    /// <inheritdoc/>
    public void Run() => session.RunWithBinding(options, binding);

    /// <summary>The logits of the last run, [frames, vocabulary].</summary>
    public float[] Logits()
    {
        using IDisposableReadOnlyCollection<OrtValue> outputs = binding.GetOutputValues();
        return outputs[0].GetTensorDataAsSpan<float>().ToArray();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        binding.Dispose();
        input.Dispose();
        options.Dispose();
        session.Dispose();
    }
}

using Microsoft.ML.OnnxRuntime;

namespace StableQuant.Calibration.Tests.Simulate;

/// <summary>Runs an ONNX speech model as it stands, in float32: no optimisation that would turn pairs into integer kernels.</summary>
internal sealed class OnnxRunner : IDisposable
{
    private readonly InferenceSession session;
    private readonly RunOptions run = new();

    public OnnxRunner(byte[] model)
    {
        using var options = new SessionOptions
        {
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_DISABLE_ALL,
            IntraOpNumThreads = 1,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
        };
        session = new InferenceSession(model, options);
    }

    /// <summary>Logits [frames, vocabulary] of one utterance.</summary>
    public float[] Logits(float[] pcm) => Values(pcm, ["logits"])[0].Values;

    /// <summary>Any of the model's outputs, with their shapes.</summary>
    public List<(float[] Values, long[] Shape)> Values(float[] pcm, IReadOnlyCollection<string> names)
    {
        float[] normalized = Normalized(pcm);
        using OrtValue input = OrtValue.CreateTensorValueFromMemory(normalized, [1, normalized.Length]);
        using IDisposableReadOnlyCollection<OrtValue> outputs = session.Run(run, ["input_values"], [input], names);
        return [.. outputs.Select(o => (o.GetTensorDataAsSpan<float>().ToArray(), o.GetTensorTypeAndShape().Shape))];
    }

    public void Dispose()
    {
        run.Dispose();
        session.Dispose();
    }

    /// <summary>Zero mean, unit variance: what the models' own feature extractors do.</summary>
    private static float[] Normalized(float[] pcm)
    {
        double mean = pcm.Average(x => (double)x);
        double deviation = Math.Sqrt(pcm.Average(x => (x - mean) * (x - mean)) + 1e-7);
        return [.. pcm.Select(x => (float)((x - mean) / deviation))];
    }
}

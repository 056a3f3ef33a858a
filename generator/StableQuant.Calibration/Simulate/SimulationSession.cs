using Microsoft.ML.OnnxRuntime;

namespace StableQuant.Calibration.Simulate;

/// <summary>A simulated model in ONNX Runtime; for any number of threads.</summary>
internal sealed class SimulationSession(byte[] model) : IDisposable
{
    private readonly InferenceSession session = Open(model);
    private readonly RunOptions options = new();

    /// <summary>Runs the graph.</summary>
    /// <param name="inputs">Values and their shapes.</param>
    /// <param name="outputs">The outputs wanted.</param>
    /// <returns>The outputs, in that order; the caller disposes them.</returns>
    public IDisposableReadOnlyCollection<OrtValue> Run(IReadOnlyList<(string Name, float[] Values, long[] Shape)> inputs, IReadOnlyCollection<string> outputs)
    {
        Dictionary<string, OrtValue> values = inputs.ToDictionary(i => i.Name, i => OrtValue.CreateTensorValueFromMemory(i.Values, i.Shape));
        try
        {
            return session.Run(options, values, outputs);
        }
        finally
        {
            foreach (OrtValue value in values.Values)
            {
                value.Dispose();
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        options.Dispose();
        session.Dispose();
    }

    private static InferenceSession Open(byte[] model)
    {
        using var options = new SessionOptions
        {
            IntraOpNumThreads = 1,
            InterOpNumThreads = 1,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
        };
        return new InferenceSession(model, options);
    }
}

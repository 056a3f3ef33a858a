using Microsoft.ML.OnnxRuntime;

namespace StableQuant.Calibration.Export;

/// <summary>A written graph in ONNX Runtime; for any number of threads.</summary>
internal sealed class GraphSession : IDisposable
{
    private readonly WrittenGraph graph;
    private readonly InferenceSession session;
    private readonly RunOptions options = new();

    /// <summary>Loads a graph.</summary>
    /// <param name="graph">The graph; its weights must live longer than the session, which does not copy them.</param>
    /// <param name="threads">Threads that work on one run.</param>
    public GraphSession(WrittenGraph graph, int threads = 1)
    {
        this.graph = graph;
        using var settings = new SessionOptions
        {
            IntraOpNumThreads = threads,
            InterOpNumThreads = 1,
            // Errors come as exceptions; whatever it writes would stand between the lines of a tool's output.
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
        };
        session = new InferenceSession(graph.Model, settings);
    }

    /// <summary>Runs the graph.</summary>
    /// <param name="inputs">Values and their shapes.</param>
    /// <param name="outputs">The outputs wanted.</param>
    /// <returns>The outputs, in that order; the caller disposes them.</returns>
    public IDisposableReadOnlyCollection<OrtValue> Run(IReadOnlyList<(string Name, float[] Values, long[] Shape)> inputs, IReadOnlyCollection<string> outputs)
    {
        OrtValue[] given = [.. inputs.Select(i => OrtValue.CreateTensorValueFromMemory(i.Values, i.Shape))];
        try
        {
            return session.Run(
                options, [.. inputs.Select(i => i.Name), .. graph.Weights.Select(w => w.Name)], [.. given, .. graph.Weights.Select(w => w.Value.Value)], outputs);
        }
        finally
        {
            foreach (OrtValue value in given)
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
}

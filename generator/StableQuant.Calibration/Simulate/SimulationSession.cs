using Microsoft.ML.OnnxRuntime;
using StableQuant.Calibration.Export;

namespace StableQuant.Calibration.Simulate;

/// <summary>A simulated model in ONNX Runtime, with the rounded weights that it alone has; for any number of threads.</summary>
internal sealed class SimulationSession(WrittenGraph graph, IReadOnlyList<NativeTensor> rounded) : IDisposable
{
    private readonly GraphSession session = new(graph);

    /// <summary>Runs the graph, see <see cref="GraphSession.Run"/>.</summary>
    public IDisposableReadOnlyCollection<OrtValue> Run(IReadOnlyList<(string Name, float[] Values, long[] Shape)> inputs, IReadOnlyCollection<string> outputs) => session.Run(inputs, outputs);

    /// <inheritdoc/>
    public void Dispose()
    {
        session.Dispose();
        foreach (NativeTensor weights in rounded)
        {
            weights.Dispose();
        }
    }
}

using System.Collections.Concurrent;
using StableQuant.Calibration.Float;
using StableQuant.Graph;

namespace StableQuant.Calibration.Export;

/// <summary>
/// A float model's constants in memory, each read when it is first asked for: one copy for all sessions that run the model, or a part of it.
/// </summary>
internal sealed class FloatWeights(FloatModel model) : IDisposable
{
    private readonly ConcurrentDictionary<string, Lazy<WeightTensors>> tensors = new(StringComparer.Ordinal);

    /// <summary>An operation's constants; null where it has none. They live as long as this.</summary>
    public WeightTensors? Of(Operation operation) => model.Parameters.ContainsKey(operation.Name)
        ? tensors.GetOrAdd(operation.Name, name => new Lazy<WeightTensors>(() => WeightTensors.Of(operation, model.Parameters[name]))).Value
        : null;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Lazy<WeightTensors> made in tensors.Values.Where(made => made.IsValueCreated))
        {
            made.Value.Dispose();
        }

        tensors.Clear();
    }
}

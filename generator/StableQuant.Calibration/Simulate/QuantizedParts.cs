using StableQuant.Calibration.Quantization;

namespace StableQuant.Calibration.Simulate;

/// <summary>What is quantized in a simulated model; everything else is float.</summary>
/// <param name="Grids">Grids of operands, by the operation that makes them.</param>
/// <param name="Weights">Products whose weights are int8.</param>
/// <param name="Probabilities">Attentions whose probabilities are u8, each row on a grid of its own.</param>
internal sealed record QuantizedParts(IReadOnlyDictionary<string, QuantizationGrid> Grids, IReadOnlySet<string> Weights, IReadOnlySet<string> Probabilities)
{
    /// <summary>Bits of the weights of products that have others than <see cref="QuantizedWeights"/> says.</summary>
    public IReadOnlyDictionary<string, int> Bits { get; init; } = new Dictionary<string, int>();

    /// <summary>Nothing: the float model.</summary>
    public static QuantizedParts None { get; } = new(new Dictionary<string, QuantizationGrid>(), new HashSet<string>(), new HashSet<string>());
}

using StableQuant.Calibration.Evaluate;
using StableQuant.Calibration.Float;
using StableQuant.Calibration.Quantization;
using StableQuant.Calibration.Simulate;

namespace StableQuant.Calibration.Calibrate;

/// <summary>Tries layers at percentiles, one alone or all together, in simulated models.</summary>
/// <param name="model">The float model.</param>
/// <param name="grids">The grids of its layers.</param>
internal sealed class LayerTrials(FloatModel model, LayerGrids grids)
{
    // Coarsest grid first; MAX, 100, was tried by the selection. Beyond one outlier in 16 products run over two planes, so that still finer grids cost little more.
    private static readonly double[] Standard = [99.99, 99.95, 99.9, 99.8, 99.5, 99, 98.5, 98], High = [.. Standard, 95, 90];

    /// <summary>The percentiles searched, coarsest grid first.</summary>
    public static IReadOnlyList<double> Percentiles(CalibrationFidelity fidelity) => fidelity == CalibrationFidelity.High ? High : Standard;

    /// <summary>The next finer percentile; null where there is none.</summary>
    public static double? Finer(double percentile, CalibrationFidelity fidelity) => Percentiles(fidelity).Cast<double?>().FirstOrDefault(p => p < percentile);

    /// <summary>The grids of all layers as decided.</summary>
    public Dictionary<string, QuantizationGrid> Grids(IEnumerable<CalibratedLayer> layers) => layers
        .Where(layer => !layer.IsFloat)
        .SelectMany(layer => grids.Of(layer.Name, layer.Percentile, layer.Selected ? $"selected: {layer.Why}" : layer.Why))
        .DistinctBy(grid => grid.Key)
        .ToDictionary(grid => grid.Key, grid => grid.Value, StringComparer.Ordinal);

    /// <summary>One layer alone.</summary>
    /// <param name="speech">Runs the model.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="percentile">Share of the values, in percent, that its grids cover.</param>
    public LayerTrial Try(Simulator speech, string layer, double percentile)
    {
        SimulationResult result = speech.Run(grids.Parts([layer], grids.Of(layer, percentile, "")), layer, model.Products(layer));
        (double low, double high) = Bootstrap.DifferenceInterval(speech.Float.Words, result.Words);
        return new LayerTrial(percentile, result.WordErrors.Rate, low, high, result.MaxDivergence, result.SignalToNoise);
    }

    /// <summary>All layers as decided.</summary>
    /// <param name="speech">Runs the model.</param>
    /// <param name="layers">The decisions.</param>
    /// <param name="bits">Bits of the weights of products that have fewer than others.</param>
    public SimulationResult Whole(Simulator speech, IReadOnlyList<CalibratedLayer> layers, IReadOnlyDictionary<string, int>? bits = null)
    {
        string[] quantized = [.. layers.Where(layer => !layer.IsFloat).Select(layer => layer.Name)];
        QuantizedParts parts = grids.Parts(quantized, Grids(layers));
        return speech.Run(bits is null ? parts : parts with { Bits = bits }, layers[0].Name, []);
    }
}

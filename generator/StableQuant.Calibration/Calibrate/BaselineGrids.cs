using StableQuant.Calibration.Float;
using StableQuant.Calibration.Quantization;
using StableQuant.Graph;

namespace StableQuant.Calibration.Calibrate;

/// <summary>Grids by the methods that look at one histogram at a time, and at no word.</summary>
internal static class BaselineGrids
{
    /// <summary>Chooses the grids of a model.</summary>
    /// <param name="model">The float model.</param>
    /// <param name="request">How to choose, and which layers are left in float32.</param>
    /// <param name="recorded">The values of each operand.</param>
    public static (Dictionary<string, QuantizationGrid> Grids, IReadOnlyList<CalibratedLayer> Layers) Choose(
        FloatModel model, CalibrationRequest request, IReadOnlyDictionary<string, Histogram> recorded)
    {
        IReadOnlySet<string> inAttention = Quantizer.InAttention(model, request.FloatLayers);
        QuantizationGrid Of(string operand, QuantizedType type) => request.Method switch
        {
            CalibrationMethod.Percentile when request.Outliers == Outliers.Keep && inAttention.Contains(operand) =>
                QuantizationGrid.Covering(type, recorded[operand], 100, Outliers.Clip, "attention"),
            CalibrationMethod.Percentile => QuantizationGrid.Covering(type, recorded[operand], request.Percentile, request.Outliers, "percentile"),
            CalibrationMethod.Entropy => GridSearch.MinDivergence(type, recorded[operand], "entropy"),
            CalibrationMethod.Mse => GridSearch.LeastSquares(type, recorded[operand], recorded[operand].Magnitude(100), "mse"),
            _ => QuantizationGrid.Covering(type, recorded[operand], 100, Outliers.Clip, "max"),
        };
        Dictionary<string, QuantizationGrid> grids = Quantizer.Operands(model, request.FloatLayers).ToDictionary(o => o.Key, o => Of(o.Key, o.Value), StringComparer.Ordinal);
        return (grids, [.. model.Layers().Select(layer => new CalibratedLayer(
            layer,
            Selected: false,
            request.Method.ToString().ToLowerInvariant(),
            model.Operands(layer).Select(o => grids.TryGetValue(o, out QuantizationGrid? grid) ? grid.Percentile : 100).DefaultIfEmpty(100).Min(),
            OutlierShare: 0,
            Trials: []) { IsFloat = request.FloatLayers.Contains(layer) })]);
    }
}

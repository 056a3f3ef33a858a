using StableQuant.Calibration.Float;
using StableQuant.Calibration.Quantization;
using StableQuant.Calibration.Simulate;
using StableQuant.Graph;

namespace StableQuant.Calibration.Calibrate;

/// <summary>The grids that one layer's operands get at one percentile.</summary>
/// <param name="model">The float model.</param>
/// <param name="recorded">The values of its operands.</param>
/// <param name="outliers">What happens to values beyond a grid.</param>
/// <param name="dithers">Whether values are dithered whose quiet stretches would be lost, <see cref="Quantizer.Quiet"/>.</param>
internal sealed class LayerGrids(FloatModel model, IReadOnlyDictionary<string, Histogram> recorded, Outliers outliers, bool dithers)
{
    private readonly IReadOnlyDictionary<string, QuantizedType> types = Quantizer.Operands(model);
    private readonly IReadOnlySet<string> inAttention = Quantizer.InAttention(model);
    private readonly IReadOnlySet<string> dithered = dithers ? Quantizer.Quiet(model) : new HashSet<string>();
    private readonly ValueRates shapes = new(model);

    /// <summary>An outlier is added to a product's sums about as long as so many values are multiplied in its main loop.</summary>
    private const double OutlierTime = 15;

    // Beyond one outlier in 16 a product runs over two planes of bytes: once more, and what lists and fills them. With half of the inputs outliers it takes 2.8 to 3.7 times as long.
    private const double Crowded = 1 / 16.0, PlaneTime = 1, ListTime = 2.5;

    /// <summary>Some layers, all of whose products are int8.</summary>
    /// <param name="layers">The layers.</param>
    /// <param name="operands">Their operands' grids.</param>
    public QuantizedParts Parts(IReadOnlyCollection<string> layers, IReadOnlyDictionary<string, QuantizationGrid> operands)
    {
        HashSet<string> Names<T>() where T : Operation => model.Operations.OfType<T>().Where(o => layers.Contains(o.Layer)).Select(o => o.Name).ToHashSet(StringComparer.Ordinal);
        return new QuantizedParts(operands, Names<Product>(), Names<Attention>());
    }

    /// <summary>The grids of a layer.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="percentile">Share of the values, in percent, that they cover; attention's operands are covered in full.</param>
    /// <param name="why">How it was chosen.</param>
    public Dictionary<string, QuantizationGrid> Of(string layer, double percentile, string why) =>
        model.Operands(layer).ToDictionary(o => o, o => Of(recorded[o], types[o], inAttention.Contains(o), percentile, why) is var grid && dithered.Contains(o) ? grid.Dithered() : grid, StringComparer.Ordinal);

    /// <summary>How much smaller a layer's steps are at a percentile than under MAX; of several operands, the one that gains least.</summary>
    public double StepRatio(string layer, double percentile)
    {
        Dictionary<string, QuantizationGrid> max = Of(layer, 100, "");
        return Of(layer, percentile, "").Select(g => (double)g.Value.Scale / max[g.Key].Scale).DefaultIfEmpty(1).Max();
    }

    /// <summary>About how much longer the whole model takes with a layer's outliers at a percentile, a fraction.</summary>
    public double Time(string layer, double percentile)
    {
        Dictionary<string, QuantizationGrid> own = Of(layer, percentile, "");
        double outliers = model.Operations.OfType<Product>().Where(p => p.Layer == layer && own.ContainsKey(p.Input))
            .Sum(p => shapes.Multiplications(p) * Longer((double)own[p.Input].CountOutliers(recorded[p.Input]) / Math.Max(recorded[p.Input].Count, 1)));
        return outliers / model.Operations.OfType<Product>().Sum(shapes.Multiplications);
    }

    // How much longer a product takes with a share of outliers.
    private static double Longer(double share) => share > Crowded ? PlaneTime + ListTime * share : OutlierTime * share;

    /// <summary>Share of outliers, values that no grid covers, among the recorded values of some operands, a fraction.</summary>
    public static double OutlierShare(IReadOnlyCollection<(Histogram Recorded, QuantizationGrid Grid)> operands)
    {
        long values = operands.Sum(o => o.Recorded.Count);
        return values == 0 ? 0 : (double)operands.Sum(o => o.Grid.CountOutliers(o.Recorded)) / values;
    }

    private QuantizationGrid Of(Histogram values, QuantizedType type, bool attention, double percentile, string why)
    {
        if (attention)
        {
            return QuantizationGrid.Covering(type, values, 100, Outliers.Clip, "attention");
        }

        // Step 3. Where nothing is clipped away, the percentile alone decides the resolution.
        return outliers == Outliers.Clip && percentile < 100
            ? GridSearch.LeastSquares(type, values, values.Magnitude(percentile), why) with { Percentile = percentile }
            : QuantizationGrid.Covering(type, values, percentile, outliers, why);
    }
}

using StableQuant.Graph;

namespace StableQuant.Calibration.Quantization;

/// <summary>Grids that are best for a histogram by itself, as other calibrators choose them.</summary>
public static class GridSearch
{
    /// <summary>Candidate ranges, as shares of the largest magnitude: 1, 0.98, … down to 1 %, each 2 % smaller than the one before.</summary>
    private static IEnumerable<double> Shrinkages => Enumerable.Range(0, 229).Select(i => Math.Pow(0.98, i));

    /// <summary>The grid with the smallest squared error: rounding within it, clipping beyond.</summary>
    /// <param name="type">The integer type.</param>
    /// <param name="recorded">The values.</param>
    /// <param name="atMost">The largest magnitude that the grid may cover.</param>
    /// <param name="why">How it was chosen.</param>
    public static QuantizationGrid LeastSquares(QuantizedType type, Histogram recorded, float atMost, string why) =>
        Best(type, recorded, atMost, why, SquaredError);

    /// <summary>The grid that loses least information.</summary>
    /// <param name="type">The integer type.</param>
    /// <param name="recorded">The values.</param>
    /// <param name="why">How it was chosen.</param>
    public static QuantizationGrid MinDivergence(QuantizedType type, Histogram recorded, string why) =>
        Best(type, recorded, recorded.Magnitude(100), why, Divergence);

    private static QuantizationGrid Best(QuantizedType type, Histogram recorded, float atMost, string why, Func<Histogram, QuantizationGrid, double> cost) =>
        Shrinkages
            .Select(shrinkage => QuantizationGrid.Within(type, recorded, (float)(atMost * shrinkage), Outliers.Clip, why))
            .MinBy(grid => cost(recorded, grid))!;

    private static double SquaredError(Histogram recorded, QuantizationGrid grid)
    {
        double error = 0;
        for (int bin = 0; bin < recorded.Counts.Length; bin++)
        {
            if (recorded.Counts[bin] > 0)
            {
                double value = recorded.Center(bin);
                double difference = value - grid.Rounded(value);
                error += recorded.Counts[bin] * difference * difference;
            }
        }

        return error;
    }

    // Each step of the grid spreads what fell on it evenly over the bins it stands for that held anything. Bins beyond
    // the grid are told apart from nothing: they count on the last step, whose spread then cannot follow them.
    private static double Divergence(Histogram recorded, QuantizationGrid grid)
    {
        const int Steps = 256;
        Span<double> total = stackalloc double[Steps];
        Span<int> occupied = stackalloc int[Steps];
        total.Clear();
        occupied.Clear();
        for (int bin = 0; bin < recorded.Counts.Length; bin++)
        {
            if (recorded.Counts[bin] > 0)
            {
                int step = grid.Step(recorded.Center(bin));
                total[step] += recorded.Counts[bin];
                occupied[step]++;
            }
        }

        double divergence = 0;
        for (int bin = 0; bin < recorded.Counts.Length; bin++)
        {
            if (recorded.Counts[bin] > 0)
            {
                int step = grid.Step(recorded.Center(bin));
                divergence += recorded.Counts[bin] * Math.Log(recorded.Counts[bin] / (total[step] / occupied[step]));
            }
        }

        return divergence / recorded.Count;
    }
}

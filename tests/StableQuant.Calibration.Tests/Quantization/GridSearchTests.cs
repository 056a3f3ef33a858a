using StableQuant.Calibration.Calibrate;
using StableQuant.Calibration.Evaluate;
using StableQuant.Calibration.Quantization;
using StableQuant.Graph;

namespace StableQuant.Calibration.Tests.Quantization;

/// <summary>Grids chosen by one histogram, and the interval of a difference in word errors.</summary>
public sealed class GridSearchTests
{
    [Fact]
    public void Least_squares_covers_even_values_whole_and_gives_a_rare_outlier_up()
    {
        Histogram even = Of(Enumerable.Range(0, 100_000).Select(i => i / 100_000f));
        QuantizationGrid whole = GridSearch.LeastSquares(QuantizedType.U8, even, even.Magnitude(100), "mse");
        whole.Scale.ShouldBe(1 / 255f, 1e-4f);

        // One value of 3 among 10⁵ up to 1: three times the step costs nine times the noise, 9·(1/255)²/12·10⁵ ≈ 1.2, clipping
        // it costs (3 − 1)² = 4; one of a million times as many is worth clipping.
        Histogram outlier = Of(Enumerable.Range(0, 4_000_000).Select(i => i % 100_000 / 100_000f).Append(3));
        GridSearch.LeastSquares(QuantizedType.U8, outlier, outlier.Magnitude(100), "mse").Scale.ShouldBeLessThan(2 / 255f);
    }

    [Fact]
    public void Least_squares_is_no_worse_than_any_other_range()
    {
        var random = new Random(3);
        float[] values = [.. Enumerable.Range(0, 50_000).Select(_ => (float)(Math.Log(1 / (1 - random.NextDouble())) * (random.Next(2) * 2 - 1)))];
        Histogram recorded = Of(values);
        QuantizationGrid best = GridSearch.LeastSquares(QuantizedType.U8, recorded, recorded.Magnitude(100), "mse");
        double Error(QuantizationGrid grid) => values.Sum(v => Math.Pow(v - grid.Rounded(v), 2));
        foreach (double percent in new[] { 100, 99.99, 99.9, 99, 95, 80.0 })
        {
            // The search sees bins, not values: it may be off by a hair.
            Error(best).ShouldBeLessThan(1.02 * Error(QuantizationGrid.Covering(QuantizedType.U8, recorded, percent, Outliers.Clip, "")));
        }
    }

    [Fact]
    public void Least_divergence_clips_a_long_tail()
    {
        var random = new Random(4);
        Histogram recorded = Of(Enumerable.Range(0, 200_000).Select(i => i % 20_000 == 0 ? 50f : (float)random.NextDouble()));
        QuantizationGrid grid = GridSearch.MinDivergence(QuantizedType.U8, recorded, "entropy");
        grid.Percentile.ShouldBeInRange(99, 99.999);
        (grid.Scale * 255).ShouldBeLessThan(25);
    }

    [Fact]
    public void The_interval_of_no_difference_is_empty_and_that_of_one_holds_it()
    {
        ErrorRate[] before = [.. Enumerable.Range(0, 100).Select(i => new ErrorRate(i % 10 == 0 ? 1 : 0, 0, 0, 10))];
        Bootstrap.DifferenceInterval(before, before).ShouldBe((0, 0));

        // 30 of 100 utterances of 10 words lose a word more: 3 points, with a deviation of √(0.3·0.7/100)/10 = 0.46 points.
        ErrorRate[] after = [.. before.Select((e, i) => i % 10 < 3 ? e with { Deletions = 1 } : e)];
        (double low, double high) = Bootstrap.DifferenceInterval(before, after);
        low.ShouldBe(0.03 - 1.96 * 0.0046, 0.002);
        high.ShouldBe(0.03 + 1.96 * 0.0046, 0.002);
    }

    private static Histogram Of(IEnumerable<float> values)
    {
        var histogram = new Histogram();
        histogram.Add(values.ToArray());
        return histogram;
    }
}

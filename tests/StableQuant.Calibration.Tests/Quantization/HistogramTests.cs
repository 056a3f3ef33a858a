using StableQuant.Calibration.Quantization;

namespace StableQuant.Calibration.Tests.Quantization;

public sealed class HistogramTests
{
    [Theory]
    [InlineData(1e-12f)]
    [InlineData(1f)]
    [InlineData(1e25f)]
    public void Every_value_is_in_its_bin_however_often_bins_became_wider(float unit)
    {
        // Growing values make the bins wider again and again, under values counted before.
        float[] values = [.. Noise(5000).Select((x, i) => x * unit * MathF.Pow(1.004f, i))];
        Histogram histogram = Of(values, chunk: 7);

        histogram.Count.ShouldBe(values.Length);
        histogram.BinWidth.ShouldBeLessThanOrEqualTo(2.0 * values.Max(MathF.Abs) / Histogram.BinsPerSide);
        var expected = new long[2 * Histogram.BinsPerSide];
        foreach (float value in values)
        {
            expected[(int)Math.Floor(value / histogram.BinWidth) + Histogram.BinsPerSide]++;
        }

        histogram.Counts.SequenceEqual(expected).ShouldBeTrue();
    }

    [Fact]
    public void Neither_order_nor_threads_change_anything()
    {
        float[] values = [.. Noise(3000).Select((x, i) => i % 100 == 0 ? 50 * x : x)];
        Histogram straight = Of(values, values.Length);
        Histogram backwards = Of([.. values.Reverse()], chunk: 1);

        // As threads do: each its own share, added in the order in which they end.
        Histogram[] shares = [.. Enumerable.Range(0, 4).Select(t => Of([.. values.Where((_, i) => i % 4 == t)], chunk: 10))];
        var merged = new Histogram();
        foreach (int share in new[] { 2, 0, 3, 1 })
        {
            merged.Add(shares[share]);
        }

        merged.Add(new Histogram());
        ShouldBeSame(backwards, straight);
        ShouldBeSame(merged, straight);
    }

    [Fact]
    public void Merging_into_finer_bins_and_into_coarser_ones_is_the_same()
    {
        Histogram small = Of([0.001f, -0.0009f, 0], 3);
        Histogram large = Of([1000, -3], 2);
        var smallFirst = new Histogram();
        smallFirst.Add(small);
        smallFirst.Add(large);
        var largeFirst = new Histogram();
        largeFirst.Add(large);
        largeFirst.Add(small);
        ShouldBeSame(smallFirst, largeFirst);
        ShouldBeSame(smallFirst, Of([0.001f, 1000, -0.0009f, 0, -3], 5));
    }

    [Theory]
    [InlineData(50)]
    [InlineData(90)]
    [InlineData(99)]
    [InlineData(99.9)]
    [InlineData(99.99)]
    public void A_percentile_is_that_of_the_sorted_magnitudes_to_a_bin(double percent)
    {
        float[] values = Noise(10_000);
        float[] sorted = [.. values.Select(MathF.Abs).Order()];
        float exact = sorted[(int)Math.Ceiling(values.Length * (decimal)percent / 100) - 1];
        Histogram histogram = Of(values, 100);
        histogram.Magnitude(percent).ShouldBeInRange(exact, (float)(exact + histogram.BinWidth));
    }

    [Fact]
    public void Everything_is_covered_exactly()
    {
        Of([0.1f, -0.7f, 0.3f], 1).Magnitude(100).ShouldBe(0.7f);
        Of([0.1f, 0.7f, -0.3f], 1).Magnitude(100).ShouldBe(0.7f);
        // Never more than there was, although the last bin ends beyond it.
        Of([0.1f, 0.7f, -0.3f], 1).Magnitude(99.9).ShouldBe(0.7f);
        new Histogram().Magnitude(100).ShouldBe(0);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void What_is_not_finite_is_refused_and_nothing_is_counted(float value)
    {
        var histogram = new Histogram();
        Should.Throw<StableQuantException>(() => histogram.Add([1, value, 2])).Message.ShouldContain("not finite");
        histogram.Count.ShouldBe(0);
    }

    private static Histogram Of(float[] values, int chunk)
    {
        var histogram = new Histogram();
        foreach (float[] some in values.Chunk(chunk))
        {
            histogram.Add(some);
        }

        return histogram;
    }

    private static void ShouldBeSame(Histogram actual, Histogram expected)
    {
        (actual.Count, actual.Min, actual.Max, actual.BinWidth).ShouldBe((expected.Count, expected.Min, expected.Max, expected.BinWidth));
        actual.Counts.SequenceEqual(expected.Counts).ShouldBeTrue();
    }

    private static float[] Noise(int count)
    {
        var random = new Random(1);
        return [.. Enumerable.Range(0, count).Select(_ => (float)(random.NextDouble() - random.NextDouble()))];
    }
}

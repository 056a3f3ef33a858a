using StableQuant.Calibration.Quantization;
using StableQuant.Graph;

namespace StableQuant.Calibration.Tests.Quantization;

public sealed class QuantizationGridTests
{
    [Fact]
    public void An_unsigned_grid_spans_from_the_lowest_to_the_highest()
    {
        // 255 steps over 4; −1 is 63.75 steps below 0.
        QuantizationGrid grid = Of(QuantizedType.U8, 100, -1, 3, 0.5f);
        grid.Scale.ShouldBe(4f / 255);
        grid.ZeroPoint.ShouldBe(64);
        (grid.Type, grid.Outliers, grid.Percentile, grid.Why).ShouldBe((QuantizedType.U8, Outliers.Keep, 100, "test"));
    }

    // Of GELU's values, a third lie within a step of its minimum here, at any place between two steps: none may be an outlier at the lower end.
    [Fact]
    public void Dither_takes_no_value_below_the_grid()
    {
        for (int i = 0; i < 50; i++)
        {
            float lowest = -0.17f - 0.0005f * i;
            QuantizationGrid plain = Of(QuantizedType.U8, 100, lowest, 3), dithered = plain.Dithered();
            (dithered.Scale, dithered.IsDithered, plain.IsDithered).ShouldBe((plain.Scale, true, false));
            foreach (double dither in new[] { -1023 / 2048.0, 0, 1023 / 2048.0 })
            {
                (Math.Round(lowest / dithered.Scale + dither) + dithered.ZeroPoint).ShouldBeGreaterThanOrEqualTo(0);
            }

            dithered.ZeroPoint.ShouldBeInRange(plain.ZeroPoint, plain.ZeroPoint + 1);
        }

        Of(QuantizedType.U8, 100, 0, 3).Dithered().ZeroPoint.ShouldBe(0, "0 and less than half a step is 0");
        Should.Throw<InvalidOperationException>(() => Of(QuantizedType.S8, 100, -1, 3).Dithered());
    }

    [Fact]
    public void A_signed_grid_is_symmetric()
    {
        QuantizationGrid grid = Of(QuantizedType.S8, 100, -1, 3);
        grid.Scale.ShouldBe(3f / 127);
        (grid.ZeroPoint, grid.Outliers).ShouldBe((0, Outliers.Clip));
        Of(QuantizedType.S8, 100, -5, 3).Scale.ShouldBe(5f / 127);
    }

    [Fact]
    public void Zero_is_on_the_grid_even_where_no_value_is_near_it()
    {
        QuantizationGrid above = Of(QuantizedType.U8, 100, 2, 3);
        (above.Scale, above.ZeroPoint).ShouldBe((3f / 255, 0));
        QuantizationGrid below = Of(QuantizedType.U8, 100, -2, -1);
        (below.Scale, below.ZeroPoint).ShouldBe((2f / 255, 255));
    }

    [Fact]
    public void Silence_still_has_a_step()
    {
        foreach (QuantizedType type in Enum.GetValues<QuantizedType>())
        {
            QuantizationGrid ofZeros = Of(type, 99.9, 0, 0, 0);
            ofZeros.Scale.ShouldBeInRange(float.Epsilon, 1e-6f);
            float.IsNormal(ofZeros.Scale).ShouldBeTrue();
            ofZeros.ZeroPoint.ShouldBe(0);
            Of(type, 100).Scale.ShouldBe(ofZeros.Scale);
        }
    }

    [Fact]
    public void A_percentile_leaves_the_largest_magnitudes_out()
    {
        float[] values = [.. Enumerable.Range(1, 999).Select(i => i % 2 == 0 ? i / 1000f : -i / 1000f), 100];
        QuantizationGrid all = Of(QuantizedType.U8, 100, values);
        QuantizationGrid most = Of(QuantizedType.U8, 99.9, values);
        all.Scale.ShouldBe(100.999f / 255, 1e-6f);
        // −0.999 … about 0.999: a bin is 100/8192 wide at most, in powers of two.
        most.Scale.ShouldBeInRange(1.998f / 255, (1.998f + 2 * 128f / 8192) / 255);
        most.ZeroPoint.ShouldBeInRange(125, 130);
    }

    [Fact]
    public void A_one_sided_percentile_spends_no_step_on_the_empty_side()
    {
        // As GELU makes them: nothing below −0.17.
        float[] values = [.. Enumerable.Range(0, 1000).Select(i => -0.17f + i / 200f)];
        QuantizationGrid grid = Of(QuantizedType.U8, 90, values);
        (grid.Scale * grid.ZeroPoint).ShouldBe(0.17f, grid.Scale);
    }

    private static QuantizationGrid Of(QuantizedType type, double percentile, params float[] values)
    {
        var histogram = new Histogram();
        histogram.Add(values);
        return QuantizationGrid.Covering(type, histogram, percentile, Outliers.Keep, "test");
    }

    [Theory]
    [InlineData(QuantizedType.U8, 99)]
    [InlineData(QuantizedType.U8, 90)]
    [InlineData(QuantizedType.S8, 95)]
    public void What_lies_beyond_is_what_rounding_takes_off_the_grid(QuantizedType type, double percentile)
    {
        var random = new Random(4);
        float[] values = [.. Enumerable.Range(0, 20_000).Select(_ => (float)(5 * Math.Pow(random.NextDouble() - 0.3, 3)))];
        var recorded = new Histogram();
        recorded.Add(values);
        var grid = QuantizationGrid.Covering(type, recorded, percentile, Outliers.Keep, "");
        (int low, int high) = type == QuantizedType.S8 ? (-127, 127) : (-grid.ZeroPoint, 255 - grid.ZeroPoint);
        int beyond = values.Count(v => Math.Round(v / (double)grid.Scale) < low || Math.Round(v / (double)grid.Scale) > high);
        beyond.ShouldBeGreaterThan(0);

        // Bins are a few thousandths of a step wide; values lie dense enough for one or two to be in another bin.
        Math.Abs(grid.CountOutliers(recorded) - beyond).ShouldBeLessThanOrEqualTo(10);
    }
}

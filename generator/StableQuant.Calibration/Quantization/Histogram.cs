namespace StableQuant.Calibration.Quantization;

/// <summary>
/// How often which values occurred. Bins are a power of two wide and aligned at zero, and get wider as larger values
/// come, so that the result depends on the values alone: not on their order, nor on how they were split among threads.
/// </summary>
public sealed class Histogram
{
    /// <summary>Bins on each side of zero.</summary>
    public const int BinsPerSide = 8192;

    private const int MinExponent = -60;

    private readonly long[] counts = new long[2 * BinsPerSide];
    private int exponent = MinExponent;

    /// <summary>The smallest value, or 0 where all are above: a grid must hold 0 in any case.</summary>
    public float Min { get; private set; }

    /// <summary>The largest value, or 0 where all are below.</summary>
    public float Max { get; private set; }

    /// <summary>Number of values.</summary>
    public long Count { get; private set; }

    /// <summary>Width of one bin.</summary>
    public double BinWidth => Math.ScaleB(1, exponent);

    /// <summary>Number of values in each bin; bin <see cref="BinsPerSide"/> begins at 0.</summary>
    public ReadOnlySpan<long> Counts => counts;

    /// <summary>The value in the middle of a bin.</summary>
    public double Center(int bin) => (bin - BinsPerSide + 0.5) * BinWidth;

    /// <summary>The share of the values, in percent, that lie within ±<paramref name="magnitude"/>, to the width of a bin.</summary>
    public double Covered(float magnitude)
    {
        long covered = 0;
        for (int bin = 0; bin < counts.Length; bin++)
        {
            covered += Math.Abs(Center(bin)) <= magnitude ? counts[bin] : 0;
        }

        return Count == 0 ? 100 : 100.0 * covered / Count;
    }

    /// <summary>Adds values.</summary>
    /// <exception cref="StableQuantException">A value is not finite.</exception>
    public void Add(ReadOnlySpan<float> values)
    {
        if (values.IsEmpty)
        {
            return;
        }

        float min = System.Numerics.Tensors.TensorPrimitives.Min(values);
        float max = System.Numerics.Tensors.TensorPrimitives.Max(values);
        if (!float.IsFinite(min) || !float.IsFinite(max))
        {
            throw new StableQuantException("The float model makes values that are not finite.");
        }

        Include(min, max);
        float inverseWidth = (float)Math.ScaleB(1, -exponent);
        foreach (float value in values)
        {
            counts[(int)MathF.Floor(value * inverseWidth) + BinsPerSide]++;
        }

        Count += values.Length;
    }

    /// <summary>Adds all that another histogram counted.</summary>
    public void Add(Histogram other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (other.Count == 0)
        {
            return;
        }

        Include(other.Min, other.Max);
        while (exponent < other.exponent)
        {
            Widen();
        }

        int shift = exponent - other.exponent;
        for (int bin = 0; bin < counts.Length; bin++)
        {
            counts[((bin - BinsPerSide) >> shift) + BinsPerSide] += other.counts[bin];
        }

        Count += other.Count;
    }

    /// <summary>The magnitude that a share of the values does not exceed, to the width of a bin.</summary>
    /// <param name="percent">The share, above 0 and at most 100; 100 gives the exact largest magnitude.</param>
    public float Magnitude(double percent)
    {
        float largest = Math.Max(Max, -Min);
        // In decimal: 99.9 % of 1000 are 999, not the 999.0000000000001 that become 1000.
        long wanted = (long)Math.Ceiling(Count * (decimal)percent / 100);
        long covered = 0;
        for (int bin = 0; bin < BinsPerSide && percent < 100; bin++)
        {
            covered += counts[BinsPerSide + bin] + counts[BinsPerSide - 1 - bin];
            if (covered >= wanted)
            {
                return Math.Min(largest, (float)((bin + 1) * BinWidth));
            }
        }

        return largest;
    }

    private void Include(float min, float max)
    {
        Min = Math.Min(Min, min);
        Max = Math.Max(Max, max);
        while (Math.Max(Max, -Min) >= Math.ScaleB(BinsPerSide, exponent))
        {
            Widen();
        }
    }

    // Two neighbours become one; below zero the pairs are (−2, −1), (−4, −3), …
    private void Widen()
    {
        for (int bin = 0; bin < BinsPerSide; bin++)
        {
            counts[BinsPerSide + bin] = 2 * bin < BinsPerSide ? counts[BinsPerSide + 2 * bin] + counts[BinsPerSide + 2 * bin + 1] : 0;
        }

        for (int bin = 1; bin <= BinsPerSide; bin++)
        {
            counts[BinsPerSide - bin] = 2 * bin <= BinsPerSide ? counts[BinsPerSide - 2 * bin] + counts[BinsPerSide - 2 * bin + 1] : 0;
        }

        exponent++;
    }
}

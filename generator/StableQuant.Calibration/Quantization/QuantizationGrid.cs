using StableQuant.Graph;

namespace StableQuant.Calibration.Quantization;

/// <summary>An integer grid for one value.</summary>
/// <param name="Type">The integer type.</param>
/// <param name="Scale">Size of one step.</param>
/// <param name="ZeroPoint">The integer that stands for 0.</param>
/// <param name="Outliers">What happens to outliers, the values beyond it.</param>
/// <param name="Percentile">Share of the recorded values, in percent, that the grid covers.</param>
/// <param name="Why">How it was chosen.</param>
public sealed record QuantizationGrid(QuantizedType Type, float Scale, int ZeroPoint, Outliers Outliers, double Percentile, string Why)
{
    // Silence, or a channel that is always 0, still needs a step; nothing depends on its size.
    private const float MinRange = 1e-6f;

    /// <summary>The grid that covers a share of the recorded values: those of the smallest magnitude.</summary>
    /// <param name="type">The integer type.</param>
    /// <param name="recorded">The values.</param>
    /// <param name="percentile">The share, in percent; 100 covers all.</param>
    /// <param name="outliers">What happens to the others.</param>
    /// <param name="why">How it was chosen.</param>
    public static QuantizationGrid Covering(QuantizedType type, Histogram recorded, double percentile, Outliers outliers, string why)
    {
        ArgumentNullException.ThrowIfNull(recorded);
        return Within(type, recorded, recorded.Magnitude(percentile), outliers, why) with { Percentile = percentile };
    }

    /// <summary>The grid that covers the recorded values up to a magnitude.</summary>
    /// <param name="type">The integer type.</param>
    /// <param name="recorded">The values.</param>
    /// <param name="magnitude">The magnitude.</param>
    /// <param name="outliers">What happens to the others; those of <see cref="QuantizedType.S8"/> are clipped.</param>
    /// <param name="why">How it was chosen.</param>
    public static QuantizationGrid Within(QuantizedType type, Histogram recorded, float magnitude, Outliers outliers, string why)
    {
        ArgumentNullException.ThrowIfNull(recorded);
        magnitude = Math.Max(magnitude, MinRange);
        float low = Math.Max(recorded.Min, -magnitude);
        float high = Math.Min(recorded.Max, magnitude);
        double covered = recorded.Covered(magnitude);
        if (type == QuantizedType.S8)
        {
            return new QuantizationGrid(type, Math.Max(Math.Max(-low, high), MinRange) / 127, 0, Outliers.Clip, covered, why);
        }

        float scale = Math.Max(high - low, MinRange) / 255;
        return new QuantizationGrid(type, scale, (int)Math.Clamp(MathF.Round(-low / scale), 0, 255), outliers, covered, why);
    }

    /// <summary>Whether values are dithered, see <see cref="Quantize.IsDithered"/>.</summary>
    public bool IsDithered { get; internal init; }

    /// <summary>The same grid, dithered. Where it has negative values it begins a step lower: many lie near the lowest, behind GELU, dither takes some of them below it, and those would be outliers.</summary>
    /// <exception cref="InvalidOperationException">It is of <see cref="QuantizedType.S8"/>.</exception>
    public QuantizationGrid Dithered() => Type == QuantizedType.U8
        ? this with { IsDithered = true, ZeroPoint = ZeroPoint is 0 or 255 ? ZeroPoint : ZeroPoint + 1 }
        : throw new InvalidOperationException("Keys and values have no dither.");

    private int Last => Type == QuantizedType.S8 ? 254 : 255;

    /// <summary>Number of the step, from 0, that a value is rounded or clipped to.</summary>
    public int Step(double value) => (int)Math.Clamp(StepUnlimited(value), 0, Last);

    /// <summary>How many of the recorded values are outliers, beyond the grid, to the width of a bin.</summary>
    public long CountOutliers(Histogram recorded)
    {
        ArgumentNullException.ThrowIfNull(recorded);
        long outliers = 0;
        for (int bin = 0; bin < recorded.Counts.Length; bin++)
        {
            // Of the outermost bins, the extremes are known better than the middles.
            double value = Math.Clamp(recorded.Center(bin), recorded.Min, recorded.Max);
            outliers += recorded.Counts[bin] > 0 && StepUnlimited(value) is var step && (step < 0 || step > Last) ? recorded.Counts[bin] : 0;
        }

        return outliers;
    }

    private double StepUnlimited(double value) => Math.Round(value / Scale) + (Type == QuantizedType.S8 ? 127 : ZeroPoint);

    /// <summary>The value that a value is rounded or clipped to.</summary>
    public double Rounded(double value) => (Step(value) - (Type == QuantizedType.S8 ? 127 : ZeroPoint)) * (double)Scale;
}

using System.Globalization;

namespace StableQuant.Calibration.Report;

/// <summary>Where values stand in a drawing.</summary>
internal sealed class Axis
{
    private static readonly double[] RoundFactors = [1, 2, 5, 10];

    private readonly double low;
    private readonly double high;
    private readonly double start;
    private readonly double end;
    private readonly Func<double, double> scale;

    private Axis(double low, double high, double start, double end, Func<double, double> scale)
    {
        (this.low, this.high, this.start, this.end, this.scale) = (low, high, start, end, scale);
    }

    /// <summary>Positions and labels of round values.</summary>
    public IReadOnlyList<(double At, string Label)> Ticks { get; private init; } = [];

    /// <summary>Equal steps, over all the values.</summary>
    public static Axis Linear(IEnumerable<double> values, double start, double end, int ticks = 5)
    {
        double[] finite = [.. values.Where(double.IsFinite)];
        double low = finite.DefaultIfEmpty(0).Min();
        double high = finite.DefaultIfEmpty(0).Max();
        if (!(high - low > 0))
        {
            (low, high) = (low - 0.5, high + 0.5);
        }

        double power = Math.Pow(10, Math.Floor(Math.Log10((high - low) / ticks)));
        double step = power * RoundFactors.First(factor => power * factor * ticks >= high - low);
        var axis = new Axis(low, high, start, end, value => value);
        return new Axis(low, high, start, end, axis.scale)
        {
            Ticks = [.. Enumerable.Range((int)Math.Ceiling(low / step - 1e-9), ticks + 1).Select(n => n * step).Where(v => v <= high + 1e-9 * step)
                .Select(v => (axis.Position(v), v.ToString("0.######", CultureInfo.InvariantCulture).Replace('-', '\u2212')))],
        };
    }

    /// <summary>Equal ratios, over all the positive values, in whole powers of ten.</summary>
    public static Axis Logarithmic(IEnumerable<double> values, double start, double end)
    {
        double[] positive = [.. values.Where(v => v > 0 && double.IsFinite(v)).Select(Math.Log10)];
        int low = (int)Math.Floor(positive.DefaultIfEmpty(-1).Min());
        int high = Math.Max(low + 1, (int)Math.Ceiling(positive.DefaultIfEmpty(0).Max()));
        int step = 1 + (high - low) / 6;
        var axis = new Axis(low, high, start, end, Math.Log10);
        return new Axis(low, high, start, end, axis.scale)
        {
            Ticks = [.. Enumerable.Range(low, high - low + 1).Where(n => (n - low) % step == 0).Select(n => (axis.Position(Math.Pow(10, n)), Figures.PowerOfTen(n)))],
        };
    }

    /// <summary>Where a value stands; beyond the axis, at its end.</summary>
    public double Position(double value)
    {
        double share = (scale(value) - low) / (high - low);
        return start + (end - start) * (double.IsNaN(share) ? 0 : Math.Clamp(share, 0, 1));
    }
}

using StableQuant.Calibration.Quantization;
using StableQuant.Graph;

namespace StableQuant.Calibration.Report;

/// <summary>The values that enter a product, how often each came, and what the grids cover of them.</summary>
internal static class HistogramChart
{
    private const int Width = 440;
    private const int Left = 40;
    private const int Right = Width - 12;
    private const int Top = 8;
    private const int Base = 128;
    private const int Columns = 128;
    private const int BarHeight = 15;
    private const int LabelWidth = 104;

    /// <summary>Draws the histogram, with the first grid's range shaded where it is the only one, and below it a bar a grid.</summary>
    /// <param name="operand">The value's name.</param>
    /// <param name="recorded">Its values.</param>
    /// <param name="grids">A grid each of the methods, and the method's name.</param>
    public static Html Draw(string operand, Histogram recorded, IReadOnlyList<(string Method, QuantizationGrid Grid)> grids)
    {
        long[] counts = Rebin(recorded);
        Axis x = Axis.Linear([recorded.Min, recorded.Max], Left, Right);
        Axis y = Axis.Logarithmic([1, Math.Max(10, counts.Max())], Base, Top);
        bool labelled = grids.Count > 1;
        int bottom = Base + 8 + BarHeight * grids.Count;
        return $"""
            <svg viewBox="0 0 {Width} {bottom + 20}" role="img"><title>Values of {operand}</title><desc>{Describe(recorded, grids)}</desc>
            {(labelled ? Html.None : Covered(grids[0].Grid, x))}
            {y.Ticks.Select(CountTick)}
            <path class="histogram" d="{Outline(counts, y)}" />
            {grids.Select((g, i) => Bar(g.Method, g.Grid, x, Base + 8 + BarHeight * i, labelled))}
            {x.Ticks.Select(tick => ValueTick(tick, bottom))}
            </svg>

            """;
    }

    /// <summary>The values at the ends of a grid.</summary>
    public static (double Low, double High) Range(QuantizationGrid grid) => grid.Type == QuantizedType.S8
        ? (-127.0 * grid.Scale, 127.0 * grid.Scale)
        : (-grid.ZeroPoint * (double)grid.Scale, (255 - grid.ZeroPoint) * (double)grid.Scale);

    private static long[] Rebin(Histogram recorded)
    {
        var counts = new long[Columns];
        double width = Math.Max((double)recorded.Max - recorded.Min, double.Epsilon) / Columns;
        for (int bin = 0; bin < recorded.Counts.Length; bin++)
        {
            if (recorded.Counts[bin] > 0)
            {
                counts[(int)Math.Clamp((recorded.Center(bin) - recorded.Min) / width, 0, Columns - 1)] += recorded.Counts[bin];
            }
        }

        return counts;
    }

    private static Html Outline(long[] counts, Axis y)
    {
        double width = (double)(Right - Left) / Columns;
        Html Column(long count, int i) => $"V{(count == 0 ? Base : Math.Min(Base - 1, y.Position(count))):0.#}H{Left + (i + 1) * width:0.#}";
        return $"M{Left} {Base}{counts.Select(Column)}V{Base}Z";
    }

    private static Html Covered(QuantizationGrid grid, Axis x)
    {
        (double low, double high) = Range(grid);
        (double from, double to) = (x.Position(low), x.Position(high));
        return $"""
            <rect class="covered" x="{from:0.#}" y="{Top}" width="{Math.Max(1, to - from):0.#}" height="{Base - Top}" />
            <path class="end" d="M{from:0.#} {Top}V{Base}M{to:0.#} {Top}V{Base}" />
            """;
    }

    private static Html Bar(string method, QuantizationGrid grid, Axis x, int top, bool labelled)
    {
        (double low, double high) = Range(grid);
        (double from, double to) = (x.Position(low), x.Position(high));
        double y = top + BarHeight / 2.0;
        // The name stands where there is more room.
        (double at, string anchor) = Right - to > from - Left ? (to + 5, "start") : (from - 5, "end");
        bool inside = Math.Max(Right - to, from - Left) < LabelWidth + 6;
        Html name = inside
            ? ChartLabel.Draw(method, "method halo", (from + to) / 2, y + 3.5, "middle", LabelWidth)
            : ChartLabel.Draw(method, "method", at, y + 3.5, anchor, LabelWidth);
        return $"""
            <g><title>{method}: {Figures.Value(low)} to {Figures.Value(high)}</title><path class="bar" d="M{from:0.#} {y - 4}v8M{to:0.#} {y - 4}v8M{from:0.#} {y}H{to:0.#}" />{(labelled ? name : Html.None)}</g>

            """;
    }

    private static Html CountTick((double At, string Label) tick) => $"""
        <line class="rule" x1="{Left}" x2="{Right}" y1="{tick.At:0.#}" y2="{tick.At:0.#}" /><text class="tick" x="{Left - 6}" y="{tick.At + 4:0.#}" text-anchor="end">{tick.Label}</text>
        """;

    private static Html ValueTick((double At, string Label) tick, int bottom) => $"""
        <text class="tick" x="{tick.At:0.#}" y="{bottom + 14}" text-anchor="middle">{tick.Label}</text>
        """;

    private static string Describe(Histogram recorded, IReadOnlyList<(string Method, QuantizationGrid Grid)> grids) =>
        $"{Figures.Count(recorded.Count)} values from {Figures.Value(recorded.Min)} to {Figures.Value(recorded.Max)}, their counts on a logarithmic scale. " +
        string.Join(" ", grids.Select(g => $"{g.Method} covers {Figures.Value(Range(g.Grid).Low)} to {Figures.Value(Range(g.Grid).High)}."));
}

namespace StableQuant.Calibration.Report;

/// <summary>One row of a <see cref="RowChart"/>.</summary>
/// <param name="Label">What it is.</param>
/// <param name="Value">The value.</param>
/// <param name="Interval">The interval that holds it; null for none.</param>
/// <param name="Marked">Whether it stands out.</param>
/// <param name="Text">The value in words, shown on pointing.</param>
internal sealed record ChartRow(string Label, double Value, (double Low, double High)? Interval, bool Marked, string Text);

/// <summary>A dot a row on a common axis, with intervals and a threshold: what a table of numbers cannot show at a glance.</summary>
internal static class RowChart
{
    // Narrow enough that its text stays readable where a phone shrinks it.
    private const int Width = 440;
    private const int LabelWidth = 142;
    private const int Right = Width - 14;
    private const int Top = 22;
    private const int RowHeight = 19;

    /// <summary>Draws the chart.</summary>
    /// <param name="title">What it shows.</param>
    /// <param name="unit">What the axis measures.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="threshold">A value to draw a line at, and its name; null for none.</param>
    /// <param name="logarithmic">Whether the axis has equal ratios, not equal steps.</param>
    public static Html Draw(string title, string unit, IReadOnlyList<ChartRow> rows, (double Value, string Name)? threshold, bool logarithmic = false)
    {
        double[] values =
        [
            .. rows.SelectMany(row => new[] { row.Value, row.Interval?.Low ?? row.Value, row.Interval?.High ?? row.Value }),
            .. logarithmic ? Array.Empty<double>() : [0],
            .. threshold is var (least, _) ? [least] : Array.Empty<double>(),
        ];
        Axis axis = logarithmic ? Axis.Logarithmic(values, LabelWidth, Right) : Axis.Linear(values, LabelWidth, Right);
        int bottom = Top + RowHeight * rows.Count + 4;
        return $"""
            <svg viewBox="0 0 {Width} {bottom + 36}" role="img"><title>{title}</title><desc>{Description(unit, rows, threshold)}</desc>
            {axis.Ticks.Select(tick => Tick(tick, bottom))}
            {(logarithmic ? Html.None : Line("zero", axis.Position(0), bottom))}
            {(threshold is var (value, name) ? Threshold(axis.Position(value), name, bottom) : Html.None)}
            {rows.Select((row, i) => Row(row, Top + RowHeight * i + RowHeight / 2.0, axis))}
            <text class="unit" x="{(LabelWidth + Right) / 2}" y="{bottom + 32}" text-anchor="middle">{unit}</text></svg>

            """;
    }

    private static Html Tick((double At, string Label) tick, int bottom) => $"""
        {Line("rule", tick.At, bottom)}<text class="tick" x="{tick.At:0.#}" y="{bottom + 15}" text-anchor="middle">{tick.Label}</text>
        """;

    private static Html Line(string kind, double x, int bottom) => $"""<line class="{kind}" x1="{x:0.#}" x2="{x:0.#}" y1="{Top - 4}" y2="{bottom}" />""";

    private static Html Threshold(double x, string name, int bottom) => $"""
        {Line("threshold", x, bottom)}<text class="threshold" x="{x:0.#}" y="{Top - 9}" text-anchor="{(x > Width * 0.7 ? "end" : x < Width * 0.4 ? "start" : "middle")}">{name}</text>
        """;

    private static Html Row(ChartRow row, double y, Axis axis) => $"""
        <g class="{(row.Marked ? "row marked" : "row")}"><title>{row.Label}: {row.Text}</title>
        {ChartLabel.Draw(row.Label, "label", LabelWidth - 12, y + 4, "end", LabelWidth - 16)}
        <line class="guide" x1="{LabelWidth}" x2="{Right}" y1="{y:0.#}" y2="{y:0.#}" />
        {(row.Interval is var (low, high) ? Whisker(axis.Position(low), axis.Position(high), y) : Html.None)}
        <circle class="dot" cx="{axis.Position(row.Value):0.#}" cy="{y:0.#}" r="4" /></g>

        """;

    private static Html Whisker(double low, double high, double y) => $"""
        <path class="whisker" d="M{low:0.#} {y - 3.5:0.#}v7M{high:0.#} {y - 3.5:0.#}v7M{low:0.#} {y:0.#}H{high:0.#}" />
        """;

    private static string Description(string unit, IReadOnlyList<ChartRow> rows, (double Value, string Name)? threshold) =>
        $"{unit}. {string.Join("; ", rows.Select(row => $"{row.Label}: {row.Text}"))}.{(threshold is var (_, name) ? $" Line: {name}." : "")}";
}

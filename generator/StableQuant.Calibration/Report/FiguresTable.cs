using StableQuant.Calibration.Evaluate;
using StableQuant.Graph;

namespace StableQuant.Calibration.Report;

/// <summary>What a mean hides, on one set: each figure of each run, with its interval. Of several runs it is long, and folded.</summary>
internal static class FiguresTable
{
    /// <summary>The table.</summary>
    /// <param name="runs">The calibrations.</param>
    /// <param name="set">A calibration's measurement on the set.</param>
    public static Html Write(IReadOnlyList<ReportedRun> runs, Func<ReportedRun, Measurement> set)
    {
        Measurement first = set(runs[0]);
        Html table = $"""
            <div class="scroll" tabindex="0" role="region" aria-label="Figures with intervals on {first.Data}"><table><caption>Figures, with 95 % intervals of the change against float in points, or of the figure itself where it is one against float</caption>
            <thead><tr><th scope="col">figure</th>{(runs.Count == 1 ? Html.None : (Html)$"<th scope=\"col\">method</th>")}<th scope="col" class="n">float</th><th scope="col" class="n">int8</th><th scope="col" class="n">interval</th></tr></thead>
            <tbody>{first.Figures.SelectMany((figure, i) => runs.Select(run => Row(runs.Count == 1 ? Html.None : (Html)$"<td>{run.Method}</td>", set(run).Figures[i], first.Kind)))}</tbody></table></div>

            """;
        return runs.Count == 1 ? table : $"""
            <details class="more"><summary>Rare words, worst utterances, intervals</summary>
            {table}</details>

            """;
    }

    private static Html Row(Html method, MeasuredFigure figure, MeasureKind kind) => $"""
        <tr><th scope="row">{ErrorFigure.Words(figure.Name, kind)}</th>{method}<td class="n">{(figure.Float is { } value ? Figures.Percent(value) : "")}</td><td class="n">{Figures.Percent(figure.Quantized)}</td><td class="n"><span class="interval">{Interval(figure)}</span></td></tr>

        """;

    private static string Interval(MeasuredFigure figure) => figure.Float is null
        ? $"{Figures.Hundredths(figure.Low)} … {Figures.Hundredths(figure.High)}"
        : $"{Figures.Points(figure.Low)} … {Figures.Points(figure.High)}";
}

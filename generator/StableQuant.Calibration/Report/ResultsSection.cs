using StableQuant.Calibration.Calibrate;
using StableQuant.Calibration.Evaluate;
using StableQuant.Graph;

namespace StableQuant.Calibration.Report;

/// <summary>How well the models transcribe: a table and a chart of each measured set.</summary>
internal static class ResultsSection
{
    public static Html Write(IReadOnlyList<ReportedRun> runs) => $"""
        <section id="results">
        <h2>{Title(HtmlReport.Kind(runs))}s</h2>
        <p>Float against int8, as it ships. The interval would hold the change in 95 of 100 draws of other such utterances (bootstrap); one that
        spans zero tells no difference{(runs.Count == 1 ? "" : ", and its dot is hollow")}. {Capital(HtmlReport.Kind(runs).Items())} that differ from float's: errors that cancel count, too.</p>
        {runs[0].Result.Sets.Select((_, set) => Set(runs, set))}</section>

        """;

    /// <summary>The change of the word error rate and its interval, in points.</summary>
    public static Html Change(MeasuredSet set)
    {
        (double low, double high) = set.ChangeInterval();
        return $"{Figures.Points(set.Quantized.Wer - set.Float.Wer)} <span class=\"interval\">({Figures.Points(low)} … {Figures.Points(high)})</span>";
    }

    private static Html Set(IReadOnlyList<ReportedRun> runs, int index)
    {
        MeasuredSet first = runs[0].Result.Sets[index];
        MeasureKind kind = first.Measurement.Kind;
        ChartRow Row(ReportedRun run)
        {
            MeasuredSet set = run.Result.Sets[index];
            double change = 100 * (set.Quantized.Wer - set.Float.Wer);
            (double low, double high) = set.ChangeInterval();
            return new ChartRow(
                run.Method, change, (100 * low, 100 * high), Marked: low > 0 || high < 0, $"{Figures.Points(change / 100)} points ({Figures.Points(low)} … {Figures.Points(high)})");
        }

        return $"""
            <h3>{first.Measurement.Data} <small>{first.Measurement.Role}, {Figures.Count(first.Measurement.Utterances)} utterances, {Figures.Count(first.Measurement.Words)} {kind.Items()}</small></h3>
            <div class="scroll" tabindex="0" role="region" aria-label="{Title(kind)}s on {first.Measurement.Data}"><table>
            <thead><tr><th scope="col">model</th><th scope="col" class="n">{(kind == MeasureKind.Words ? "WER" : kind.Rate())}</th><th scope="col" class="n">change, points</th><th scope="col" class="n">that differ</th>{Counted("wrong", kind)}{Counted("CER", kind)}<th scope="col" class="n">size</th><th scope="col" class="n">layers &lt; 100 %</th></tr></thead>
            <tbody>
            <tr><th scope="row">float</th>{Rates(first.Float)[0]}<td></td><td></td>{(kind == MeasureKind.Words ? Rates(first.Float)[1] : Html.None)}<td class="n">{Figures.Bytes(runs[0].Result.FloatBytes)}</td><td></td></tr>
            {runs.Select(run => Model(run, run.Result.Sets[index]))}</tbody></table></div>
            {FiguresTable.Write(runs, run => run.Result.Sets[index].Measurement)}
            {(runs.Count == 1 ? Html.None : (Html)$"<figure class=\"single\">{RowChart.Draw($"Change of the {kind.Rate()} on {first.Measurement.Data}", $"change of the {kind.Rate()}, points", [.. runs.Select(Row)], null)}</figure>\n")}
            """;
    }

    private static Html Model(ReportedRun run, MeasuredSet set) => $"""
        <tr><th scope="row">{run.Method}</th>{Rates(set.Quantized)[0]}<td class="n">{Change(set)}</td><td class="n">{Figures.Percent(set.Differing.Rate)}</td>{(set.Measurement.Kind == MeasureKind.Words ? Rates(set.Quantized)[1] : Html.None)}<td class="n">{Figures.Bytes(run.Result.QuantizedBytes)} <span class="interval">({run.Result.SizeRatio:0.000})</span></td><td class="n">{run.Result.Layers.Count(layer => layer.Percentile < 100)} of {run.Result.Layers.Count}</td></tr>

        """;

    // Columns that words alone have.
    private static Html Counted(string title, MeasureKind kind) => kind == MeasureKind.Words ? (Html)$"<th scope=\"col\" class=\"n\">{title}</th>" : Html.None;

    private static string Title(MeasureKind kind) => Capital(kind.Rate());

    private static string Capital(string text) => char.ToUpperInvariant(text[0]) + text[1..];

    private static Html[] Rates(EvaluationResult result)
    {
        ErrorRate words = result.WordErrors;
        return
        [
            $"<td class=\"n\"><b>{Figures.Percent(result.Wer)}</b></td>",
            $"<td class=\"n\"><span title=\"{words.Substitutions} substituted, {words.Insertions} inserted, {words.Deletions} left out\">{words.Errors}</span></td><td class=\"n\">{Figures.Percent(result.Cer)}</td>",
        ];
    }
}

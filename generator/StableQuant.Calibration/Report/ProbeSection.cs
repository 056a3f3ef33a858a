using StableQuant.Calibration.Calibrate;
using StableQuant.Calibration.Evaluate;

namespace StableQuant.Calibration.Report;

/// <summary>How far int8 is from float on speech unlike the calibration's, and which operand of which layer makes the difference.</summary>
internal static class ProbeSection
{
    /// <summary>The section; nothing where there was no probe.</summary>
    public static Html Write(IReadOnlyList<ReportedRun> runs) => runs[0].Result.Probe is not { } probe ? Html.None : (Html)$"""
        <section id="probe">
        <h2>Far from the calibration's speech</h2>
        <p>Words of the int8 model that differ from the float model's own. On speech that calibration knows, word error rates hide what coarse grids do; here it shows.</p>
        <h3>{probe.Measurement.Data} <small>probe, {Figures.Count(probe.Measurement.Utterances)} utterances, {Figures.Count(probe.Differing.Length)} words of the float model</small></h3>
        <div class="scroll" tabindex="0" role="region" aria-label="Words that differ on {probe.Measurement.Data}"><table>
        <thead><tr><th scope="col">model</th><th scope="col" class="n">words that differ</th><th scope="col" class="n">substituted</th><th scope="col" class="n">inserted</th><th scope="col" class="n">left out</th></tr></thead>
        <tbody>{runs.Select(Model)}</tbody></table></div>
        {FiguresTable.Write(runs, run => run.Result.Probe!.Measurement)}
        {(runs.FirstOrDefault(run => run.Result.Attribution.Count > 0) is { } run ? Attribution(run) : Html.None)}</section>

        """;

    private static Html Model(ReportedRun run)
    {
        ErrorRate differing = run.Result.Probe!.Differing;
        return $"""
            <tr><th scope="row">{run.Method}</th><td class="n"><b>{Figures.Percent(differing.Rate)}</b></td><td class="n">{Figures.Count(differing.Substitutions)}</td><td class="n">{Figures.Count(differing.Insertions)}</td><td class="n">{Figures.Count(differing.Deletions)}</td></tr>

            """;
    }

    private static Html Attribution(ReportedRun run)
    {
        IReadOnlyList<AttributedPart> parts = run.Result.Attribution;
        double most = parts.Where(part => part.Layer is not null && part.Operand is null).Max(part => part.Divergence);
        ChartRow Kind(AttributedPart part) => Row(part.OperandWords, part, part.Operand is null);
        ChartRow Layer(AttributedPart part) => Row(part.Layer!, part, part.Divergence == most);
        return $"""
            <h3>What makes the difference <small>{run.Method}</small></h3>
            <p>Parts of the model quantized alone, all else in float.</p>
            <div class="charts">
            <figure>{RowChart.Draw("Words that differ with one kind of operand quantized", "words that differ, one kind of operand in all layers, %", [.. parts.Where(part => part.Layer is null).Select(Kind)], null)}</figure>
            <figure>{RowChart.Draw("Words that differ with one layer quantized", "words that differ, one layer, %", [.. parts.Where(part => part.Layer is not null && part.Operand is null).Select(Layer)], null)}</figure>
            </div>
            <div class="scroll" tabindex="0" role="region" aria-label="Operands of the layers that diverge most"><table><caption>Operands of the layers that diverge most</caption>
            <thead><tr><th scope="col">layer</th><th scope="col">operand</th><th scope="col" class="n">words that differ</th><th scope="col" class="n">divergence, nats a frame</th></tr></thead>
            <tbody>{parts.Where(part => part.Layer is not null && part.Operand is not null).Select(Operand)}</tbody></table></div>

            """;
    }

    private static ChartRow Row(string label, AttributedPart part, bool marked) => new(
        label, 100 * part.Differing.Rate, null, marked, $"{Figures.Percent(part.Differing.Rate)}, {Figures.Scientific(part.Divergence)} nats a frame");

    private static Html Operand(AttributedPart part) => $"""
        <tr><th scope="row">{part.Layer}</th><td>{part.OperandWords}</td><td class="n">{Figures.Percent(part.Differing.Rate)}</td><td class="n">{Figures.Scientific(part.Divergence)}</td></tr>

        """;
}

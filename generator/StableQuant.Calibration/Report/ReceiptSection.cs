using StableQuant.Graph;

namespace StableQuant.Calibration.Report;

/// <summary>What the numbers rest on: the speech, and the work of each step. Seconds are left out: they differ from run to run.</summary>
internal static class ReceiptSection
{
    public static Html Write(IReadOnlyList<ReportedRun> runs) => $"""
        <section id="receipt">
        <h2>Receipt</h2>
        <p>{string.Join("; ", runs.Select(run => run.Method + (run.Result.Receipt.Levers.Count > 0 ? $", with {string.Join(" and ", run.Result.Receipt.Levers)}" : "")))}.</p>
        <div class="scroll" tabindex="0" role="region" aria-label="Speech"><table><caption>Speech; the SHA-256 is over ids and transcripts</caption>
        <thead><tr><th scope="col">set</th><th scope="col">used for</th><th scope="col" class="n">utterances</th><th scope="col" class="n">words</th><th scope="col">SHA-256</th></tr></thead>
        <tbody>{runs[0].Result.Receipt.Measurements.Select(Data)}</tbody></table></div>
        <div class="scroll" tabindex="0" role="region" aria-label="Passes"><table><caption>Passes over the speech, through the model or the part of it that differs</caption>
        <thead><tr><th scope="col">step</th>{runs.Select(run => (Html)$"<th scope=\"col\" class=\"n\">{run.Method}</th>")}</tr></thead>
        <tbody>{runs.SelectMany(run => run.Result.Steps).Select(step => step.Name).Distinct().Select(step => Step(step, runs))}</tbody></table></div>
        </section>

        """;

    private static Html Data(Measurement set) => $"""
        <tr><th scope="row">{set.Data}</th><td>{set.Role}</td><td class="n">{Figures.Count(set.Utterances)}</td><td class="n">{Figures.Count(set.Words)}</td><td><code class="hash">{set.ManifestSha256}</code></td></tr>

        """;

    private static Html Step(string name, IReadOnlyList<ReportedRun> runs)
    {
        Html Passes(ReportedRun run) => $"<td class=\"n\">{run.Result.Steps.FirstOrDefault(step => step.Name == name)?.Passes.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "–"}</td>";
        return $"<tr><th scope=\"row\">{name}</th>{runs.Select(Passes)}</tr>\n";
    }
}

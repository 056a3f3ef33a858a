using System.Globalization;
using System.Reflection;
using StableQuant.Calibration.Calibrate;
using StableQuant.Graph;

namespace StableQuant.Calibration.Report;

/// <summary>What the numbers rest on: tool, command, models, speech, and the work of each step. Seconds are left out: they differ from run to run.</summary>
internal static class ReceiptSection
{
    private static readonly string Tool = $"stablequant {typeof(ReceiptSection).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0]}";

    public static Html Write(IReadOnlyList<ReportedRun> runs)
    {
        CalibrationResult result = runs[^1].Result;
        return $"""
            <section id="receipt">
            <h2>Receipt</h2>
            <p>{string.Join("; ", runs.Select(run => run.Method + (run.Result.Receipt.Levers.Count > 0 ? $", with {string.Join(" and ", run.Result.Receipt.Levers)}" : "")))}.</p>
            <dl class="origin">
            <dt>made by</dt><dd>{Tool}</dd>
            {(runs[0].Request.CommandLine is { } command ? (Html)$"<dt>command, without folders</dt><dd><code>{command}</code></dd>\n" : Html.None)}<dt>float model, SHA-256</dt><dd>{Hash(result.ModelSha256)}</dd>
            {(runs.Count == 1 ? (Html)$"<dt>int8 weights, SHA-256</dt><dd>{Hash(result.WeightsSha256)}</dd>\n" : Html.None)}{result.Receipt.Measurements.Select(set => (Html)$"<dt>{set.Data}, SHA-256 over ids and transcripts</dt><dd>{Hash(set.ManifestSha256)}</dd>\n")}</dl>
            <div class="scroll" tabindex="0" role="region" aria-label="Speech"><table><caption>Speech</caption>
            <thead><tr><th scope="col">set</th><th scope="col">used for</th><th scope="col" class="n">utterances</th><th scope="col" class="n">{HtmlReport.Kind(runs).Items()}</th></tr></thead>
            <tbody>{result.Receipt.Measurements.Select(Data)}</tbody></table></div>
            <div class="scroll" tabindex="0" role="region" aria-label="Passes"><table><caption>Passes over the speech, through the model or the part of it that differs{(runs.Count == 1 ? "" : "; what methods share is counted at the first")}</caption>
            <thead><tr><th scope="col">step</th>{runs.Select(run => (Html)$"<th scope=\"col\" class=\"n\">{run.Method}</th>")}</tr></thead>
            <tbody>{runs.SelectMany(run => run.Result.Steps).Where(step => step.Passes > 0).Select(step => step.Name).Distinct().Select(step => Step(step, runs))}</tbody></table></div>
            </section>

            """;
    }

    private static Html Hash(string sha256) => $"<code class=\"hash\">{sha256}</code>";

    private static Html Data(Measurement set) => $"""
        <tr><th scope="row">{set.Data}</th><td>{set.Role}</td><td class="n">{Figures.Count(set.Utterances)}</td><td class="n">{Figures.Count(set.Words)}</td></tr>

        """;

    private static Html Step(string name, IReadOnlyList<ReportedRun> runs)
    {
        Html Passes(ReportedRun run) => $"<td class=\"n\">{run.Result.Steps.FirstOrDefault(step => step.Name == name)?.Passes.ToString(CultureInfo.InvariantCulture) ?? "–"}</td>";
        return $"<tr><th scope=\"row\">{name}</th>{runs.Select(Passes)}</tr>\n";
    }
}

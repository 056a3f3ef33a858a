using StableQuant.Calibration.Calibrate;
using StableQuant.Graph;

namespace StableQuant.Calibration.Report;

/// <summary>What each layer alone does to the model, quantized by MAX: why layers were selected.</summary>
internal static class SensitivitySection
{
    public static Html Write(IReadOnlyList<ReportedRun> runs)
    {
        Html body = Searched(runs) is ReportedRun run ? Charts(run) : $"<p>No layer was tried alone: only the method <em>stablequant</em> does that.</p>";
        return $"""
            <section id="sensitivity">
            <h2>Each layer alone</h2>
            {body}
            </section>

            """;
    }

    /// <summary>The run to tell sensitivity of: of several that search the last, whose rules are those of calibrate.</summary>
    public static ReportedRun? Searched(IReadOnlyList<ReportedRun> runs) => runs.LastOrDefault(run => run.Result.Layers.Any(layer => layer.Trials.Count > 0));

    private static Html Charts(ReportedRun run)
    {
        CalibratedLayer[] layers = [.. run.Result.Layers.Where(layer => layer.Trials.Count > 0)];
        double before = SearchFloatWer(run);
        ChartRow Words(CalibratedLayer layer)
        {
            LayerTrial max = layer.Trials[0];
            return new ChartRow(
                layer.Name, 100 * (max.Wer - before), (100 * max.RiseLow, 100 * max.RiseHigh), layer.Selected,
                $"{Figures.Points(max.Wer - before)} points ({Figures.Points(max.RiseLow)} … {Figures.Points(max.RiseHigh)})");
        }

        ChartRow Divergence(CalibratedLayer layer) =>
            new(layer.Name, layer.Trials[0].Divergence, null, layer.Selected, $"{Figures.Scientific(layer.Trials[0].Divergence)} nats a frame");

        // As a level below the signal, so that more is worse here, too.
        ChartRow Noise(CalibratedLayer layer) =>
            new(layer.Name, -layer.Trials[0].SignalToNoise, null, layer.Selected, $"{Figures.Decibels(-layer.Trials[0].SignalToNoise)}");

        MeasureKind kind = run.Result.Sets[0].Measurement.Kind;
        (string rate, string items) = (kind.Rate(), kind.Items());
        return $"""
            <p>The model with only one layer quantized, its grids covering every value (MAX), on the calibration speech. A layer is selected
            <span class="key"></span> where it crosses one of the lines: the {items} tell what is lost here, the divergence of the token probabilities and the
            noise of its products' outputs what may be lost in another room.</p>
            <div class="charts">
            <figure>{RowChart.Draw($"Rise of the {rate} with one layer quantized", $"rise of the {rate}, points", [.. layers.Select(Words)], (run.Request.WerThreshold, $"selects above {run.Request.WerThreshold.ToString(System.Globalization.CultureInfo.InvariantCulture)}"))}</figure>
            <figure>{RowChart.Draw("Divergence with one layer quantized", "divergence of token probabilities, nats a frame", [.. layers.Select(Divergence)], (StableQuantSearch.DivergenceBudget, $"selects above {Figures.Scientific(StableQuantSearch.DivergenceBudget)}"), logarithmic: true)}</figure>
            <figure>{RowChart.Draw("Rounding noise of one layer's products", "noise of the noisiest output, dB", [.. layers.Where(layer => double.IsFinite(layer.Trials[0].SignalToNoise)).Select(Noise)], (-StableQuantSearch.MinSignalToNoise, $"selects above {Figures.Decibels(-StableQuantSearch.MinSignalToNoise)}"))}</figure>
            {Selection(layers)}</div>
            """;
    }

    // The fourth of the grid: what the lines of the three charts decided.
    private static Html Selection(CalibratedLayer[] layers)
    {
        (string Why, string Words)[] reasons = [("words", "by words"), ("divergence", "by divergence"), ("noise", "by noise"), ("whole model", "by the whole model")];
        Html Reason((string Why, string Words) reason)
        {
            string[] names = [.. layers.Where(layer => layer.Selected && layer.Why == reason.Why).Select(layer => layer.Name)];
            return names.Length == 0 ? Html.None : (Html)$"<dt>{reason.Words}</dt><dd>{string.Join(", ", names)}</dd>";
        }

        string[] others = [.. layers.Where(layer => !layer.Selected).Select(layer => layer.Name)];
        return $"""
            <dl class="selection">{reasons.Select(Reason)}{(others.Length == 0 ? Html.None : (Html)$"<dt>not selected</dt><dd>{string.Join(", ", others)}</dd>")}</dl>

            """;
    }

    /// <summary>The float model's word error rate on the search's speech.</summary>
    public static double SearchFloatWer(ReportedRun run) => run.Result.Sets[0].Float.Wer;
}

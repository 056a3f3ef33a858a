using StableQuant.Calibration.Calibrate;
using StableQuant.Calibration.Quantization;
using StableQuant.Graph;

namespace StableQuant.Calibration.Report;

/// <summary>Layer by layer: what was decided and why, what was tried, and the grids over the values.</summary>
internal static class LayersSection
{
    public static Html Write(IReadOnlyList<ReportedRun> runs) => $"""
        <section id="layers">
        <h2>Layer by layer</h2>
        <p>The percentile is the share of a layer's values that its grids cover{(runs.Count == 1 ? "" : ", here in the order of the methods")}. In each histogram the counts are logarithmic;
        {(runs.Count == 1 ? "the shaded range is the grid's" : "each bar below is a method's grid")}, and what lies beyond is clipped or, where kept, added as an exact remainder.</p>
        {runs[0].Result.Layers.Select((layer, i) => Layer(layer.Name, [.. runs.Select(run => (run, run.Result.Layers[i]))]))}</section>

        """;

    private static Html Layer(string name, IReadOnlyList<(ReportedRun Run, CalibratedLayer Layer)> runs)
    {
        bool selected = runs.Any(r => r.Layer.Selected);
        // Of several methods there is too much to show at once.
        Html open = selected && runs.Count == 1 ? (Html)$" open=\"open\"" : Html.None;
        // Of one method they have room beside the histogram.
        Html trials = Trials(name, [.. runs.Where(r => r.Layer.Trials.Count > 0)], named: runs.Count > 1);
        string[] operands = [.. runs[0].Run.Result.Operands.Where(o => o.Layer == name).Select(o => o.Name)];
        return $"""
            <details{open}><summary><h3>{name}</h3>{(selected ? (Html)$"<span class=\"badge\">selected</span>" : Html.None)}{Doubt(runs)}<span class="percentiles">{string.Join(" · ", runs.Select(r => Figures.Percentile(r.Layer.Percentile)))}</span></summary>
            {(runs.Count == 1 ? Decision(runs[0].Run, runs[0].Layer) : Decisions(name, runs))}{(operands.Length == 0 && runs.All(r => !r.Layer.IsFloat) ? (Html)$"<p class=\"decision\">Its products read the audio itself, 16 bit and exact.</p>\n" : Html.None)}{(runs.Count == 1 ? Html.None : trials)}<div class="charts">
            {operands.Select(operand => Operand(name, operand, [.. runs.Select(r => r.Run)]))}{(runs.Count == 1 ? trials : Html.None)}</div></details>

            """;
    }

    // What clipping does to words that the search did not hear may do harm. Where outliers are kept, a finer grid that does not help is only not needed.
    private static Html Doubt(IReadOnlyList<(ReportedRun Run, CalibratedLayer Layer)> runs)
    {
        (ReportedRun Run, CalibratedLayer Layer)[] doubtful = [.. runs.Where(r => r.Layer.HelpsOnHoldout == false)];
        return doubtful.Length == 0 ? Html.None
            : doubtful.All(r => r.Run.Request.Outliers == Outliers.Keep) ? (Html)$"<span class=\"badge plain\">fits the search speech only: harmless</span>"
            : (Html)$"<span class=\"badge warn\">fits the search speech only</span>";
    }

    private static Html Decision(ReportedRun run, CalibratedLayer layer) => $"""
        <p class="decision">{Why(layer)}. {(layer.IsFloat ? Html.None : (Html)$"Its grids cover <b>{Figures.Percentile(layer.Percentile)}</b>")}{(layer.OutlierShare > 0 ? $"; {OutlierText(run, layer)}" : "")}. {(layer.HelpsOnHoldout is null ? Html.None : (Html)$"On the holdout: {Holdout(run, layer)}.")}{Weights(layer)}</p>

        """;

    private static string OutlierText(ReportedRun run, CalibratedLayer layer) =>
        $"{Figures.Share(layer.OutlierShare)} of the values {(run.Request.Outliers == Outliers.Keep ? "kept as remainders" : "clipped")}";

    private static Html Weights(CalibratedLayer layer) => layer.WeightTrials.Count == 0 ? Html.None : (Html)$"""
         Its weights have <b>{layer.WeightBits} bits</b>; alone {string.Join(" and ", layer.WeightTrials.Select(trial => $"in {trial.Bits} they diverge by {Figures.Scientific(trial.Divergence)} and take {Figures.Count(trial.Bytes)} bytes"))}.
        """;

    private static Html Decisions(string name, IReadOnlyList<(ReportedRun Run, CalibratedLayer Layer)> runs)
    {
        static Html Decision((ReportedRun Run, CalibratedLayer Layer) of) => $"""
            <tr><th scope="row">{of.Run.Method}</th><td>{Why(of.Layer)}</td><td class="n">{Figures.Percentile(of.Layer.Percentile)}</td><td>{(of.Layer.OutlierShare > 0 ? OutlierText(of.Run, of.Layer) : "none")}</td><td>{Holdout(of.Run, of.Layer)}</td></tr>

            """;
        return $"""
            <div class="scroll" tabindex="0" role="region" aria-label="Decisions on {name}"><table><thead><tr><th scope="col">method</th><th scope="col">why</th><th scope="col" class="n">percentile</th><th scope="col">beyond</th><th scope="col">on the holdout</th></tr></thead>
            <tbody>{runs.Select(Decision)}</tbody></table></div>

            """;
    }

    private static string Why(CalibratedLayer layer) => (layer.Selected, layer.Why) switch
    {
        (true, "words") => "Selected: it alone costs words under MAX",
        (true, "divergence") => "Selected: it alone shifts the token probabilities under MAX",
        (true, "noise") => "Selected: its products' outputs are noisy under MAX",
        (true, "whole model") when layer.IsFloat => "Left in float32: no grid brings the whole model within the budget",
        (true, "whole model") => "Refined: the whole model lost too much",
        (true, _) => $"Selected: {layer.Why}",
        (false, _) when layer.IsFloat => "Left in float32, as asked for",
        (false, "max") when layer.Trials.Count > 0 => "Not selected: MAX does no harm",
        (false, _) => $"Method {layer.Why}",
    };

    private static Html Holdout(ReportedRun run, CalibratedLayer layer) => layer.HelpsOnHoldout switch
    {
        true => $"better than MAX, too",
        false when run.Request.Outliers == Outliers.Keep => $"no better than MAX, which is harmless as outliers are kept",
        false => $"<span class=\"wrong\">fits the search speech only</span>",
        null => $"–",
    };

    private static Html Trials(string name, IReadOnlyList<(ReportedRun Run, CalibratedLayer Layer)> runs, bool named)
    {
        if (runs.Count == 0)
        {
            return Html.None;
        }

        Html Trial(ReportedRun run, CalibratedLayer layer, LayerTrial trial)
        {
            bool chosen = trial.Percentile == layer.Percentile;
            double rise = trial.Wer - SensitivitySection.SearchFloatWer(run);
            return $"""
                <tr{(chosen ? (Html)$" class=\"chosen\"" : Html.None)}>{(named ? (Html)$"<td>{run.Method}</td>" : Html.None)}<td class="n">{(chosen ? "✓ " : "")}{Figures.Percentile(trial.Percentile)}</td><td class="n">{Figures.Percent(trial.Wer)}</td><td class="n">{Figures.Points(rise)} <span class="interval">({Figures.Points(trial.RiseLow)} … {Figures.Points(trial.RiseHigh)})</span></td><td class="n">{Figures.Scientific(trial.Divergence)}</td><td class="n">{Figures.Decibels(-trial.SignalToNoise)}</td></tr>

                """;
        }

        return $"""
            <div class="scroll" tabindex="0" role="region" aria-label="Trials of {name}"><table><caption>Tried with this layer alone quantized, on the calibration speech; 100 % is MAX, ✓ the choice</caption>
            <thead><tr>{(named ? (Html)$"<th scope=\"col\">method</th>" : Html.None)}<th scope="col" class="n">percentile</th><th scope="col" class="n">WER</th><th scope="col" class="n">rise, points</th><th scope="col" class="n">divergence</th><th scope="col" class="n">noise</th></tr></thead>
            <tbody>{runs.SelectMany(r => r.Layer.Trials.Select(trial => Trial(r.Run, r.Layer, trial)))}</tbody></table></div>

            """;
    }

    private static Html Operand(string layer, string name, IReadOnlyList<ReportedRun> runs)
    {
        (string Method, CalibratedOperand Operand)[] operands = [.. runs.Select(run => (run.Method, run.Result.Operands.First(o => o.Layer == layer && o.Name == name)))];
        Histogram recorded = operands[0].Operand.Recorded;
        Html GridText((string Method, CalibratedOperand Operand) of)
        {
            QuantizationGrid grid = of.Operand.Grid;
            (double low, double high) = HistogramChart.Range(grid);
            long outliers = grid.CountOutliers(of.Operand.Recorded);
            return $"""
                <li>{(runs.Count > 1 ? (Html)$"<em>{of.Method}</em>: " : Html.None)}{grid.Type.ToString().ToLowerInvariant()}, scale {Figures.Value(grid.Scale)}, zero point {grid.ZeroPoint}; covers {Figures.Value(low)} to {Figures.Value(high)}, {(outliers == 0 ? "all" : Figures.Percentile(grid.Percentile))} of the values; {Figures.Count(outliers)} beyond{(outliers == 0 ? "" : grid.Outliers == Outliers.Keep ? ", kept" : ", clipped")}</li>
                """;
        }

        return $"""
            <figure><figcaption><b>{name}</b> <span>{Figures.Count(recorded.Count)} values from {Figures.Value(recorded.Min)} to {Figures.Value(recorded.Max)}</span></figcaption>
            {HistogramChart.Draw(name, recorded, [.. operands.Select(o => (o.Method, o.Operand.Grid))])}<ul class="grids">{operands.Select(GridText)}</ul></figure>

            """;
    }
}

using StableQuant.Calibration.Calibrate;
using StableQuant.Graph;

namespace StableQuant.Calibration.Report;

/// <summary>The head of the page: what a reader in a hurry wants to know.</summary>
internal static class Summary
{
    public static Html Write(string model, IReadOnlyList<ReportedRun> runs)
    {
        // Of several methods the last one is what calibrate does by default, with weights of the last bits that were asked for.
        ReportedRun run = runs[^1];
        CalibrationResult result = run.Result;
        MeasuredSet set = result.Sets[^1];
        MeasureKind kind = set.Measurement.Kind;
        int changed = kind == MeasureKind.Words ? WordsSection.Changed(set).Count() : set.Float.Utterances.Zip(set.Quantized.Utterances).Count(u => u.First.Transcript.Text != u.Second.Transcript.Text);
        int selected = result.Layers.Count(layer => layer.Selected);
        Html compared = runs.Count == 1 ? Html.None : (Html)$" The figures are those of <em>{run.Method}</em>, one of {runs.Count} methods compared below.";
        return $"""
            <header>
            <p class="eyebrow">StableQuant calibration report</p>
            <h1>{model} <span>in int8</span></h1>
            <p class="lede">Calibrated on <b>{result.Sets[0].Measurement.Data}</b>, measured on <b>{set.Measurement.Data}</b>: {Figures.Count(set.Measurement.Utterances)} utterances,
            {Figures.Count(set.Measurement.Words)} {kind.Items()}{(set.Measurement.ManifestSha256 != result.Sets[0].Measurement.ManifestSha256 ? " that calibration did not see" : "")}.{compared}</p>
            <dl class="figures">
            {Figure(kind.Rate(), $"{Figures.Percent(set.Float.Wer)} <i>→</i> {Figures.Percent(set.Quantized.Wer)}", $"{ResultsSection.Change(set)} points")}
            {Figure("size", $"{Figures.Bytes(result.FloatBytes)} <i>→</i> {Figures.Bytes(result.QuantizedBytes)}", $"{result.SizeRatio:0.00} times the float model")}
            {Figure(kind == MeasureKind.Words ? "utterances with other words" : "utterances with another answer", $"{Figures.Count(changed)} <i>of</i> {Figures.Count(set.Measurement.Utterances)}", $"{Figures.Percent(set.Differing.Rate)} of float's {kind.Items()} differ")}
            <div class="speed"><dt>speed</dt><dd>{Figures.Times(set.Quantized.RealTimeFactor > 0 ? set.Float.RealTimeFactor / set.Quantized.RealTimeFactor : 0)}<small>float's, one thread, measured here: 1 s of audio in {Figures.Milliseconds(set.Quantized.RealTimeFactor)}</small></dd></div>
            {(result.Probe is { } probe ? Figure($"{kind.Items()} that differ, far speech", $"{Figures.Percent(probe.Differing.Rate)}", $"of float's {kind.Items()} on {probe.Measurement.Data}") : Html.None)}
            {Figure("layers selected", $"{selected} <i>of</i> {result.Layers.Count}", $"{(run.Request.Method == CalibrationMethod.StableQuant ? "their percentile was searched" : "this method selects none")}")}
            </dl>
            <nav aria-label="Contents"><a href="#results">{char.ToUpperInvariant(kind.Rate()[0])}{kind.Rate()[1..]}s</a> {(result.Noise.Count == 0 ? Html.None : (Html)$"<a href=\"#noise\">Silence and noise</a> ")}{(result.Probe is null ? Html.None : (Html)$"<a href=\"#probe\">Far speech</a> ")}<a href="#sensitivity">Sensitivity</a> <a href="#layers">Layers</a>{(kind == MeasureKind.Words ? (Html)$" <a href=\"#words\">Changed words</a>" : Html.None)} <a href="#receipt">Receipt</a></nav>
            </header>
            """;
    }

    private static Html Figure(string name, Html value, Html note) => $"<div><dt>{name}</dt><dd>{value}<small>{note}</small></dd></div>";
}

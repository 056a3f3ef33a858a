using System.Globalization;
using StableQuant.Calibration.Calibrate;
using StableQuant.Graph;

namespace StableQuant.Cli.Output;

/// <summary>What a person wants to know at the end of a calibration: is it as good as float, where to look, what to do next.</summary>
internal static class VerdictOutput
{
    /// <summary>Writes it to standard output.</summary>
    public static void Write(CalibrationResult result, CalibrationRequest request)
    {
        var verdict = Verdict.Of(result, request.WerBudget);
        Measurement measured = result.Sets[^1].Measurement;
        string speech = verdict.IsHeldBack ? "held-back speech" : "the calibration's own speech, which flatters";
        string margin = request.WerBudget.ToString(CultureInfo.InvariantCulture);
        TextLines.Write(
            (verdict.Outcome switch { VerdictOutcome.AsGood => "As good as float", VerdictOutcome.Worse => "Worse than float", _ => "Not decided" })
            + $" on {speech} ({measured.Data}, {measured.Words} {measured.Kind.Items()}): {measured.Kind.Rate()} {Rate.Points(verdict.Change)} points (95 % interval {Rate.Points(verdict.Low)} … {Rate.Points(verdict.High)}, margin {margin}).");
        TextLines.Write($"{result.ModelPath} and {result.WeightsPath} are written. {(request.Report is { } report ? $"{report.Path} shows {(measured.Kind == MeasureKind.Words ? "which words changed" : "what changed")}." : "--report FILE.html would show which words changed.")}");
        TextLines.Write("Next: " + verdict.Outcome switch
        {
            VerdictOutcome.AsGood when verdict.IsHeldBack => $"stablequant {(measured.Kind switch { MeasureKind.Words => "transcribe", MeasureKind.Embeddings => "embed", _ => "classify" })} {result.ModelPath} AUDIO",
            VerdictOutcome.Worse => "calibrate with a larger --budget, with --outliers keep, or with --allow-float.",
            VerdictOutcome.Undecided => "measure on more speech, with --holdout DATA.",
            _ => $"stablequant evaluate {result.ModelPath} --data OTHER_SPEECH",
        });
    }

    /// <summary>The same for JSON.</summary>
    public static object Json(CalibrationResult result, CalibrationRequest request)
    {
        var verdict = Verdict.Of(result, request.WerBudget);
        return new { Outcome = verdict.Outcome.ToString(), verdict.IsHeldBack, verdict.Change, verdict.Low, verdict.High, verdict.Margin };
    }
}

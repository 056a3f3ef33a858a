using System.Globalization;
using StableQuant.Calibration.Calibrate;
using StableQuant.Calibration.Evaluate;
using StableQuant.Graph;

namespace StableQuant.Cli.Output;

/// <summary>What a calibration decided and measured.</summary>
internal static class CalibrationOutput
{
    /// <summary>Writes it to standard output, for people.</summary>
    /// <param name="result">What came of the calibration.</param>
    /// <param name="request">What was asked.</param>
    public static void WriteText(CalibrationResult result, CalibrationRequest request)
    {
        Console.Out.Write(Layers(result));
        Console.Out.WriteLine();
        var summary = new TextTable("", "float", "int8", $"{Kind(result).Items()} that differ");
        foreach (Measurement measured in result.Receipt.Measurements)
        {
            summary.Add(
                $"{measured.Kind.Rate()}, {measured.Role} ({measured.Words} {measured.Kind.Items()})",
                Rate.Percent(measured.FloatWer), Rate.Percent(measured.QuantizedWer), measured.Differing is { } differing ? Rate.Percent(differing) : "–");
        }

        if (result.Noise.Count > 0)
        {
            summary.Add(
                "letters heard in silence and noise",
                Number(result.Noise.Sum(heard => heard.Float.Length)), Number(result.Noise.Sum(heard => heard.Quantized.Length)));
        }

        summary.Add("bytes", Number(result.FloatBytes), Number(result.QuantizedBytes));
        Console.Out.Write(summary);
        Console.Out.WriteLine();
        Console.Out.Write(Figures(result));
        Console.Out.WriteLine();
        if (result.Layers.Any(layer => layer.WeightTrials.Count > 0))
        {
            Console.Out.Write(WeightBits(result));
            Console.Out.WriteLine();
        }

        AttributionTable.Write(result);
        if (result.Sets[0] is { Float: var before, Quantized: var after } && 100 * (after.Wer - before.Wer) > request.WerBudget)
        {
            Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"The budget of {request.WerBudget} points is missed on the calibration speech: try a larger --budget, or --allow-float."));
        }

        VerdictOutput.Write(result, request);
    }

    /// <summary>Writes it to standard output as one JSON object.</summary>
    public static void WriteJson(CalibrationResult result, CalibrationRequest request) =>
        JsonOutput.Write(new
        {
            Model = result.ModelPath,
            Weights = result.WeightsPath,
            Measure = Kind(result).Items(),
            result.FloatWer,
            result.QuantizedWer,
            Verdict = VerdictOutput.Json(result, request),
            result.Quantized.Wer,
            result.Quantized.Cer,
            result.Quantized.Words,
            Utterances = result.Quantized.Utterances.Count,
            result.Quantized.AudioSeconds,
            result.Quantized.RealTimeFactor,
            Layers = result.Layers.Select(layer => new
            {
                layer.Name,
                layer.Selected,
                layer.Why,
                layer.IsFloat,
                layer.Percentile,
                Beyond = layer.OutlierShare,
                layer.WerWhenQuantizedAlone,
                layer.HelpsOnHoldout,
                layer.Trials,
                layer.WeightBits,
                layer.WeightTrials,
            }),
            result.Receipt.Levers,
            Differing = result.Receipt.Measurements.Select(m => new { m.Role, m.Data, m.Words, m.Differing }),
            Figures = result.Receipt.Measurements.Select(m => new { m.Role, m.Data, m.Figures }),
            result.Noise,
            Attribution = AttributionTable.Json(result.Attribution),
            Steps = result.Steps.Select(step => new { step.Name, step.Passes, Seconds = step.Time.TotalSeconds }),
            result.FloatBytes,
            result.QuantizedBytes,
        });

    private static MeasureKind Kind(CalibrationResult result) => result.Receipt.Measurements[0].Kind;

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static TextTable Figures(CalibrationResult result)
    {
        var table = new TextTable("95 % intervals", "", "float", "int8");
        foreach (Measurement measured in result.Receipt.Measurements)
        {
            foreach (MeasuredFigure figure in measured.Figures)
            {
                table.Add(measured.Role, ErrorFigure.Words(figure.Name, measured.Kind), figure.Float is { } value ? Rate.Percent(value) : "", FigureText.Of(figure));
            }
        }

        return table;
    }

    private static TextTable WeightBits(CalibrationResult result)
    {
        int[] tried = [.. result.Layers.SelectMany(layer => layer.WeightTrials).Select(trial => trial.Bits).Distinct().OrderDescending()];
        var table = new TextTable(["layer", "weight bits", .. tried.Select(bits => $"divergence of {bits} bits alone")]);
        foreach (CalibratedLayer layer in result.Layers.Where(layer => !layer.IsFloat))
        {
            table.Add([layer.Name, Number(layer.WeightBits), .. tried.Select(bits => layer.WeightTrials.FirstOrDefault(t => t.Bits == bits) is { } trial ? Rate.Scientific(trial.Divergence) : "–")]);
        }

        return table;
    }

    private static TextTable Layers(CalibrationResult result)
    {
        var table = new TextTable("layer", "selected", "percentile", "outliers", Kind(result) == MeasureKind.Words ? "WER alone" : $"{Kind(result).Rate()} alone", "rise, 95 % interval", "divergence", "noise", "");
        foreach (CalibratedLayer layer in result.Layers)
        {
            LayerTrial? alone = layer.Trials.Count > 0 ? layer.Trials[0] : null;
            table.Add(
                layer.Name,
                layer.Selected ? $"yes: {layer.Why}" : "no",
                layer.IsFloat ? "float32" : layer.Percentile.ToString("0.####", CultureInfo.InvariantCulture),
                Rate.Percent(layer.OutlierShare),
                alone is null ? "–" : Rate.Percent(alone.Wer),
                alone is null ? "–" : $"{Rate.Points(alone.RiseLow)} … {Rate.Points(alone.RiseHigh)}",
                alone is null ? "–" : Rate.Scientific(alone.Divergence),
                alone is null ? "–" : string.Create(CultureInfo.InvariantCulture, $"{-alone.SignalToNoise:F1} dB"),
                layer.HelpsOnHoldout == false ? "helps on the search's speech only" : "");
        }

        return table;
    }
}

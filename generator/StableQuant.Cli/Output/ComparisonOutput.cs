using System.Globalization;
using StableQuant.Calibration.Calibrate;
using StableQuant.Calibration.Evaluate;
using StableQuant.Calibration.Report;
using StableQuant.Graph;

namespace StableQuant.Cli.Output;

/// <summary>What several calibrations of one model came to.</summary>
internal static class ComparisonOutput
{
    /// <summary>Writes it to standard output as one JSON object.</summary>
    public static void WriteJson(IReadOnlyList<ReportedRun> compared)
    {
        CalibrationResult first = compared[0].Result;
        JsonOutput.Write(new
        {
            Measure = first.Float.Measure.Kind.Items(),
            FloatWer = first.Float.Wer,
            FloatCer = first.Float.Cer,
            first.Float.Words,
            Utterances = first.Float.Utterances.Count,
            FloatLettersInNoise = first.Noise.Sum(heard => heard.Float.Length),
            first.FloatBytes,
            Methods = compared.Select(c => new
            {
                Name = c.Method,
                WeightBits = c.Request.WeightBits.ToString(),
                c.Result.Quantized.Wer,
                c.Result.Quantized.Cer,
                Differing = c.Result.Sets[^1].Differing.Rate,
                ProbeDiffering = c.Result.Probe?.Differing.Rate,
                c.Result.Sets[^1].Measurement.Figures,
                ProbeFigures = c.Result.Probe?.Measurement.Figures,
                LettersInNoise = c.Result.Noise.Sum(heard => heard.Quantized.Length),
                c.Result.QuantizedBytes,
                c.Result.SizeRatio,
                LayersBelow100 = c.Result.Layers.Count(layer => layer.Percentile < 100),
            }),
            Attribution = AttributionTable.Json(compared[^1].Result.Attribution),
        });
    }

    /// <summary>Writes it to standard output, for people: a table of what calibrations cost and gain, and one of figures with intervals.</summary>
    public static void WriteText(IReadOnlyList<ReportedRun> compared)
    {
        EvaluationResult before = compared[0].Result.Float;
        Console.Out.Write(Methods(compared, before));
        Console.Out.WriteLine();
        Console.Out.Write(Figures(compared));
        Console.Out.WriteLine();
        Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"measured on {before.Utterances.Count} utterances, {before.Words} {before.Measure.Kind.Items()}"));
        AttributionTable.Write(compared[^1].Result);
    }

    private static TextTable Methods(IReadOnlyList<ReportedRun> compared, EvaluationResult before)
    {
        CalibrationResult first = compared[0].Result;
        MeasureKind kind = before.Measure.Kind;
        string[] OfWords(string text) => kind == MeasureKind.Words ? [text] : [];
        string[] Probed(Func<MeasuredSet, string> text) => first.Probe is { } probe ? [text(probe)] : [];
        var table = new TextTable(["method", kind == MeasureKind.Words ? "WER" : kind.Rate(), "change, 95 % interval", .. OfWords("CER"), $"{kind.Items()} that differ", .. Probed(_ => "on the probe"), .. OfWords("letters in noise"), "bytes", "of float", "layers below 100 %"]);
        table.Add(["float", Rate.Percent(before.Wer), "", .. OfWords(Rate.Percent(before.Cer)), "", .. Probed(_ => ""), .. OfWords(Number(first.Noise.Sum(heard => heard.Float.Length))), Number(first.FloatBytes), "", ""]);
        foreach ((string name, _, CalibrationResult result) in compared)
        {
            (double low, double high) = result.Sets[^1].ChangeInterval();
            table.Add([
                name,
                Rate.Percent(result.Quantized.Wer),
                $"{Rate.Points(result.Quantized.Wer - before.Wer)} ({Rate.Points(low)} … {Rate.Points(high)})",
                .. OfWords(Rate.Percent(result.Quantized.Cer)),
                Rate.Percent(result.Sets[^1].Differing.Rate),
                .. Probed(_ => Rate.Percent(result.Probe!.Differing.Rate)),
                .. OfWords(Number(result.Noise.Sum(heard => heard.Quantized.Length))),
                Number(result.QuantizedBytes),
                result.SizeRatio.ToString("0.000", CultureInfo.InvariantCulture),
                Number(result.Layers.Count(layer => layer.Percentile < 100)),
            ]);
        }

        return table;
    }

    // The error rate itself is in the first table.
    private static TextTable Figures(IReadOnlyList<ReportedRun> compared)
    {
        Measurement measured = compared[0].Result.Sets[^1].Measurement;
        MeasuredFigure[] first = [.. measured.Figures.Skip(1)];
        var table = new TextTable(["95 % intervals", .. first.Select(figure => ErrorFigure.Words(figure.Name, measured.Kind))]);
        table.Add(["float", .. first.Select(figure => figure.Float is { } value ? Rate.Percent(value) : "")]);
        foreach ((string name, _, CalibrationResult result) in compared)
        {
            table.Add([name, .. result.Sets[^1].Measurement.Figures.Skip(1).Select(FigureText.Of)]);
        }

        return table;
    }

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}

using System.CommandLine;
using System.Globalization;
using StableQuant.Calibration;
using StableQuant.Calibration.Calibrate;
using StableQuant.Calibration.Compile;
using StableQuant.Calibration.Evaluate;
using StableQuant.Calibration.Report;
using StableQuant.Calibration.Speech;
using StableQuant.Cli.Output;
using StableQuant.Graph;

namespace StableQuant.Cli.Commands;

/// <summary><c>stablequant compare MODEL.onnx --data DATA</c>: every calibration method on one model, in one table.</summary>
internal static class CompareCommand
{
    // The paper's method, pure, clips and listens to words alone; the last one is the default of calibrate.
    private static readonly (string Name, CalibrationMethod Method, Outliers Outliers, CalibrationLevers Levers)[] Methods =
    [
        ("max", CalibrationMethod.Max, Outliers.Clip, CalibrationLevers.None),
        ("percentile", CalibrationMethod.Percentile, Outliers.Clip, CalibrationLevers.None),
        ("entropy", CalibrationMethod.Entropy, Outliers.Clip, CalibrationLevers.None),
        ("mse", CalibrationMethod.Mse, Outliers.Clip, CalibrationLevers.None),
        ("stablequant, paper", CalibrationMethod.StableQuant, Outliers.Clip, CalibrationLevers.WeightScales),
        ("stablequant, clip", CalibrationMethod.StableQuant, Outliers.Clip, CalibrationLevers.All),
        ("stablequant, keep", CalibrationMethod.StableQuant, Outliers.Keep, CalibrationLevers.All),
    ];

    public static Command Create()
    {
        Argument<string> model = SharedOptions.OnnxModel();
        var settings = new SpeechSettings();
        var holdout = new Option<string?>("--holdout") { Description = "Speech to measure on; by default every fifth utterance of DATA, which no method then sees.", HelpName = "DATA" };
        Option<string?> vocabulary = SharedOptions.Vocabulary();
        Option<string?> probe = SharedOptions.Probe();
        Option<string?> report = SharedOptions.Report();
        Option<int> threads = SharedOptions.Threads();
        Option<bool> json = SharedOptions.Json();

        var command = new Command("compare", "Calibrate a float model by every method and measure them all on the same speech.")
        {
            model, holdout, probe, vocabulary, report, threads, json,
        };
        settings.AddTo(command);
        command.Handle((parse, cancellationToken) =>
        {
            int workers = parse.GetValue(threads);
            string modelPath = parse.GetRequiredValue(model);
            SpeechDataset speech = settings.LoadToCalibrate(parse, workers, cancellationToken);
            (SpeechDataset search, SpeechDataset measured) = settings.LoadOther(parse, parse.GetValue(holdout), workers, cancellationToken) is { } held
                ? (speech, held)
                : speech.HoldOut()
                    ?? throw new UsageException($"{settings.Names(parse)} has fewer than {SpeechDataset.MinToHoldOut} utterances: name with --holdout speech to measure on.");
            var request = new CalibrationRequest
            {
                ModelPath = modelPath,
                Vocabulary = VocabularyFile.LoadFor(modelPath, parse.GetValue(vocabulary)),
                Data = search,
                Holdout = measured,
                Probe = settings.LoadOther(parse, parse.GetValue(probe), workers, cancellationToken),
                OutputPath = "",
                Threads = workers,
                Warn = Messages.WriteNote,
            };
            List<ReportedRun> compared = Run(request, parse.GetValue(report), cancellationToken);
            Write(compared, parse.GetValue(json));
            return ExitStatus.Done;
        });
        return command;
    }

    private static List<ReportedRun> Run(CalibrationRequest request, string? reportPath, CancellationToken cancellationToken)
    {
        if (reportPath is not null)
        {
            AtomicFiles.Check(reportPath);
        }

        DirectoryInfo folder = Directory.CreateTempSubdirectory("stablequant-");
        try
        {
            List<ReportedRun> compared = ProgressDisplay.Run(report => Methods.Select(method =>
            {
                CalibrationRequest one = request with
                {
                    OutputPath = Path.Combine(folder.FullName, "compared" + ModelSource.CompiledEnding), Method = method.Method, Outliers = method.Outliers, Levers = method.Levers,
                    Attribute = method == Methods[^1], Warn = method == Methods[0] ? request.Warn : null,
                };
                var progress = new ProgressOf<CalibrationProgress>(p => report($"{method.Name}: {p.Step}", p.Done, p.Total));
                return new ReportedRun(method.Name, one, Calibrator.Run(one, progress, cancellationToken));
            }).ToList());
            if (reportPath is not null)
            {
                HtmlReport.Write(reportPath, compared);
            }

            return compared;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static void Write(List<ReportedRun> compared, bool json)
    {
        if (json)
        {
            JsonOutput.Write(new
            {
                FloatWer = compared[0].Result.Float.Wer,
                FloatCer = compared[0].Result.Float.Cer,
                compared[0].Result.Float.Words,
                Utterances = compared[0].Result.Float.Utterances.Count,
                FloatLettersInNoise = compared[0].Result.Noise.Sum(heard => heard.Float.Length),
                compared[0].Result.FloatBytes,
                Methods = compared.Select(c => new
                {
                    Name = c.Method,
                    c.Result.Quantized.Wer,
                    c.Result.Quantized.Cer,
                    Differing = c.Result.Sets[^1].Differing.Rate,
                    ProbeDiffering = c.Result.Probe?.Differing.Rate,
                    LettersInNoise = c.Result.Noise.Sum(heard => heard.Quantized.Length),
                    c.Result.QuantizedBytes,
                    LayersBelow100 = c.Result.Layers.Count(layer => layer.Percentile < 100),
                }),
                Attribution = AttributionTable.Json(compared[^1].Result.Attribution),
            });
            return;
        }

        EvaluationResult before = compared[0].Result.Float;
        bool isProbed = compared[0].Result.Probe is not null;
        var table = new TextTable(["method", "WER", "change, 95 % interval", "CER", "words that differ", .. isProbed ? ["on the probe"] : Array.Empty<string>(), "letters in noise", "bytes", "layers below 100 %"]);
        table.Add(["float", Rate.Percent(before.Wer), "", Rate.Percent(before.Cer), "", .. isProbed ? [""] : Array.Empty<string>(), Number(compared[0].Result.Noise.Sum(heard => heard.Float.Length)), Number(compared[0].Result.FloatBytes), ""]);
        foreach ((string name, _, CalibrationResult result) in compared)
        {
            (double low, double high) = Bootstrap.DifferenceInterval(
                [.. before.Utterances.Select(u => u.WordErrors)], [.. result.Quantized.Utterances.Select(u => u.WordErrors)]);
            table.Add([
                name,
                Rate.Percent(result.Quantized.Wer),
                string.Create(CultureInfo.InvariantCulture, $"{100 * (result.Quantized.Wer - before.Wer):+0.00;-0.00;0.00} ({100 * low:+0.00;-0.00;0.00} … {100 * high:+0.00;-0.00;0.00})"),
                Rate.Percent(result.Quantized.Cer),
                Rate.Percent(result.Sets[^1].Differing.Rate),
                .. result.Probe is { } probe ? [Rate.Percent(probe.Differing.Rate)] : Array.Empty<string>(),
                Number(result.Noise.Sum(heard => heard.Quantized.Length)),
                Number(result.QuantizedBytes),
                Number(result.Layers.Count(layer => layer.Percentile < 100)),
            ]);
        }

        Console.Out.Write(table);
        Console.Out.WriteLine();
        Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"measured on {before.Utterances.Count} utterances, {before.Words} words"));
        AttributionTable.Write(compared[^1].Result);
    }

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}

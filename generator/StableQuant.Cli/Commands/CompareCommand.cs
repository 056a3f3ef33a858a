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

/// <summary><c>stablequant compare MODEL --data DATA</c>: every calibration method on one model, in one table.</summary>
internal static class CompareCommand
{
    public static Command Create()
    {
        Argument<string> model = SharedOptions.FloatModel();
        var settings = new SpeechSettings();
        var holdout = new Option<string?>("--holdout") { Description = "Speech to measure on; by default every fifth utterance of DATA, which no method then sees.", HelpName = "DATA" };
        var floatModel = new FloatModelSettings();
        Option<string?> probe = SharedOptions.Probe();
        Option<string?> report = SharedOptions.Report();
        Option<int> threads = SharedOptions.Threads();
        Option<bool> json = SharedOptions.Json();

        var command = new Command("compare", "Calibrate a float model by every method and measure them all on the same speech.")
        {
            model, holdout, probe, report, threads, json,
        };
        settings.AddTo(command);
        floatModel.AddTo(command);
        command.Handle((parse, cancellationToken) =>
        {
            int workers = parse.GetValue(threads);
            string modelPath = parse.GetRequiredValue(model);
            FloatModelOptions options = floatModel.Read(parse);
            SpeechDataset speech = settings.LoadToCalibrate(parse, workers, cancellationToken);
            (SpeechDataset search, SpeechDataset measured) = settings.LoadOther(parse, parse.GetValue(holdout), workers, cancellationToken) is { } held
                ? (speech, held)
                : speech.HoldOut()
                    ?? throw new UsageException($"{settings.Names(parse)} has fewer than {SpeechDataset.MinToHoldOut} utterances: name with --holdout speech to measure on.");
            var request = new CalibrationRequest
            {
                ModelPath = modelPath,
                AllowSymlinks = options.AllowSymlinks,
                Language = options.Choice.Language,
                Note = Messages.WriteNote,
                Head = options.LoadHead(modelPath),
                Data = search,
                Holdout = measured,
                Probe = settings.LoadOther(parse, parse.GetValue(probe), workers, cancellationToken),
                OutputPath = "",
                CommandLine = ReportedCommand.Of(parse),
                Threads = workers,
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
            // What is to be said of model and speech the first of them says.
            string output = Path.Combine(folder.FullName, "compared" + ModelSource.CompiledEnding);
            (string Name, CalibrationRequest Request)[] requests =
            [
                .. ComparedMethod.All.Select(method => (method.Name, method.Of(request) with
                {
                    OutputPath = output, Attribute = method == ComparedMethod.All[^1], Note = method == ComparedMethod.All[0] ? request.Note : null,
                })),
            ];
            IReadOnlyList<CalibrationResult> results = ProgressDisplay.Run(report => Calibrator.RunAll(
                requests, new ProgressOf<CalibrationProgress>(p => report(p.Step, p.Done, p.Total, p.Overall)), cancellationToken));
            List<ReportedRun> compared = [.. requests.Zip(results, (one, result) => new ReportedRun(one.Name, one.Request, result))];
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
                Measure = compared[0].Result.Float.Measure.Kind.Items(),
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
        MeasureKind kind = before.Measure.Kind;
        string[] OfWords(string text) => kind == MeasureKind.Words ? [text] : [];
        bool isProbed = compared[0].Result.Probe is not null;
        var table = new TextTable(["method", kind == MeasureKind.Words ? "WER" : kind.Rate(), "change, 95 % interval", .. OfWords("CER"), $"{kind.Items()} that differ", .. isProbed ? ["on the probe"] : Array.Empty<string>(), .. OfWords("letters in noise"), "bytes", "layers below 100 %"]);
        table.Add(["float", Rate.Percent(before.Wer), "", .. OfWords(Rate.Percent(before.Cer)), "", .. isProbed ? [""] : Array.Empty<string>(), .. OfWords(Number(compared[0].Result.Noise.Sum(heard => heard.Float.Length))), Number(compared[0].Result.FloatBytes), ""]);
        foreach ((string name, _, CalibrationResult result) in compared)
        {
            (double low, double high) = result.Sets[^1].ChangeInterval();
            table.Add([
                name,
                Rate.Percent(result.Quantized.Wer),
                $"{Rate.Points(result.Quantized.Wer - before.Wer)} ({Rate.Points(low)} … {Rate.Points(high)})",
                .. OfWords(Rate.Percent(result.Quantized.Cer)),
                Rate.Percent(result.Sets[^1].Differing.Rate),
                .. result.Probe is { } probe ? [Rate.Percent(probe.Differing.Rate)] : Array.Empty<string>(),
                .. OfWords(Number(result.Noise.Sum(heard => heard.Quantized.Length))),
                Number(result.QuantizedBytes),
                Number(result.Layers.Count(layer => layer.Percentile < 100)),
            ]);
        }

        Console.Out.Write(table);
        Console.Out.WriteLine();
        Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"measured on {before.Utterances.Count} utterances, {before.Words} {kind.Items()}"));
        AttributionTable.Write(compared[^1].Result);
    }

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}

using System.CommandLine;
using StableQuant.Calibration;
using StableQuant.Calibration.Calibrate;
using StableQuant.Calibration.Compile;
using StableQuant.Calibration.Report;
using StableQuant.Calibration.Speech;
using StableQuant.Cli.Output;

namespace StableQuant.Cli.Commands;

/// <summary><c>stablequant compare MODEL --data DATA</c>: every calibration method on one model, with weights of as many bits as asked for, in one table.</summary>
internal static class CompareCommand
{
    public static Command Create()
    {
        Argument<string> model = SharedOptions.FloatModel();
        var settings = new SpeechSettings();
        var holdout = new Option<string?>("--holdout") { Description = "Speech to measure on; by default every fifth utterance of DATA, which no method then sees.", HelpName = "DATA" };
        var weightBits = new Option<string>("--weight-bits")
        {
            Description = "Bits of a weight, with commas between them, for instance 8,4,3: every method with each of them (auto with those of stablequant alone).",
            HelpName = "BITS,…",
            DefaultValueFactory = _ => WeightBits.Eight.ToString(),
        };
        var floatModel = new FloatModelSettings();
        Option<string?> probe = SharedOptions.Probe();
        Option<string?> report = SharedOptions.Report();
        Option<int> threads = SharedOptions.Threads();
        Option<bool> json = SharedOptions.Json();

        var command = new Command("compare", "Calibrate a float model by every method and measure them all on the same speech.")
        {
            model, holdout, weightBits, probe, report, threads, json,
        };
        settings.AddTo(command);
        floatModel.AddTo(command);
        command.Handle((parse, cancellationToken) =>
        {
            int workers = parse.GetValue(threads);
            string modelPath = parse.GetRequiredValue(model);
            IReadOnlyList<WeightBits> bits = Bits(parse.GetRequiredValue(weightBits));
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
            List<ReportedRun> compared = Run(request, bits, parse.GetValue(report), cancellationToken);
            if (parse.GetValue(json))
            {
                ComparisonOutput.WriteJson(compared);
            }
            else
            {
                ComparisonOutput.WriteText(compared);
            }

            return ExitStatus.Done;
        });
        return command;
    }

    private static List<ReportedRun> Run(CalibrationRequest request, IReadOnlyList<WeightBits> bits, string? reportPath, CancellationToken cancellationToken)
    {
        if (reportPath is not null)
        {
            AtomicFiles.Check(reportPath);
        }

        DirectoryInfo folder = Directory.CreateTempSubdirectory("stablequant-");
        try
        {
            // What is to be said of model and speech the first of them says. Those that search with the same bits share what they measure, beside the same file.
            IReadOnlyList<(string Name, CalibrationRequest Request)> all = ComparedMethod.Requests(request, bits);
            (string Name, CalibrationRequest Request)[] requests =
            [
                .. all.Select((one, i) => (one.Name, one.Request with
                {
                    OutputPath = Path.Combine(folder.FullName, $"compared-{one.Request.WeightBits.OfSearch}{ModelSource.CompiledEnding}"),
                    Attribute = i == all.Count - 1, Note = i == 0 ? request.Note : null,
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

    private static IReadOnlyList<WeightBits> Bits(string list)
    {
        string[] names = [.. list.Split(',').Select(name => name.Trim())];
        return names.FirstOrDefault(name => !WeightBits.Names.Contains(name, StringComparer.Ordinal)) is { } unknown
            ? throw new UsageException($"--weight-bits: there are no weights of '{unknown}' bits; there are {string.Join(", ", WeightBits.Names)}, with commas between them.")
            : names.Distinct(StringComparer.Ordinal).Count() < names.Length
            ? throw new UsageException($"--weight-bits: '{list}' names some bits twice; name each once.")
            : [.. names.Select(WeightBits.Parse)];
    }
}

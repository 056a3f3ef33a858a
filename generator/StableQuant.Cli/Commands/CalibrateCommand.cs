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

/// <summary><c>stablequant calibrate MODEL --data DATA -o NAME.sqmodel</c>: a float model becomes a quantized one.</summary>
internal static class CalibrateCommand
{
    private static readonly string[] Methods = [.. Enum.GetNames<CalibrationMethod>().Select(MethodName)];

    public static Command Create()
    {
        Argument<string> model = SharedOptions.FloatModel();
        var speech = new SpeechSettings();
        var output = new Option<string>("--output", "-o") { Description = "The quantized model; its .sqweights goes beside it.", HelpName = "NAME.sqmodel", Required = true };
        output.RequireEnding(ModelSource.CompiledEnding);
        var method = new Option<string>("--method")
        {
            Description = "How ranges are chosen.",
            HelpName = string.Join('|', Methods),
            DefaultValueFactory = _ => MethodName(nameof(CalibrationMethod.StableQuant)),
        };
        method.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: string name }] && !Methods.Contains(name, StringComparer.Ordinal))
            {
                result.AddError($"There is no method '{name}'; there are {string.Join(", ", Methods)}.{Suggestion.Of(name, Methods)}");
            }
        });
        var percentile = new Option<double?>("--percentile") { Description = "Share of the values, in percent, that a grid covers with --method percentile.", HelpName = "P" };
        var outliers = new Option<string?>("--outliers")
        {
            Description = "What happens to outliers, values that a grid does not cover: clip, as in the paper, or keep, which is exact. By default stablequant keeps, the others clip.",
            HelpName = "clip|keep",
        };
        outliers.AcceptOnlyFromAmong("clip", "keep");
        var levers = new Option<string>("--levers")
        {
            Description = $"What stablequant may add to the paper's steps: {string.Join(", ", CalibrationLeverNames.All.Keys)}, with commas between them, or none.",
            HelpName = "LEVER,…",
            DefaultValueFactory = _ => string.Join(',', CalibrationLevers.All.Names()),
        };
        var fidelity = new Option<string>("--fidelity")
        {
            Description = "How near to the float model stablequant goes where that takes time: standard, or high, with grids so fine that the model may take half as long again.",
            HelpName = "standard|high",
            DefaultValueFactory = _ => "standard",
        };
        fidelity.AcceptOnlyFromAmong("standard", "high");
        var weightBits = new Option<string>("--weight-bits")
        {
            Description = "Bits of a weight: 8; 4 or 3, which make a file of half the size or less and run as fast; auto, which gives each layer what it needs; 7, which runs faster on x64 processors without an int8 dot product and no faster elsewhere.",
            HelpName = string.Join('|', WeightBits.Names),
            DefaultValueFactory = _ => WeightBits.Eight.ToString(),
        };
        weightBits.AcceptOnlyFromAmong([.. WeightBits.Names]);
        var sizeLimit = new Option<long?>("--size-limit") { Description = "With --weight-bits auto: bytes that model and weights may take together.", HelpName = "BYTES" };
        var allowFloat = new Option<string?>("--allow-float")
        {
            Description = "Leave these layers in float32, for instance conv1,conv2; without names, let stablequant leave in float32 what it must to meet the budget.",
            HelpName = "LAYER,…",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var threshold = new Option<double>("--wer-threshold")
        {
            Description = "Rise in word error rate, in points, above which stablequant selects a layer.",
            HelpName = "POINTS",
            DefaultValueFactory = _ => 0.25,
        };
        var budget = new Option<int>("--budget")
        {
            Description = "How many times stablequant may refine a layer when the whole model loses more than 0.3 points.",
            HelpName = "N",
            DefaultValueFactory = _ => 10,
        };
        budget.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: string text }] && int.TryParse(text, out int passes) && passes < 0)
            {
                result.AddError("--budget takes 0 or more.");
            }
        });
        var floatModel = new FloatModelSettings();
        var holdout = new Option<string?>("--holdout") { Description = "Speech that calibration does not see, to measure the result on.", HelpName = "DATA" };
        Option<string?> probe = SharedOptions.Probe();
        Option<string?> report = SharedOptions.Report();
        Option<int> threads = SharedOptions.Threads();
        Option<bool> json = SharedOptions.Json();

        var command = new Command("calibrate", "Quantize a float model, guided by speech.")
        {
            model, output, method, percentile, outliers, levers, fidelity, weightBits, sizeLimit, allowFloat, threshold, budget, holdout, probe, report, threads, json,
        };
        speech.AddTo(command);
        floatModel.AddTo(command);
        command.Handle((parse, cancellationToken) =>
        {
            int workers = parse.GetValue(threads);
            string modelPath = parse.GetRequiredValue(model);
            FloatModelOptions options = floatModel.Read(parse);
            CalibrationMethod chosen = Enum.Parse<CalibrationMethod>(parse.GetRequiredValue(method), ignoreCase: true);
            var request = new CalibrationRequest
            {
                ModelPath = modelPath,
                AllowSymlinks = options.AllowSymlinks,
                Language = options.Choice.Language,
                Note = Messages.WriteNote,
                Head = options.LoadHead(modelPath),
                Data = speech.LoadToCalibrate(parse, workers, cancellationToken),
                Holdout = speech.LoadOther(parse, parse.GetValue(holdout), workers, cancellationToken),
                Probe = speech.LoadOther(parse, parse.GetValue(probe), workers, cancellationToken),
                Attribute = true,
                OutputPath = parse.GetRequiredValue(output),
                Report = parse.GetValue(report) is string page ? new ReportFile(page, HtmlReport.Render) : null,
                CommandLine = ReportedCommand.Of(parse),
                Method = chosen,
                Outliers = parse.GetValue(outliers) is string asked ? (asked == "keep" ? Outliers.Keep : Outliers.Clip)
                    : chosen == CalibrationMethod.StableQuant ? Outliers.Keep : Outliers.Clip,
                Levers = Levers(parse.GetRequiredValue(levers)),
                Fidelity = Enum.Parse<CalibrationFidelity>(parse.GetRequiredValue(fidelity), ignoreCase: true),
                WeightBits = WeightBits.Parse(parse.GetRequiredValue(weightBits)),
                SizeLimit = parse.GetValue(sizeLimit),
                AllowFloat = parse.GetResult(allowFloat) is { } given && given.Tokens.Count == 0,
                FloatLayers = parse.GetValue(allowFloat)?.Split(',').ToHashSet(StringComparer.Ordinal) ?? [],
                WerThreshold = parse.GetValue(threshold),
                Budget = parse.GetValue(budget),
                Threads = workers,
            };
            if (parse.GetValue(percentile) is double share)
            {
                request = request with { Percentile = Check(share, chosen) };
            }

            if (request.Fidelity == CalibrationFidelity.High && request is not { Method: CalibrationMethod.StableQuant, Outliers: Outliers.Keep })
            {
                throw new UsageException("--fidelity high belongs to --method stablequant, which keeps outliers.");
            }

            if (request.WeightBits.Fixed is null && chosen != CalibrationMethod.StableQuant)
            {
                throw new UsageException("--weight-bits auto belongs to --method stablequant.");
            }

            if (request.SizeLimit is not null && request.WeightBits.Fixed is not null)
            {
                throw new UsageException("--size-limit belongs to --weight-bits auto.");
            }

            CalibrationResult result = Run(request, cancellationToken);
            if (parse.GetValue(json))
            {
                CalibrationOutput.WriteJson(result, request);
            }
            else
            {
                CalibrationOutput.WriteText(result, request);
            }

            return ExitStatus.Done;
        });
        return command;
    }

    private static CalibrationResult Run(CalibrationRequest request, CancellationToken cancellationToken)
    {
        try
        {
            CalibrationResult result = ProgressDisplay.Run(report => Calibrator.Run(
                request, new ProgressOf<CalibrationProgress>(p => report(p.Step, p.Done, p.Total, p.Overall)), cancellationToken));
            foreach (CalibrationStep step in result.Steps)
            {
                Messages.WriteNote(string.Create(CultureInfo.InvariantCulture, $"{step.Name}: {step.Passes} passes over the speech, {step.Time.TotalSeconds:F1} s"));
            }

            return result;
        }
        catch (OperationCanceledException) when (File.Exists(SqModelFile.JournalPath(request.OutputPath)))
        {
            Messages.WriteNote($"{SqModelFile.JournalPath(request.OutputPath)} keeps what was measured; the same command goes on from there.");
            throw;
        }
    }

    private static double Check(double percentile, CalibrationMethod method) =>
        method != CalibrationMethod.Percentile ? throw new UsageException("--percentile belongs to --method percentile.") :
        percentile is > 50 and <= 100 ? percentile :
        throw new UsageException("--percentile takes more than 50 and at most 100.");

    private static CalibrationLevers Levers(string names) => names == "none" ? CalibrationLevers.None :
        names.Split(',').Aggregate(CalibrationLevers.None, (levers, name) => CalibrationLeverNames.All.TryGetValue(name, out CalibrationLevers lever)
            ? levers | lever
            : throw new UsageException($"There is no lever '{name}'; there are {string.Join(", ", CalibrationLeverNames.All.Keys)}, and none for none.{Suggestion.Of(name, CalibrationLeverNames.All.Keys)}"));

    private static string MethodName(string member) => member.ToLowerInvariant();
}

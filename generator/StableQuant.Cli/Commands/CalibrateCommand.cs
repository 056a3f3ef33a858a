using System.CommandLine;
using System.Globalization;
using StableQuant.Calibration;
using StableQuant.Calibration.Calibrate;
using StableQuant.Calibration.Evaluate;
using StableQuant.Cli.Output;
using StableQuant.Graph;

namespace StableQuant.Cli.Commands;

/// <summary><c>stablequant calibrate MODEL.onnx --data DATA -o NAME.sqmodel</c>: a float model becomes a quantized one.</summary>
internal static class CalibrateCommand
{
    private static readonly string[] Methods = [.. Enum.GetNames<CalibrationMethod>().Select(MethodName)];

    public static Command Create()
    {
        Argument<string> model = SharedOptions.OnnxModel();
        Option<string> data = SharedOptions.Data();
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
                result.AddError($"There is no method '{name}'; there are {string.Join(", ", Methods)}.");
            }
        });
        var percentile = new Option<double?>("--percentile") { Description = "Share of the values, in percent, that a grid covers with --method percentile.", HelpName = "P" };
        var outliers = new Option<string?>("--outliers")
        {
            Description = "What happens to values beyond a grid: clip, as in the paper, or keep as an exact integer remainder. By default stablequant keeps, the others clip.",
            HelpName = "clip|keep",
        };
        outliers.AcceptOnlyFromAmong("clip", "keep");
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
        Option<string?> vocabulary = SharedOptions.Vocabulary();
        var holdout = new Option<string?>("--holdout") { Description = "Speech that calibration does not see, to measure the result on.", HelpName = "DATA" };
        Option<string?> report = SharedOptions.Report();
        Option<int> threads = SharedOptions.Threads();
        Option<bool> json = SharedOptions.Json();

        var command = new Command("calibrate", "Quantize a float model, guided by speech.")
        {
            model, data, output, method, percentile, outliers, threshold, budget, vocabulary, holdout, report, threads, json,
        };
        command.Handle((parse, cancellationToken) =>
        {
            string modelPath = parse.GetRequiredValue(model);
            CalibrationMethod chosen = Enum.Parse<CalibrationMethod>(parse.GetRequiredValue(method), ignoreCase: true);
            var request = new CalibrationRequest
            {
                ModelPath = modelPath,
                Vocabulary = VocabularyFile.LoadFor(modelPath, parse.GetValue(vocabulary)),
                Data = SpeechDataset.Load(parse.GetRequiredValue(data)),
                Holdout = parse.GetValue(holdout) is string path ? SpeechDataset.Load(path) : null,
                OutputPath = parse.GetRequiredValue(output),
                ReportPath = parse.GetValue(report),
                Method = chosen,
                Outliers = parse.GetValue(outliers) is string kept ? (kept == "keep" ? Outliers.Keep : Outliers.Clip)
                    : chosen == CalibrationMethod.StableQuant ? Outliers.Keep : Outliers.Clip,
                WerThreshold = parse.GetValue(threshold),
                Budget = parse.GetValue(budget),
                Threads = parse.GetValue(threads),
            };
            if (parse.GetValue(percentile) is double share)
            {
                request = request with { Percentile = Check(share, chosen) };
            }

            Write(Run(request, cancellationToken), parse.GetValue(json));
            return ExitStatus.Done;
        });
        return command;
    }

    private static CalibrationResult Run(CalibrationRequest request, CancellationToken cancellationToken) =>
        ProgressDisplay.Run(report => Calibrator.Run(
            request, new ProgressOf<CalibrationProgress>(p => report(p.Step, p.Done, p.Total)), cancellationToken));

    private static double Check(double percentile, CalibrationMethod method) =>
        method != CalibrationMethod.Percentile ? throw new UsageException("--percentile belongs to --method percentile.") :
        percentile is > 50 and <= 100 ? percentile :
        throw new UsageException("--percentile takes more than 50 and at most 100.");

    private static string MethodName(string member) => member.ToLowerInvariant();

    private static void Write(CalibrationResult result, bool json)
    {
        if (json)
        {
            JsonOutput.Write(new
            {
                Model = result.ModelPath,
                Weights = result.WeightsPath,
                result.FloatWer,
                result.QuantizedWer,
                result.Quantized.Wer,
                result.Quantized.Cer,
                result.Quantized.Words,
                Utterances = result.Quantized.Utterances.Count,
                result.Quantized.AudioSeconds,
                result.Quantized.RealTimeFactor,
                result.Layers,
                result.FloatBytes,
                result.QuantizedBytes,
            });
            return;
        }

        var table = new TextTable("layer", "selected", "percentile", "WER alone");
        foreach (CalibratedLayer layer in result.Layers)
        {
            table.Add(
                layer.Name,
                layer.Selected ? "yes" : "no",
                layer.Percentile.ToString(CultureInfo.InvariantCulture),
                layer.WerWhenQuantizedAlone is double wer ? Percent(wer) : "–");
        }

        Console.Out.Write(table);
        Console.Out.WriteLine();
        var summary = new TextTable("", "float", "int8");
        foreach (Measurement measured in result.Receipt.Measurements)
        {
            summary.Add($"word error rate, {measured.Role} ({measured.Words} words)", Percent(measured.FloatWer), Percent(measured.QuantizedWer));
        }

        summary.Add("bytes", result.FloatBytes.ToString(CultureInfo.InvariantCulture), result.QuantizedBytes.ToString(CultureInfo.InvariantCulture));
        Console.Out.Write(summary);
        Console.Out.WriteLine();
        Console.Out.WriteLine($"{result.ModelPath} and {result.WeightsPath} are written.");
    }

    private static string Percent(double fraction) => string.Create(CultureInfo.InvariantCulture, $"{100 * fraction:F2} %");
}

using System.CommandLine;
using StableQuant.Calibration;
using StableQuant.Calibration.Calibrate;
using StableQuant.Calibration.Compile;
using StableQuant.Calibration.Evaluate;
using StableQuant.Calibration.Prove;
using StableQuant.Calibration.Report;
using StableQuant.Calibration.Speech;
using StableQuant.Cli.Output;
using StableQuant.Graph;

namespace StableQuant.Cli.Commands;

/// <summary><c>stablequant prove MODEL --data DATA</c>: calibrates on one part of the speech, judges float and int8 on the other, and writes a model card.</summary>
internal static class ProveCommand
{
    private const int MaxRareLimit = 1_000_000;

    public static Command Create()
    {
        Argument<string> model = SharedOptions.FloatModel();
        var speech = new SpeechSettings();
        var calibrationData = new Option<string?>("--calibration-data") { Description = "Speech to calibrate with; by default every fifth utterance of DATA, which is then not judged on.", HelpName = "DATA" };
        var output = new Option<string?>("--output", "-o") { Description = "The folder for the quantized model and its card; by default the model's name with -int8.", HelpName = "FOLDER" };
        var rare = new Option<int>("--rare")
        {
            Description = "A word is rare where the transcripts of DATA have it at most so many times.",
            HelpName = "K",
            DefaultValueFactory = _ => 5,
        };
        rare.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: string text }] && int.TryParse(text, out int limit) && limit is < 1 or > MaxRareLimit)
            {
                result.AddError($"--rare takes 1 to {MaxRareLimit}.");
            }
        });
        var floatModel = new FloatModelSettings();
        Option<int> threads = SharedOptions.Threads();
        Option<bool> json = SharedOptions.Json();
        var command = new Command("prove", "Calibrate a float model, judge it and the quantized one on other speech, and write the table of a model card.")
        {
            model, calibrationData, output, rare, threads, json,
        };
        speech.AddTo(command);
        floatModel.AddTo(command);
        command.Handle((parse, cancellationToken) =>
        {
            int workers = parse.GetValue(threads);
            string modelPath = parse.GetRequiredValue(model);
            FloatModelOptions options = floatModel.Read(parse);
            string name = Path.GetFileNameWithoutExtension(Path.TrimEndingDirectorySeparator(modelPath));
            string folder = parse.GetValue(output) ?? name + "-int8";
            string page = Path.Combine(folder, "model-card.html"), markdown = Path.Combine(folder, "model-card.md");
            AtomicFiles.Check(page);
            var request = new ProofRequest
            {
                ModelPath = modelPath,
                Vocabulary = options.LoadHead(modelPath) as Vocabulary
                    ?? throw new StableQuantException($"{modelPath}: has no words to prove; stablequant calibrate with --holdout judges models that classify or embed."),
                AllowSymlinks = options.AllowSymlinks,
                Language = options.Choice.Language,
                Data = speech.LoadToCalibrate(parse, workers, cancellationToken),
                CalibrationData = speech.LoadOther(parse, parse.GetValue(calibrationData), workers, cancellationToken),
                OutputPath = Path.Combine(folder, name + ModelSource.CompiledEnding),
                RareLimit = parse.GetValue(rare),
                Threads = workers,
                CommandLine = ReportedCommand.Of(parse),
                Note = Messages.WriteNote,
            };
            ModelCard card = ProgressDisplay.Run(report => Prover.Run(
                request, new ProgressOf<CalibrationProgress>(p => report(p.Step, p.Done, p.Total, p.Overall)), cancellationToken));
            using var files = new AtomicFiles();
            File.WriteAllText(files.Add(page), HtmlCard.Render(card));
            File.WriteAllText(files.Add(markdown), MarkdownCard.Render(card));
            files.Commit();
            if (parse.GetValue(json))
            {
                JsonOutput.Write(card);
            }
            else
            {
                CardOutput.Write(card);
                TextLines.Write($"{request.OutputPath}, {page} and {markdown} are written.");
            }

            return ExitStatus.Done;
        });
        return command;
    }
}

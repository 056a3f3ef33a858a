using System.CommandLine;
using System.Globalization;
using StableQuant.Audio;
using StableQuant.Calibration;
using StableQuant.Calibration.Compile;
using StableQuant.Calibration.Evaluate;
using StableQuant.Calibration.Vocabularies;
using StableQuant.Cli.Output;

namespace StableQuant.Cli.Commands;

/// <summary><c>stablequant logits MODEL INPUT -o OUT.npy</c>: what a model makes of one utterance, for other decoders and for comparison.</summary>
internal static class LogitsCommand
{
    private const string Ending = ".npy";

    public static Command Create()
    {
        Argument<string> model = SharedOptions.Model();
        var input = new Argument<string>("INPUT")
        {
            Description = "An audio file, heard as one utterance; or an .npy, float32 or float64 which is the network's own input: samples (samples,) or (1, samples), which nothing shifts or scales, or features (frames, channels) or (1, frames, channels).",
            HelpName = "INPUT",
        };
        var output = new Option<string>("--output", "-o") { Description = "The logits, float32 of the shape (frames, tokens); of a model that classifies (frames, classes), of one that embeds its embeddings.", HelpName = "OUT.npy", Required = true };
        output.RequireEnding(Ending);
        Option<bool> allowSymlinks = SharedOptions.AllowSymlinks();
        Option<string?> language = SharedOptions.Language();
        Option<int> threads = SharedOptions.Threads();
        Option<bool> json = SharedOptions.Json();
        var command = new Command("logits", "Write what a model makes of one utterance before decoding.") { model, input, output, allowSymlinks, threads, json };
        command.Handle((parse, cancellationToken) =>
        {
            string path = parse.GetRequiredValue(input), target = parse.GetRequiredValue(output), modelPath = parse.GetRequiredValue(model);
            AtomicFiles.Check(target);
            bool isRaw = path.EndsWith(Ending, StringComparison.OrdinalIgnoreCase);
            NetworkInput given = isRaw ? NpyFile.ReadInput(path) : new NetworkInput(AudioFile.Load16k(path, cancellationToken), 1);
            using IModelSource source = ModelSource.OpenForLogits(modelPath, isRaw ? given.Channels : null, parse.GetValue(threads), new FloatModelOptions { AllowSymlinks = parse.GetValue(allowSymlinks), Choice = new VocabularyChoice(Language: parse.GetValue(language)), Note = Messages.WriteNote });
            (float[] logits, int tokens) = Run(source, path, given.Values);
            using (var files = new AtomicFiles())
            {
                NpyFile.Write(files.Add(target), logits, tokens);
                cancellationToken.ThrowIfCancellationRequested();
                files.Commit();
            }

            int frames = logits.Length / tokens;
            if (parse.GetValue(json))
            {
                JsonOutput.Write(new { Model = modelPath, Input = path, Output = target, Samples = given.Values.Length, frames, tokens });
            }
            else
            {
                Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{target}: {frames} frames of {tokens} logits"));
            }

            return ExitStatus.Done;
        });
        return command;
    }

    private static (float[] Logits, int Tokens) Run(IModelSource source, string path, float[] samples)
    {
        try
        {
            using ICompiledModel instance = source.CreateAny(samples.Length / (double)AudioFile.ModelRate);
            return (instance.Outputs(samples, out int width), width);
        }
        catch (ArgumentException e)
        {
            throw new StableQuantException($"{path}: {e.Message}", e);
        }
    }
}

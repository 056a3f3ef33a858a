using System.CommandLine;
using StableQuant.Calibration;
using StableQuant.Calibration.Compile;
using StableQuant.Calibration.Evaluate;
using StableQuant.Cli.Output;

namespace StableQuant.Cli.Commands;

/// <summary><c>stablequant transcribe MODEL FILE…</c>: one line a file, path, TAB, text.</summary>
internal static class TranscribeCommand
{
    public static Command Create()
    {
        Argument<string> model = SharedOptions.Model();
        var files = new Argument<string[]>("FILE") { Description = "Audio files.", HelpName = "FILE", Arity = ArgumentArity.OneOrMore };
        Option<string?> vocabulary = SharedOptions.Vocabulary();
        Option<int> threads = SharedOptions.Threads();
        Option<bool> json = SharedOptions.Json();

        var command = new Command("transcribe", "Transcribe audio files: one line a file, path, TAB, text.")
        {
            model, files, vocabulary, threads, json,
        };
        command.Handle((parse, cancellationToken) =>
        {
            using IModelSource source = ModelSource.Open(parse.GetRequiredValue(model), parse.GetValue(vocabulary), parse.GetValue(threads));
            return Run(source, parse.GetRequiredValue(files), parse.GetValue(json), cancellationToken);
        });
        return command;
    }

    /// <summary>A bad file is reported and passed over; the exit status tells at the end.</summary>
    private static int Run(IModelSource source, string[] files, bool json, CancellationToken cancellationToken)
    {
        using var transcriber = new Transcriber(source);
        var entries = new List<object>();
        double audioSeconds = 0;
        double modelSeconds = 0;
        int status = ExitStatus.Done;
        foreach (string path in files)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                if (Directory.Exists(path))
                {
                    throw new StableQuantException($"{path}: is a folder; name the recordings in it.");
                }

                Transcript transcript = transcriber.Transcribe(path, cancellationToken);
                audioSeconds += transcript.AudioSeconds;
                modelSeconds += transcript.ModelSeconds;
                entries.Add(new { path, transcript.Text });
                if (!json)
                {
                    Console.Out.WriteLine($"{path}\t{transcript.Text}");
                }
            }
            catch (Exception e) when (CommandAction.IsForUser(e))
            {
                Messages.WriteError(e.Message);
                entries.Add(new { path, error = e.Message });
                status = ExitStatus.Failed;
            }
        }

        if (json)
        {
            JsonOutput.Write(new
            {
                files = entries,
                audioSeconds,
                realTimeFactor = audioSeconds > 0 ? modelSeconds / audioSeconds : 0,
            });
        }

        return status;
    }
}

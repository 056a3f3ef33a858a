using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using StableQuant.Audio;
using StableQuant.Calibration;
using StableQuant.Calibration.Compile;
using StableQuant.Calibration.Evaluate;
using StableQuant.Calibration.Speech;
using StableQuant.Cli.Output;
using StableQuant.Recognition;
using StableQuant.Subtitles;

namespace StableQuant.Cli.Commands;

/// <summary><c>stablequant transcribe MODEL FILE…</c>: one line a file, path, TAB, text; or words with times.</summary>
internal static class TranscribeCommand
{
    // Longer recordings are cut at pauses.
    private const double MaxUtterance = 20;

    public static Command Create()
    {
        Argument<string> model = SharedOptions.Model();
        var files = new Argument<string[]>("FILE") { Description = "Audio files of any length; - for standard input.", HelpName = "FILE", Arity = ArgumentArity.ZeroOrMore };
        var list = new Option<string?>("--list") { Description = "More audio files, a path a line, each transcribed when its line has come; - for standard input.", HelpName = "LIST" };
        var times = new Option<bool>("--times") { Description = "Below each file a line a word: start and end in seconds, confidence, word." };
        Option<TranscriptFormat?> format = TranscriptOutput.Format();
        Option<ChannelChoice> channel = AudioInput.Channel();
        var floatModel = new FloatModelSettings();
        Option<int> threads = SharedOptions.Threads();
        Option<bool> json = SharedOptions.Json();

        var command = new Command("transcribe", "Transcribe audio files: one line a file, path, TAB, text.")
        {
            model, files, list, times, format, channel, threads, json,
        };
        floatModel.AddTo(command);
        var search = new SearchSettings();
        search.AddTo(command, withAlternatives: true);
        command.Handle((parse, cancellationToken) =>
        {
            string[] paths = parse.GetValue(files) ?? [];
            PathList? listed = parse.GetValue(list) is { } name ? PathList.Open(name) : null;
            ChannelChoice channels = parse.GetValue(channel);
            if (parse.GetValue(format) is not null && channels == ChannelChoice.Each)
            {
                throw new UsageException("--format writes one channel's words; name one with --channel N.");
            }

            if (paths.Length == 0 && listed is null)
            {
                throw new UsageException("name one FILE or more, or a --list of them.");
            }

            if (parse.GetValue(format) is not null && (paths.Length > 1 || listed is not null || parse.GetValue(json)))
            {
                throw new UsageException("--format writes one file's words; name one FILE, and no --json.");
            }

            // Told before a model is compiled.
            HashSet<string> missing = [.. paths.Where(path => !AudioInput.Exists(path))];
            foreach (string path in missing)
            {
                Messages.WriteError(Missing(path));
            }

            var form = new Form(parse.GetValue(times), parse.GetValue(format), parse.GetValue(json));
            if (listed is null && paths.All(missing.Contains))
            {
                form.End([.. paths.Select(path => new { path, error = Missing(path) })], audioSeconds: 0, seconds: 0);
                return ExitStatus.Failed;
            }

            using IModelSource source = floatModel.Open(parse, parse.GetRequiredValue(model), parse.GetValue(threads));
            using ISpeechModel instance = source.Create(MaxUtterance);
            var recognizer = SearchSettings.Checked(() => new Recognizer(instance, new RecognizerOptions { Search = search.Read(parse) }));
            return Run(recognizer, instance.MinSamples, paths.Concat(listed?.Paths() ?? []), missing, channels, form, cancellationToken);
        });
        return command;
    }

    /// <summary>A bad file is reported and passed over; the exit status tells at the end.</summary>
    private static int Run(Recognizer recognizer, int minSamples, IEnumerable<string> files, HashSet<string> missing, ChannelChoice channels, Form form, CancellationToken cancellationToken)
    {
        var entries = new List<object>();
        double audioSeconds = 0;
        double seconds = 0;
        int status = ExitStatus.Done;
        foreach (string path in files)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!AudioInput.Exists(path))
            {
                if (!missing.Contains(path))
                {
                    Messages.WriteError(Missing(path));
                }

                entries.Add(new { path, error = Missing(path) });
                status = ExitStatus.Failed;
                continue;
            }

            try
            {
                long start = Stopwatch.GetTimestamp();
                IReadOnlyList<Transcription> heard = Recognize(recognizer, path, channels, cancellationToken);
                seconds += Stopwatch.GetElapsedTime(start).TotalSeconds;
                for (int i = 0; i < heard.Count; i++)
                {
                    AudioLength.RequireFrame(AudioInput.Name(path), (long)Math.Round(heard[i].Duration.TotalSeconds * AudioFile.ModelRate), minSamples);
                    int? number = channels == ChannelChoice.Each ? i + 1 : null;
                    audioSeconds += heard[i].Duration.TotalSeconds;
                    entries.Add(new
                    {
                        path, Channel = number ?? channels.ChannelNumber, heard[i].Text, Confidence = Math.Round(heard[i].Confidence, 3), Words = TranscriptOutput.Json(heard[i].Words), heard[i].Alternatives,
                    });
                    form.Write(path, number, heard[i]);
                }
            }
            catch (Exception e) when (CommandAction.IsForUser(e))
            {
                Messages.WriteError(e.Message);
                entries.Add(new { path, error = e.Message });
                status = ExitStatus.Failed;
            }
        }

        form.End(entries, audioSeconds, seconds);
        return status;
    }

    private static string Missing(string path) => $"{path}: there is no such file.";

    private static IReadOnlyList<Transcription> Recognize(Recognizer recognizer, string path, ChannelChoice channels, CancellationToken cancellationToken)
    {
        try
        {
            if (channels == ChannelChoice.Each || !AudioInput.IsFile(path))
            {
                return [.. AudioInput.Read(path, channels, cancellationToken).Channels.Select(pcm => recognizer.Recognize(pcm, cancellationToken))];
            }

            Transcription heard = recognizer.RecognizeFile(path, channels, cancellationToken);
            AudioInput.WriteNotes(path, heard.Notes);
            return [heard];
        }
        catch (ArgumentException e)
        {
            throw new StableQuantException($"{path}: {e.Message}", e);
        }
    }

    /// <summary>How results are printed.</summary>
    private sealed record Form(bool Times, TranscriptFormat? Format, bool Json)
    {
        public void Write(string path, int? channel, Transcription heard)
        {
            if (Json)
            {
                return;
            }

            if (Format is { } format)
            {
                TranscriptWriter.Write(Console.Out, new Subtitles.Transcript(TranscriptOutput.Name(path, format), heard.Duration.TotalSeconds, heard.Words), format);
                return;
            }

            TextLines.Write(channel is null ? [path, heard.Text] : [path, channel.Value.ToString(CultureInfo.InvariantCulture), heard.Text]);
            foreach (Alternative alternative in heard.Alternatives.Skip(1))
            {
                TextLines.Write("", alternative.Confidence.ToString("0.000", CultureInfo.InvariantCulture), alternative.Text);
            }

            if (Times)
            {
                TranscriptOutput.WriteTimes(heard.Words);
            }
        }

        /// <summary>What follows the last file.</summary>
        public void End(IReadOnlyList<object> files, double audioSeconds, double seconds)
        {
            if (Json)
            {
                JsonOutput.Write(new { files, audioSeconds, realTimeFactor = audioSeconds > 0 ? seconds / audioSeconds : 0 });
            }
        }
    }
}

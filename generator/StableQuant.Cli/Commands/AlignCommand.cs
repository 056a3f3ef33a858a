using System.CommandLine;
using StableQuant.Alignment;
using StableQuant.Audio;
using StableQuant.Calibration;
using StableQuant.Calibration.Compile;
using StableQuant.Calibration.Evaluate;
using StableQuant.Cli.Output;
using StableQuant.Subtitles;

namespace StableQuant.Cli.Commands;

/// <summary><c>stablequant align MODEL AUDIO TEXT</c>: when each word and character of a text was spoken.</summary>
internal static class AlignCommand
{
    // Windows of 20 s, and what lies around them.
    private const double WindowSeconds = 20;

    public static Command Create()
    {
        Argument<string> model = SharedOptions.Model();
        var audio = new Argument<string>("AUDIO") { Description = "The recording, of any length; - for standard input.", HelpName = "AUDIO" };
        var text = new Argument<string>("TEXT") { Description = "What was spoken: a text file, or, where there is no such file, the text itself.", HelpName = "TEXT" };
        Option<TranscriptFormat?> format = TranscriptOutput.Format();
        Option<ChannelChoice> channel = AudioInput.Channel();
        var skipsText = new Option<bool>("--skip-text") { Description = "Words of the text may be missing in the recording." };
        var floatModel = new FloatModelSettings();
        Option<int> threads = SharedOptions.Threads();
        Option<bool> json = SharedOptions.Json();
        var command = new Command("align", "Find when each word of a known text was spoken.") { model, audio, text, format, channel, skipsText, threads, json };
        floatModel.AddTo(command);
        command.Handle((parse, cancellationToken) =>
        {
            string path = parse.GetRequiredValue(audio);
            ChannelChoice heard = AudioInput.OneChannel(parse, channel);

            string spoken = Read(parse.GetRequiredValue(text));
            float[] pcm = AudioInput.Read(path, heard, cancellationToken).Samples;
            using IModelSource source = floatModel.Open(parse, parse.GetRequiredValue(model), parse.GetValue(threads));
            using ISpeechModel instance = source.Create(WindowSeconds);
            TextAlignment alignment = Align(path, instance, pcm, spoken, parse.GetValue(skipsText), cancellationToken);
            TranscriptFormat? wanted = parse.GetValue(json) ? TranscriptFormat.Json : parse.GetValue(format);
            if (wanted is { } form)
            {
                var transcript = new Subtitles.Transcript(TranscriptOutput.Name(path, form), pcm.Length / (double)instance.SampleRate, alignment.Words) { Characters = alignment.Characters };
                TranscriptWriter.Write(Console.Out, transcript, form);
            }
            else
            {
                TranscriptOutput.WriteTimes(alignment.Words);
            }

            return ExitStatus.Done;
        });
        return command;
    }

    private static string Read(string text)
    {
        if (!File.Exists(text))
        {
            return Directory.Exists(text) ? throw new StableQuantException($"{text}: is a folder; name a text file, or the text itself.") : text;
        }

        return File.ReadAllText(text);
    }

    private static TextAlignment Align(string path, ISpeechModel model, float[] pcm, string text, bool skipsText, CancellationToken cancellationToken)
    {
        try
        {
            return new Aligner(model, new AlignmentOptions { SkipsText = skipsText }).Align(pcm, text, cancellationToken);
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException)
        {
            throw new StableQuantException($"{path}: {exception.Message}", exception);
        }
    }
}

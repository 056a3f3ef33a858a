using System.CommandLine;
using System.Globalization;
using StableQuant.Recognition;
using StableQuant.Subtitles;

namespace StableQuant.Cli.Output;

/// <summary>Words with times, as commands print them.</summary>
internal static class TranscriptOutput
{
    /// <summary>--format.</summary>
    public static Option<TranscriptFormat?> Format()
    {
        var option = new Option<TranscriptFormat?>("--format")
        {
            Description = "Write words with times as json, subtitles (srt, vtt), a Praat TextGrid or CTM.",
            HelpName = "json|srt|vtt|textgrid|ctm",
            CustomParser = result => Enum.TryParse(result.Tokens[0].Value, ignoreCase: true, out TranscriptFormat format) && char.IsAsciiLetter(result.Tokens[0].Value[0]) ? format : Refuse(result),
        };
        option.AcceptOnlyFromAmong("json", "srt", "vtt", "textgrid", "ctm");
        return option;
    }

    /// <summary>Prints a line a word: start and end in seconds, confidence, text; separated by tabs.</summary>
    public static void WriteTimes(IEnumerable<Word> words)
    {
        foreach (Word word in words)
        {
            Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{word.Start:0.000}\t{word.End:0.000}\t{word.Confidence:0.000}\t{word.Text}"));
        }
    }

    /// <summary>Words as JSON has them.</summary>
    public static IEnumerable<object> Json(IEnumerable<Word> words) =>
        words.Select(word => new { word.Text, Start = Math.Round(word.Start, 3), End = Math.Round(word.End, 3), Confidence = Math.Round(word.Confidence, 3) });

    private static TranscriptFormat? Refuse(System.CommandLine.Parsing.ArgumentResult result)
    {
        result.AddError($"'{result.Tokens[0].Value}' is no format; use json, srt, vtt, textgrid or ctm.");
        return null;
    }
}

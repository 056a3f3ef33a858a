using System.CommandLine;
using System.Globalization;
using StableQuant.Graph;
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
            TextLines.Write(Decimal(word.Start), Decimal(word.End), Decimal(word.Confidence), word.Text);
        }
    }

    /// <summary>Words as JSON has them.</summary>
    public static IEnumerable<object> Json(IEnumerable<Word> words) =>
        words.Select(word => new { word.Text, Start = Math.Round(word.Start, 3), End = Math.Round(word.End, 3), Confidence = Math.Round(word.Confidence, 3) });

    /// <summary>What a recording is called in a transcript: its file's name without folder and ending. JSON has it as it is.</summary>
    public static string Name(string path, TranscriptFormat format)
    {
        string name = Path.GetFileNameWithoutExtension(path);
        return format == TranscriptFormat.Json ? name : PlainText.Of(name);
    }

    private static string Decimal(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);

    private static TranscriptFormat? Refuse(System.CommandLine.Parsing.ArgumentResult result)
    {
        result.AddError($"'{result.Tokens[0].Value}' is no format; use json, srt, vtt, textgrid or ctm.");
        return null;
    }
}

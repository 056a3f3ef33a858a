using System.Globalization;
using System.Text;
using StableQuant.Recognition;

namespace StableQuant.Subtitles;

/// <summary>Praat's TextGrid, the long form: tiers of intervals that cover the whole recording, those between words without text.</summary>
/// <remarks>Source: Praat manual, TextGrid file formats, section 2, The full text format of a TextGrid.</remarks>
internal static class TextGridText
{
    public static string Of(Transcript transcript)
    {
        double last = transcript.Words.Concat(transcript.Characters).Where(word => word.End > word.Start).Select(word => word.End).DefaultIfEmpty().Max();
        double end = transcript.Duration > last ? transcript.Duration : last;
        (string Name, List<Word> Intervals)[] tiers = [("words", Intervals(transcript.Words, end))];
        if (transcript.Characters.Count > 0)
        {
            tiers = [.. tiers, ("characters", Intervals(transcript.Characters, end))];
        }

        var text = new StringBuilder();
        text.Append("File type = \"ooTextFile\"\nObject class = \"TextGrid\"\n\n");
        Line($"xmin = 0 \nxmax = {end:0.######} \ntiers? <exists> \nsize = {tiers.Length} \nitem []: ");
        for (int i = 0; i < tiers.Length; i++)
        {
            (string name, List<Word> intervals) = tiers[i];
            Line($"    item [{i + 1}]:\n        class = \"IntervalTier\" \n        name = \"{name}\" \n        xmin = 0 \n        xmax = {end:0.######} \n        intervals: size = {intervals.Count} ");
            for (int k = 0; k < intervals.Count; k++)
            {
                // A quotation mark is written twice.
                string label = CleanText.Of(intervals[k].Text).Replace("\"", "\"\"", StringComparison.Ordinal);
                Line($"        intervals [{k + 1}]:\n            xmin = {intervals[k].Start:0.######} \n            xmax = {intervals[k].End:0.######} \n            text = \"{label}\" ");
            }
        }

        return text.ToString();

        void Line(FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
    }

    private static List<Word> Intervals(IReadOnlyList<Word> words, double end)
    {
        List<Word> intervals = [];
        double last = 0;
        foreach (Word word in words)
        {
            // Intervals follow each other without overlap, and none is empty.
            double start = Math.Max(word.Start, last);
            if (!(word.End > start))
            {
                continue;
            }

            if (start > last)
            {
                intervals.Add(new Word("", last, start, 0));
            }

            intervals.Add(word with { Start = start });
            last = word.End;
        }

        if (end > last || intervals.Count == 0)
        {
            intervals.Add(new Word("", last, end, 0));
        }

        return intervals;
    }
}

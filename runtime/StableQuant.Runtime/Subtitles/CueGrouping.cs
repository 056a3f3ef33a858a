using System.Globalization;
using System.Text;
using StableQuant.Recognition;

namespace StableQuant.Subtitles;

/// <summary>Groups words into subtitles.</summary>
public static class CueGrouping
{
    private const string SentenceEnds = ".?!…。？！";
    private const string Closers = "\"'”’»)]";

    /// <summary>
    /// Groups words into subtitles: a new one begins where the next word would not fit, would be shown too long, comes after a pause, or begins a
    /// sentence once the subtitle has its shortest time. The lines of a subtitle are made about as long as each other.
    /// </summary>
    /// <param name="words">The words, by time. Those without duration, which were not spoken, are left out.</param>
    /// <param name="options">The limits; null for the usual ones.</param>
    /// <exception cref="ArgumentOutOfRangeException">A limit of the options is not positive.</exception>
    public static IReadOnlyList<SubtitleCue> Group(IReadOnlyList<Word> words, SubtitleOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(words);
        options ??= new SubtitleOptions();
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.MaxLineLength, nameof(options));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.MaxLines, nameof(options));
        List<SubtitleCue> cues = [];
        List<Word> cue = [];
        foreach (Word word in words)
        {
            Word clean = word with { Text = CleanText.Of(word.Text) };
            if (!(word.End > word.Start) || clean.Text.Length == 0)
            {
                continue;
            }

            if (cue.Count > 0 && Breaks(cue, clean, options))
            {
                cues.Add(Cue(cue, options));
                cue.Clear();
            }

            cue.Add(clean);
        }

        if (cue.Count > 0)
        {
            cues.Add(Cue(cue, options));
        }

        return Shown(cues, options);
    }

    private static bool Breaks(List<Word> cue, Word next, SubtitleOptions options)
    {
        double start = cue[0].Start, end = cue[^1].End;
        return next.Start - end >= options.PauseSeconds
            || next.End - start > options.MaxSeconds
            || (end - start >= options.MinSeconds && cue[^1].Text.TrimEnd([.. Closers]) is [.., char last] && SentenceEnds.Contains(last, StringComparison.Ordinal))
            || Wrap([.. cue, next], options.MaxLineLength).Count > options.MaxLines;
    }

    private static SubtitleCue Cue(List<Word> words, SubtitleOptions options)
    {
        // The narrowest lines that are no more than the widest make.
        int lines = Wrap(words, options.MaxLineLength).Count;
        int width = options.MaxLineLength;
        while (lines > 1 && width > 1 && Wrap(words, width - 1).Count == lines)
        {
            width--;
        }

        return new SubtitleCue(words[0].Start, words[^1].End, string.Join('\n', Wrap(words, width)));
    }

    /// <summary>Puts words in lines of so many characters, as few lines as go: one at least.</summary>
    internal static List<string> Wrap(List<Word> words, int width)
    {
        List<string> lines = [];
        var line = new StringBuilder();
        int length = 0;
        foreach (Word word in words)
        {
            int added = new StringInfo(word.Text).LengthInTextElements;
            bool space = line.Length > 0 && !(IsUnspaced(line.ToString(), last: true) && IsUnspaced(word.Text, last: false));
            if (line.Length > 0 && length + added + (space ? 1 : 0) > width)
            {
                lines.Add(line.ToString());
                line.Clear();
                (length, space) = (0, false);
            }

            line.Append(space ? " " : "").Append(word.Text);
            length += added + (space ? 1 : 0);
        }

        lines.Add(line.ToString());
        return lines;
    }

    // Characters of scripts without spaces, with what punctuation follows them, come without.
    private static bool IsUnspaced(string text, bool last)
    {
        IEnumerable<Rune> letters = text.EnumerateRunes().Where(rune => !Rune.IsPunctuation(rune));
        return UnspacedScript.Has(last ? letters.LastOrDefault() : letters.FirstOrDefault());
    }

    private static List<SubtitleCue> Shown(List<SubtitleCue> cues, SubtitleOptions options)
    {
        for (int i = 0; i < cues.Count; i++)
        {
            double end = Math.Max(cues[i].End, cues[i].Start + options.MinSeconds);
            cues[i] = cues[i] with { End = i + 1 < cues.Count ? Math.Min(end, Math.Max(cues[i + 1].Start, cues[i].Start)) : end };
        }

        return cues;
    }
}

using StableQuant.Decoding;
using StableQuant.Recognition;

namespace StableQuant.Alignment;

/// <summary>Makes words and characters of a path through the trellis of a text.</summary>
internal sealed class AlignmentBuilder(AlignmentText text, FrameCosts costs, FrameTiming timing, SpeechLevels levels)
{
    private readonly (int First, int End)[] frames = new (int, int)[text.Tokens.Count];

    public TextAlignment Build(ReadOnlySpan<int> path)
    {
        for (int frame = 0; frame < path.Length; frame++)
        {
            if (path[frame] >= 0)
            {
                ref (int First, int End) token = ref frames[path[frame]];
                token = (token.End == 0 ? frame : token.First, frame + 1);
            }
        }

        List<Word> words = [];
        List<Word> characters = [];
        foreach ((TextWord word, double start, double end) in Times())
        {
            int first = characters.Count;
            if (IsSpoken(word))
            {
                AddCharacters(word, start, end, characters);
            }

            words.Add(Whole(word, start, end, characters.Skip(first)));
        }

        return new TextAlignment(words, characters);
    }

    private bool IsSpoken(TextWord word) => frames[word.FirstToken].End > 0;

    // Skipped speech is no part of a word's sound, however close: it is timed like a word between them.
    private List<(TextWord Word, double Start, double End)> Times()
    {
        List<(int Word, int First, int End)> sounds = [];
        int behind = 0;
        for (int i = 0; i < text.Words.Count; i++)
        {
            if (IsSpoken(text.Words[i]))
            {
                (int first, int end) = (frames[text.Words[i].FirstToken].First, frames[text.Words[i].EndToken - 1].End);
                AddSkipped(behind, first, sounds);
                sounds.Add((i, first, end));
                behind = end;
            }
        }

        AddSkipped(behind, costs.Count, sounds);
        var found = new (double Start, double End)[text.Words.Count];
        var timer = new WordTimer(levels, timing);
        for (int i = 0; i <= sounds.Count && sounds.Count > 0; i++)
        {
            (double Start, double End) former = i < sounds.Count ? timer.Next(sounds[i].First, sounds[i].End) : timer.Last();
            if (i > 0 && sounds[i - 1].Word >= 0)
            {
                found[sounds[i - 1].Word] = former;
            }
        }

        List<(TextWord Word, double Start, double End)> times = [];
        double last = 0;
        for (int i = 0; i < found.Length; i++)
        {
            // What was not spoken is where the word before it ends.
            (double start, last) = IsSpoken(text.Words[i]) ? found[i] : (last, last);
            times.Add((text.Words[i], start, last));
        }

        return times;
    }

    // A single token between words is rather a word's own, heard again.
    private void AddSkipped(int first, int end, List<(int Word, int First, int End)> sounds)
    {
        int runs = 0, start = end, behind = end, before = -1;
        for (int frame = first; frame < end; frame++)
        {
            int token = costs.Heard(frame);
            if (token >= 0)
            {
                runs += token == before ? 0 : 1;
                start = Math.Min(start, frame);
                behind = frame + 1;
            }

            before = token;
        }

        if (runs > 1)
        {
            sounds.Add((-1, start, behind));
        }
    }

    private void AddCharacters(TextWord word, double start, double end, List<Word> characters)
    {
        double from = start;
        for (int token = word.FirstToken; token < word.EndToken;)
        {
            // Letters that stand for one (ss for ß) are one.
            int behind = token + 1;
            while (behind < word.EndToken && text.Tokens[behind].Start == text.Tokens[token].Start)
            {
                behind++;
            }

            // One ends, and the next begins, half way between the middles of the frames beside.
            double to = behind == word.EndToken ? end
                : Math.Clamp((timing.Middle(frames[behind - 1].End - 1) + timing.Middle(frames[behind].First)) / 2, from, end);
            (double logPosterior, double? score) = Quality(token, behind);
            characters.Add(new Word(text.Text[text.Tokens[token].Start..text.Tokens[token].End], from, to, (float)LogMath.Exp(logPosterior), (float?)score));
            from = to;
            token = behind;
        }
    }

    // The mean logarithm of the posteriors of some tokens, and of their ratio to the best others'.
    private (double LogPosterior, double? Score) Quality(int first, int end)
    {
        long cost = 0, ratio = 0;
        int count = 0;
        for (int token = first; token < end; token++)
        {
            for (int frame = frames[token].First; frame < frames[token].End; frame++, count++)
            {
                int own = costs[frame][costs.Columns[token]];
                cost += own;
                ratio += costs.BestOther(frame, text.Tokens[token].Id) - own;
            }
        }

        double unit = 1.0 / FrameCosts.PerNat / count;
        return (-cost * unit, text.Tokens[first].Id == AlignmentText.Wildcard ? null : ratio * unit);
    }

    private Word Whole(TextWord word, double start, double end, IEnumerable<Word> characters)
    {
        string written = text.Text[word.Start..word.End];
        if (!IsSpoken(word))
        {
            return new Word(written, start, end, 0);
        }

        (long cost, int count) = (0, 0);
        for (int token = word.FirstToken; token < word.EndToken; token++)
        {
            for (int frame = frames[token].First; frame < frames[token].End; frame++, count++)
            {
                cost += costs[frame][costs.Columns[token]];
            }
        }

        double[] scores = [.. characters.Where(c => c.Score is not null).Select(c => (double)c.Score!)];
        return new Word(written, start, end, (float)LogMath.Exp(-cost / (double)FrameCosts.PerNat / count), scores.Length > 0 ? (float)(scores.Sum() / scores.Length) : null);
    }
}

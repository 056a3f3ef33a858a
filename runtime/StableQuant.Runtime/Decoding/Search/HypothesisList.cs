namespace StableQuant.Decoding.Search;

/// <summary>The hypotheses that a search ended with, ranked.</summary>
/// <param name="beam">The most entries of the search.</param>
/// <param name="best">The most hypotheses that are kept.</param>
internal sealed class HypothesisList(int beam, int best)
{
    private readonly CandidateTable texts = new(beam);
    private readonly BestEntries picked = new(best);
    private readonly (SearchPath Path, HypothesisScores Scores)[] ranked = new (SearchPath, HypothesisScores)[best];
    private int count;

    /// <summary>A hypothesis by its rank, 0 the best.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is none.</exception>
    public (SearchPath Path, HypothesisScores Scores) this[int rank]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(rank);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(rank, count);
            return ranked[rank];
        }
    }

    /// <summary>Ends all entries, joins those of the same text, and ranks them.</summary>
    /// <param name="entries">What the search ended with.</param>
    /// <param name="models">What scores the ends.</param>
    /// <param name="freeScore">Logarithm of the probability of the best path without restrictions.</param>
    /// <param name="frames">Frames of the utterance.</param>
    /// <returns>The number of hypotheses.</returns>
    public int Rank(ReadOnlySpan<BeamEntry> entries, SearchModels models, double freeScore, int frames)
    {
        texts.Clear();
        foreach (ref readonly BeamEntry entry in entries)
        {
            SearchContext context = entry.Context;
            if (models.TryFinish(ref context))
            {
                Join(entry, context);
            }
        }

        double all = double.NegativeInfinity;
        foreach (ref BeamEntry text in texts.Entries)
        {
            text.Score = text.Sum + text.Context.Earned;
            all = LogMath.Add(all, text.Score);
        }

        count = 0;
        foreach (int index in picked.Pick(texts.Entries, double.NegativeInfinity))
        {
            ref readonly BeamEntry text = ref texts.Entries[index];
            double ratio = frames == 0 ? 0 : Math.Min(text.Token.Score - freeScore, 0) / frames;
            ranked[count++] = (text.Token, new HypothesisScores(text.Sum, text.Score, Math.Min(LogMath.Exp(text.Score - all), 1), ratio));
        }

        return count;
    }

    // From here on it does not matter how paths end: the path of the last token stands for both.
    private void Join(in BeamEntry entry, in SearchContext context)
    {
        SearchPath path = entry.Best;
        int index = texts.Find(context.Text, out int slot);
        if (index < 0)
        {
            ref BeamEntry text = ref texts.Add(slot);
            text = entry;
            (text.Key, text.Context, text.Token) = (context.Text, context, path);
        }
        else
        {
            ref BeamEntry text = ref texts.Entries[index];
            text.Sum = LogMath.Add(text.Sum, entry.Sum);
            text.Token = path.Score > text.Token.Score ? path : text.Token;
        }
    }
}

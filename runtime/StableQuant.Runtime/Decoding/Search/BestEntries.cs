namespace StableQuant.Decoding.Search;

/// <summary>
/// Picks the entries of the highest scores, by a heap whose root is the lowest of them. Of equal scores the entry that came first is
/// the better, so that the choice is the same everywhere.
/// </summary>
/// <param name="capacity">How many are picked at most.</param>
internal sealed class BestEntries(int capacity)
{
    private readonly double[] scores = new double[capacity];
    private readonly int[] indices = new int[capacity];
    private int count;

    /// <summary>Picks.</summary>
    /// <param name="entries">The entries; −∞ is never picked.</param>
    /// <param name="least">The least score that is picked.</param>
    /// <returns>The indices of those picked, best first.</returns>
    public ReadOnlySpan<int> Pick(ReadOnlySpan<BeamEntry> entries, double least)
    {
        count = 0;
        for (int i = 0; i < entries.Length; i++)
        {
            double score = entries[i].Score;
            if (!(score >= least) || score == double.NegativeInfinity)
            {
                continue;
            }

            if (count < scores.Length)
            {
                Rise(count++, score, i);
            }
            else if (score > scores[0])
            {
                Sink(0, count, score, i);
            }
        }

        // The lowest goes to the end of what is left, again and again.
        for (int last = count - 1; last > 0; last--)
        {
            (double score, int index) = (scores[last], indices[last]);
            (scores[last], indices[last]) = (scores[0], indices[0]);
            Sink(0, last, score, index);
        }

        return indices.AsSpan(0, count);
    }

    private static bool IsWorse(double score, int index, double than, int thanIndex) => score < than || (score == than && index > thanIndex);

    private void Rise(int at, double score, int index)
    {
        while (at > 0)
        {
            int parent = (at - 1) / 2;
            if (!IsWorse(score, index, scores[parent], indices[parent]))
            {
                break;
            }

            (scores[at], indices[at]) = (scores[parent], indices[parent]);
            at = parent;
        }

        (scores[at], indices[at]) = (score, index);
    }

    private void Sink(int at, int end, double score, int index)
    {
        for (int child = (2 * at) + 1; child < end; child = (2 * at) + 1)
        {
            if (child + 1 < end && IsWorse(scores[child + 1], indices[child + 1], scores[child], indices[child]))
            {
                child++;
            }

            if (!IsWorse(scores[child], indices[child], score, index))
            {
                break;
            }

            (scores[at], indices[at]) = (scores[child], indices[child]);
            at = child;
        }

        (scores[at], indices[at]) = (score, index);
    }
}

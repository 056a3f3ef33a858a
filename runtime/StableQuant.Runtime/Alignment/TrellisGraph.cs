namespace StableQuant.Alignment;

/// <summary>The states of a text, and which of them follow each other.</summary>
internal sealed class TrellisGraph
{
    // A word that is skipped costs so much, and so much more a token: more than unclear speech, less than other words.
    private const int SkippedWord = 4 * FrameCosts.PerNat;
    private const int SkippedToken = 2 * FrameCosts.PerNat;

    public TrellisGraph(AlignmentText text, int[] columns, bool skipsText)
    {
        Columns = columns;
        SameAsBefore = new int[columns.Length];
        IsGap = new int[columns.Length + 1];
        for (int i = 1; i < columns.Length; i++)
        {
            SameAsBefore[i] = text.Tokens[i].Id == text.Tokens[i - 1].Id && text.Tokens[i].Id != AlignmentText.Wildcard ? Trellis.Unreachable : 0;
        }

        IsGap[^1] = -1;
        foreach (TextWord word in text.Words)
        {
            IsGap[word.FirstToken] = -1;
        }

        Skips = skipsText ? [.. text.Words.Select(word => (word.FirstToken, word.EndToken, SkippedWord + ((word.EndToken - word.FirstToken) * SkippedToken)))] : [];
    }

    /// <summary>Number of tokens.</summary>
    public int Tokens => Columns.Length;

    /// <summary>The column of each token's cost.</summary>
    public int[] Columns { get; }

    /// <summary>Not 0, but <see cref="Trellis.Unreachable"/>, for a token that is the same as the one before: a blank must lie between.</summary>
    public int[] SameAsBefore { get; }

    /// <summary>All bits set for blanks between words; the one at index k is before token k.</summary>
    public int[] IsGap { get; }

    /// <summary>Words that may be skipped, in order: from the blank at First to the one at End, within a frame.</summary>
    public (int First, int End, int Cost)[] Skips { get; }
}

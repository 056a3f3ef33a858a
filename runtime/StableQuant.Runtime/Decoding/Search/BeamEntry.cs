namespace StableQuant.Decoding.Search;

/// <summary>A prefix of the text that the search follows. Prefixes of the same text with the same last token are one: what follows is scored alike.</summary>
internal struct BeamEntry
{
    /// <summary>What the text is, with its last token: equal for equal prefixes.</summary>
    public ulong Key;

    /// <summary>The last token; −1 before the first.</summary>
    public int LastToken;

    /// <summary>Natural logarithm of the probability of all paths that end in a blank.</summary>
    public double BlankSum;

    /// <summary>Natural logarithm of the probability of all paths that end in the last token.</summary>
    public double TokenSum;

    /// <summary>Natural logarithm of the probability of all paths: the two sums together.</summary>
    public double Sum;

    /// <summary>The best of the paths that end in a blank.</summary>
    public SearchPath Blank;

    /// <summary>The best of the paths that end in the last token.</summary>
    public SearchPath Token;

    /// <summary>Where the prefix stands in the models.</summary>
    public SearchContext Context;

    /// <summary>What entries are ranked by: the probability of all paths, and what the models add.</summary>
    public double Score;

    /// <summary>The best path.</summary>
    public readonly SearchPath Best => Token.Score > Blank.Score ? Token : Blank;
}

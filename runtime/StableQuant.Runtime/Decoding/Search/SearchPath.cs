namespace StableQuant.Decoding.Search;

/// <summary>The best single path of a prefix that ends in a certain way: its score, and the runs of tokens that it is made of.</summary>
internal struct SearchPath
{
    /// <summary>Natural logarithm of its probability; −∞ where there is no path.</summary>
    public double Score;

    /// <summary>Its last run in <see cref="RunArena"/>, or −1; of a fresh path that of the token before the last.</summary>
    public int Run;

    /// <summary>The frame behind that run's last one.</summary>
    public int End;

    /// <summary>The largest probability of that run's token in its frames.</summary>
    public float Probability;

    /// <summary>Whether the last token begins in this frame, so that its run is not in the arena yet.</summary>
    public bool IsFresh;

    /// <summary>No path.</summary>
    public static SearchPath None => new() { Score = double.NegativeInfinity, Run = -1 };
}

namespace StableQuant.Subtitles;

/// <summary>How much a subtitle holds, and for how long: what broadcasters and streaming services ask for, unless it is changed.</summary>
/// <remarks>Source: Netflix Timed Text Style Guide, general requirements and English: 42 characters a line, two lines, seven seconds at most.</remarks>
public sealed record SubtitleOptions
{
    /// <summary>The most characters of a line; a longer word has a line of its own. 42.</summary>
    public int MaxLineLength { get; init; } = 42;

    /// <summary>The most lines. 2.</summary>
    public int MaxLines { get; init; } = 2;

    /// <summary>The shortest time that a subtitle is shown, in seconds, where the next one leaves so much. 1.</summary>
    public double MinSeconds { get; init; } = 1;

    /// <summary>The longest time that a subtitle is shown, in seconds, unless a single word takes longer. 7.</summary>
    public double MaxSeconds { get; init; } = 7;

    /// <summary>A pause so long, in seconds, begins a new subtitle. 0.8.</summary>
    public double PauseSeconds { get; init; } = 0.8;
}

namespace StableQuant.Alignment;

/// <summary>What an alignment may leave out.</summary>
public sealed record AlignmentOptions
{
    /// <summary>
    /// Whether speech that the text lacks may be skipped, before, between and behind words: what <c>&lt;star&gt;</c> does elsewhere. A frame of it costs
    /// a little more than the best token that it has. On unless it is turned off.
    /// </summary>
    public bool SkipsSpeech { get; init; } = true;

    /// <summary>Whether words of the text that were not spoken may be skipped. They come back with no duration and a confidence of 0. Off unless it is turned on.</summary>
    public bool SkipsText { get; init; }
}

namespace StableQuant.Recognition;

/// <summary>A word, or a character of one, and when it was spoken.</summary>
/// <param name="Text">As recognised, or as the aligned text has it, case and punctuation included.</param>
/// <param name="Start">Where its sound begins, in seconds from the start of the audio.</param>
/// <param name="End">Where its sound ends, in seconds; not before <paramref name="Start"/>.</param>
/// <param name="Confidence">
/// 0 … 1. Of a recognised word, the posterior probability of its spelling (<see cref="WordFinder"/>); of aligned text, the geometric mean of the posteriors of its tokens;
/// 0 where aligned text was not spoken.
/// </param>
/// <param name="Score">Goodness of pronunciation in nats (<c>Aligner</c>); null where words were recognised, not aligned, and for what no token stands for.</param>
public readonly record struct Word(string Text, double Start, double End, float Confidence, float? Score = null);

using StableQuant.Decoding;

namespace StableQuant.Recognition;

/// <summary>A word among the tokens of an utterance, and when it was spoken.</summary>
/// <param name="FirstToken">Index of its first token.</param>
/// <param name="EndToken">Index behind its last token: <see cref="Decoding.CtcVocabulary.WriteText"/> of the tokens between is its text.</param>
/// <param name="Start">Where its sound begins, in seconds from the start of the audio.</param>
/// <param name="End">Where its sound ends, in seconds.</param>
/// <param name="Confidence">The posterior probability of its spelling, 0 … 1 (<see cref="WordFinder"/>).</param>
public readonly record struct WordSpan(int FirstToken, int EndToken, double Start, double End, float Confidence);

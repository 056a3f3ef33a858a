namespace StableQuant.Graph;

/// <summary>What the values of the last operation stand for: one record here for each way.</summary>
public abstract record Head;

/// <summary>The CTC vocabulary: each value of a frame is the logit of a token.</summary>
/// <param name="Tokens">One text a head output. Tokens in angle brackets are special and make no text.</param>
/// <param name="Blank">Index of the CTC blank.</param>
/// <param name="WordDelimiter">Index of the token that stands for the space between words; −1 for none.</param>
public sealed record Vocabulary(EquatableArray<string> Tokens, int Blank, int WordDelimiter) : Head;

/// <summary>Classes: each value is the logit of one.</summary>
/// <param name="Labels">The classes' names, one a head output.</param>
/// <param name="PerFrame">Whether each frame is classified by itself, not the utterance as a whole.</param>
/// <param name="Exclusive">Whether one class at a time is right, so that a softmax makes probabilities of logits; else each is right or wrong by itself, by a sigmoid.</param>
public sealed record Classes(EquatableArray<string> Labels, bool PerFrame, bool Exclusive) : Head;

/// <summary>An embedding: the values have no names. Of several frames their mean stands for the utterance.</summary>
public sealed record Embedding : Head;

namespace StableQuant.Calibration.Vocabularies;

/// <summary>What a user says of a vocabulary that its files leave open, or have wrong.</summary>
/// <param name="Blank">The token that is the CTC blank; null for the tokenizer's, or the one that is named so.</param>
/// <param name="Delimiter">The token that stands for the space between words; null for the tokenizer's, or the one that is named so.</param>
/// <param name="Language">Which of the languages; null for the tokenizer's.</param>
public sealed record VocabularyChoice(string? Blank = null, string? Delimiter = null, string? Language = null)
{
    /// <summary>Nothing.</summary>
    public static VocabularyChoice None { get; } = new();
}

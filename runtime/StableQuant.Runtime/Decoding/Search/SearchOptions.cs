using StableQuant.Decoding.Grammars;
using StableQuant.Decoding.Hotwords;
using StableQuant.Decoding.NGrams;

namespace StableQuant.Decoding.Search;

/// <summary>
/// How to search, and what for. The defaults search without any model; scores are natural logarithms. The default weights of a language model
/// were found on development speech of a small model; tune them on speech of your own.
/// </summary>
public sealed class SearchOptions
{
    /// <summary>The most prefixes that are followed from frame to frame, 1 to 4096. More take longer and lose less.</summary>
    public int Beam { get; init; } = 64;

    /// <summary>The most hypotheses that are returned, 1 to <see cref="Beam"/>.</summary>
    public int NBest { get; init; } = 1;

    /// <summary>A model of which words follow which; null for none.</summary>
    public NGramModel? LanguageModel { get; init; }

    /// <summary>What the language model's log-probabilities are multiplied by, 0 to 10.</summary>
    public double LanguageModelWeight { get; init; } = 0.7;

    /// <summary>What each word adds to the score, −20 to 20: where a language model makes too few words of the speech, more helps. It counts with a language model only.</summary>
    public double WordBonus { get; init; }

    /// <summary>What each character of a word that neither the language model nor the hotwords have adds to the score, −20 to 0.</summary>
    public double UnknownCharacterPenalty { get; init; } = -2.8;

    /// <summary>Words and phrases to prefer; null for none.</summary>
    public HotwordList? Hotwords { get; init; }

    /// <summary>What may be said at all; null for anything.</summary>
    public Grammar? Grammar { get; init; }

    /// <summary>
    /// The letters that may be found, in any case and order; null for all. Tokens that write others are left out. Spaces always may be found,
    /// and letters that the vocabulary lacks do not matter.
    /// </summary>
    public string? Alphabet { get; init; }

    /// <summary>The least probability of a token in a frame for it to be tried there. It does not hold for a grammar.</summary>
    internal double MinTokenProbability { get; init; } = 1e-4;

    /// <summary>How much worse than the best a prefix may be. It does not hold for a grammar.</summary>
    internal double ScoreMargin { get; init; } = 20;
}

using StableQuant.Decoding.Grammars;
using StableQuant.Decoding.Hotwords;
using StableQuant.Decoding.NGrams;
using StableQuant.Decoding.Search;

namespace StableQuant.Decoding.Tests;

/// <summary>A vocabulary so small that every text of some frames can be listed, and searches that lose none of them.</summary>
internal static class ExampleSearch
{
    public const int Frames = 7;

    /// <summary>A space, two letters, and a token of two letters.</summary>
    public static readonly CtcVocabulary Vocabulary = new(["<pad>", "|", "A", "B", "AB"], blank: 0, wordDelimiter: 1);

    /// <summary>Such a vocabulary without a space.</summary>
    public static readonly CtcVocabulary Spaceless = new(["<pad>", "A", "B", "AB"], blank: 0, wordDelimiter: -1);

    public static float[] Logits(CtcVocabulary? vocabulary = null) => BruteForce.Logits(20, Frames, (vocabulary ?? Vocabulary).Count);

    public static IReadOnlyList<Hypothesis> All(NGramModel? model = null, HotwordList? hotwords = null, Grammar? grammar = null, double wordBonus = 0, CtcVocabulary? vocabulary = null)
    {
        var options = new SearchOptions
        {
            Beam = 4096,
            NBest = 4096,
            MinTokenProbability = 0,
            ScoreMargin = double.PositiveInfinity,
            LanguageModel = model,
            LanguageModelWeight = 0.8,
            WordBonus = wordBonus,
            UnknownCharacterPenalty = -1.25,
            Hotwords = hotwords,
            Grammar = grammar,
        };
        return new CtcBeamSearch(vocabulary ?? Vocabulary, options).Decode(Logits(vocabulary), Frames);
    }
}

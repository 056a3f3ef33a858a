using System.Text;

namespace StableQuant.Calibration.Evaluate;

/// <summary>
/// Errors between a reference and a hypothesis, by the alignment with the fewest of them (Levenshtein distance). Among
/// alignments with equally many errors the one with most items right is counted, that is with fewest substitutions.
/// </summary>
/// <param name="Substitutions">Items that became another.</param>
/// <param name="Insertions">Items of the hypothesis that the reference lacks.</param>
/// <param name="Deletions">Items of the reference that the hypothesis lacks.</param>
/// <param name="Length">Items of the reference.</param>
public readonly record struct ErrorRate(int Substitutions, int Insertions, int Deletions, int Length)
{
    /// <summary>All errors.</summary>
    public int Errors => Substitutions + Insertions + Deletions;

    /// <summary>
    /// Errors over the reference's length, a fraction; insertions can take it beyond 1. Against an empty reference it
    /// is 0 without errors and 1 with any.
    /// </summary>
    public double Rate => Length > 0 ? (double)Errors / Length : Math.Min(Errors, 1);

    /// <summary>Sums the counts, so that <see cref="Rate"/> weighs every item alike, not every utterance.</summary>
    public static ErrorRate operator +(ErrorRate left, ErrorRate right) => new(
        left.Substitutions + right.Substitutions,
        left.Insertions + right.Insertions,
        left.Deletions + right.Deletions,
        left.Length + right.Length);

    /// <summary>The same as the operator.</summary>
    public static ErrorRate Add(ErrorRate left, ErrorRate right) => left + right;

    /// <summary>Word errors of two texts, made comparable by <see cref="ScoringText"/>.</summary>
    public static ErrorRate OfWords(string reference, string hypothesis) =>
        Count<string>(ScoringText.Words(ScoringText.Normalize(reference)), ScoringText.Words(ScoringText.Normalize(hypothesis)));

    /// <summary>Character errors of two texts, made comparable by <see cref="ScoringText"/>; spaces count as characters.</summary>
    public static ErrorRate OfCharacters(string reference, string hypothesis) =>
        Count<Rune>([.. ScoringText.Normalize(reference).EnumerateRunes()], [.. ScoringText.Normalize(hypothesis).EnumerateRunes()]);

    /// <summary>Errors between two sequences.</summary>
    public static ErrorRate Count<T>(ReadOnlySpan<T> reference, ReadOnlySpan<T> hypothesis)
        where T : IEquatable<T>
    {
        // row[j]: the best alignment of the reference read so far with the first j items of the hypothesis.
        var row = new ErrorRate[hypothesis.Length + 1];
        for (int j = 1; j <= hypothesis.Length; j++)
        {
            row[j] = row[j - 1] with { Insertions = j };
        }

        for (int i = 0; i < reference.Length; i++)
        {
            ErrorRate diagonal = row[0];
            row[0] = row[0] with { Deletions = i + 1 };
            for (int j = 1; j <= hypothesis.Length; j++)
            {
                ErrorRate best = reference[i].Equals(hypothesis[j - 1]) ? diagonal : diagonal with { Substitutions = diagonal.Substitutions + 1 };
                best = Better(best, row[j] with { Deletions = row[j].Deletions + 1 });
                best = Better(best, row[j - 1] with { Insertions = row[j - 1].Insertions + 1 });
                diagonal = row[j];
                row[j] = best;
            }
        }

        return row[^1] with { Length = reference.Length };
    }

    /// <summary>The better of two alignments of the same items; of equally good ones the first.</summary>
    internal static ErrorRate Better(ErrorRate first, ErrorRate second) =>
        (second.Errors, second.Substitutions).CompareTo((first.Errors, first.Substitutions)) < 0 ? second : first;
}

using StableQuant.Decoding;

namespace StableQuant.Classification;

/// <summary>The classes that a model tells apart, and how its logits become probabilities.</summary>
public sealed class ClassLabels
{
    private readonly string[] names;

    /// <summary>Makes labels; the names are copied.</summary>
    /// <param name="names">One name for each logit, in that order.</param>
    /// <param name="areExclusive">Whether one class at a time is right.</param>
    /// <exception cref="ArgumentException">There is no name, or one is null.</exception>
    public ClassLabels(string[] names, bool areExclusive)
    {
        ArgumentNullException.ThrowIfNull(names);
        if (names.Length == 0 || names.Contains(null))
        {
            throw new ArgumentException("There is no class, or one without a name.", nameof(names));
        }

        this.names = [.. names];
        AreExclusive = areExclusive;
    }

    /// <summary>The names, one for each logit.</summary>
    public ReadOnlySpan<string> Names => names;

    /// <summary>Number of classes.</summary>
    public int Count => names.Length;

    /// <summary>The name of a class.</summary>
    /// <param name="index">Its index.</param>
    public string this[int index] => names[index];

    /// <summary>Whether one class at a time is right, so that probabilities sum to 1; else each is right or wrong by itself: two speakers may speak at once.</summary>
    public bool AreExclusive { get; }

    /// <summary>The most probable classes.</summary>
    /// <param name="probabilities">A probability, or a logit, for each class: one row.</param>
    /// <param name="best">Receives the indices of the largest ones, the largest first, of equals the first one.</param>
    /// <returns>How many were written: the length of <paramref name="best"/>, or the number of classes if that is less.</returns>
    /// <exception cref="ArgumentException"><paramref name="probabilities"/> is not of that many.</exception>
    public int Rank(ReadOnlySpan<float> probabilities, Span<int> best)
    {
        if (probabilities.Length != Count)
        {
            throw new ArgumentException($"There are {probabilities.Length} probabilities for {Count} classes.", nameof(probabilities));
        }

        int found = 0;
        for (int i = 0; i < probabilities.Length; i++)
        {
            // By insertion: what is no better than the last of a full list is left out.
            int place = found;
            while (place > 0 && probabilities[i] > probabilities[best[place - 1]])
            {
                place--;
            }

            if (place < best.Length)
            {
                found = Math.Min(found + 1, best.Length);
                best[place..(found - 1)].CopyTo(best[(place + 1)..found]);
                best[place] = i;
            }
        }

        return found;
    }

    /// <summary>Turns logits into probabilities, row by row, in double: the same bits on every processor.</summary>
    /// <param name="logits">[frames, classes] values; the probabilities, 0 … 1, take their place.</param>
    /// <exception cref="ArgumentException">There are other than whole rows.</exception>
    public void ToProbabilities(Span<float> logits)
    {
        if (logits.Length % Count != 0)
        {
            throw new ArgumentException($"{logits.Length} logits are no whole rows of {Count} classes.", nameof(logits));
        }

        for (; logits.Length > 0; logits = logits[Count..])
        {
            Span<float> row = logits[..Count];
            double normalizer = AreExclusive ? LogSoftmax.Normalizer(row) : 0;
            foreach (ref float logit in row)
            {
                logit = AreExclusive ? (float)LogMath.Exp(LogSoftmax.LogPosterior(logit, normalizer)) : Sigmoid(logit);
            }
        }
    }

    private static float Sigmoid(float logit) => logit < 0 ? (float)(LogMath.Exp(logit) / (1 + LogMath.Exp(logit))) : (float)(1 / (1 + LogMath.Exp(-logit)));
}

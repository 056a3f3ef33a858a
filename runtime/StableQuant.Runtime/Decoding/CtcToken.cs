namespace StableQuant.Decoding;

/// <summary>A token that a decoder found, and the frames that it was found in.</summary>
/// <param name="Id">Its index in the vocabulary; never the blank.</param>
/// <param name="FirstFrame">The first frame of its run.</param>
/// <param name="EndFrame">The frame behind the last one of its run.</param>
/// <param name="Probability">The largest posterior probability that it has in one of these frames, 0 … 1; 0 where no logit of them is a number.</param>
public readonly record struct CtcToken(int Id, int FirstFrame, int EndFrame, float Probability)
{
    /// <summary>The mean probability of some tokens; 0 for none.</summary>
    internal static double MeanProbability(ReadOnlySpan<CtcToken> tokens)
    {
        double sum = 0;
        foreach (CtcToken token in tokens)
        {
            sum += token.Probability;
        }

        return sum / Math.Max(tokens.Length, 1);
    }

    /// <summary>Which of some tokens begin within some frames.</summary>
    /// <param name="tokens">Tokens in the order of their frames.</param>
    /// <param name="from">The first frame.</param>
    /// <param name="end">The frame behind the last one.</param>
    internal static Range Within(ReadOnlySpan<CtcToken> tokens, long from, long end)
    {
        int first = 0;
        while (first < tokens.Length && tokens[first].FirstFrame < from)
        {
            first++;
        }

        int last = tokens.Length;
        while (last > first && tokens[last - 1].FirstFrame >= end)
        {
            last--;
        }

        return first..last;
    }
}

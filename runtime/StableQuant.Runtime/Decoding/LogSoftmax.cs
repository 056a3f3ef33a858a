namespace StableQuant.Decoding;

/// <summary>
/// Posteriors of tokens and their logarithms, in double: the same bits on every processor (<see cref="LogMath"/>).
/// </summary>
internal static class LogSoftmax
{
    /// <summary>
    /// What the logits of a frame exceed their logarithmic posteriors by: the logarithm of the sum of their exponentials. A logit that
    /// is NaN counts as −∞.
    /// </summary>
    /// <param name="row">The frame's logits.</param>
    /// <returns>A number, or an infinity where no logit, or an infinite one, is the largest.</returns>
    public static double Normalizer(ReadOnlySpan<float> row)
    {
        float max = float.NegativeInfinity;
        foreach (float logit in row)
        {
            max = logit > max ? logit : max;
        }

        if (!float.IsFinite(max))
        {
            return max;
        }

        double sum = 0;
        foreach (float logit in row)
        {
            sum += logit > float.NegativeInfinity ? LogMath.Exp((double)logit - max) : 0;
        }

        return max + LogMath.Log(sum);
    }

    /// <summary>The logarithm of a token's posterior.</summary>
    /// <param name="logit">The token's logit.</param>
    /// <param name="normalizer">What <see cref="Normalizer"/> says of its frame.</param>
    /// <returns>0 or less; −∞ where either is not a finite number.</returns>
    public static double LogPosterior(float logit, double normalizer) =>
        float.IsFinite(logit) && double.IsFinite(normalizer) ? Math.Min(logit - normalizer, 0) : double.NegativeInfinity;

    /// <summary>The posterior of a token in a frame. A logit that is NaN counts as −∞.</summary>
    /// <param name="row">The frame's logits.</param>
    /// <param name="token">The token.</param>
    /// <returns>0 … 1; 0 where the token's logit or the largest one is not finite.</returns>
    public static float Posterior(ReadOnlySpan<float> row, int token) => (float)LogMath.Exp(LogPosterior(row[token], Normalizer(row)));
}

using StableQuant.Decoding;

namespace StableQuant.Recognition;

/// <summary>
/// The posterior probability of a spelling: that a model trained with connectionist temporal classification gives exactly these tokens to the
/// frames that they were found in, by whatever alignment.
/// </summary>
/// <remarks>Source: A. Graves et al., Connectionist Temporal Classification, ICML 2006, section 4.1, the forward variables.</remarks>
/// <param name="width">Tokens of the vocabulary.</param>
/// <param name="blank">The blank.</param>
/// <param name="maxTokens">The most tokens of a word.</param>
internal sealed class SpellingPosterior(int width, int blank, int maxTokens)
{
    // Alignments further than so many states from the one that was found add nothing that shows.
    private const int Band = 32;

    // Forward variables: blank, token, blank, … token, blank. Below 10⁻³⁰⁰ they are 0, and the word is as good as never spelt so.
    private readonly double[] forward = new double[(2 * maxTokens) + 1];

    /// <summary>Sums the probabilities of all alignments near the one that was found.</summary>
    /// <param name="tokens">One token at least; their frames rise.</param>
    /// <param name="logits">[frames, vocabulary] values.</param>
    /// <returns>0 … 1.</returns>
    public double Of(ReadOnlySpan<CtcToken> tokens, ReadOnlySpan<float> logits)
    {
        int states = (2 * tokens.Length) + 1;
        Span<double> alpha = forward.AsSpan(0, states);
        alpha.Clear();
        int found = 0;
        int low = 0;
        for (int frame = tokens[0].FirstFrame; frame < tokens[^1].EndFrame; frame++)
        {
            ReadOnlySpan<float> row = logits.Slice(frame * width, width);
            double normalizer = LogSoftmax.Normalizer(row);
            double blankPosterior = Posterior(row, blank, normalizer);
            if (frame == tokens[0].FirstFrame)
            {
                alpha[0] = blankPosterior;
                alpha[1] = Posterior(row, tokens[0].Id, normalizer);
                continue;
            }

            while (found + 1 < tokens.Length && tokens[found + 1].FirstFrame <= frame)
            {
                found++;
            }

            for (; low < (2 * found) + 1 - Band; low++)
            {
                alpha[low] = 0;
            }

            // From the last state down, so that each still sees its predecessors' values of the frame before.
            for (int state = Math.Min(states - 1, (2 * found) + 1 + Band); state >= low; state--)
            {
                double sum = alpha[state] + (state > 0 ? alpha[state - 1] : 0);
                if (state % 2 == 0)
                {
                    alpha[state] = sum * blankPosterior;
                    continue;
                }

                int token = tokens[state / 2].Id;
                sum += state > 1 && tokens[(state / 2) - 1].Id != token ? alpha[state - 2] : 0;
                alpha[state] = sum * Posterior(row, token, normalizer);
            }
        }

        return Math.Min(alpha[states - 1] + alpha[states - 2], 1);
    }

    private static double Posterior(ReadOnlySpan<float> row, int token, double normalizer) =>
        LogMath.Exp(LogSoftmax.LogPosterior(row[token], normalizer));
}

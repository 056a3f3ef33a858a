using StableQuant.Kernels.Lanes;

namespace StableQuant.Decoding;

/// <summary>Probabilities of tokens, from logits: the same bits on every processor.</summary>
internal static unsafe class Posteriors
{
    private const int Lanes = 16;

    /// <summary>The probability of one token of a frame: softmax over the frame's logits. A logit that is NaN counts as −∞.</summary>
    /// <param name="row">The frame's logits.</param>
    /// <param name="token">The token.</param>
    /// <returns>0 … 1; 0 where the token's logit is not finite.</returns>
    public static float Of(ReadOnlySpan<float> row, int token)
    {
        float max = float.NegativeInfinity;
        foreach (float logit in row)
        {
            max = logit > max ? logit : max;
        }

        if (!float.IsFinite(max) || !(row[token] > float.NegativeInfinity))
        {
            return 0;
        }

        float* lanes = stackalloc float[Lanes];
        ScalarFloat sum = ScalarInstructions.Broadcast(0);
        for (int first = 0; first < row.Length; first += Lanes)
        {
            ReadOnlySpan<float> part = row.Slice(first, Math.Min(Lanes, row.Length - first));
            for (int i = 0; i < Lanes; i++)
            {
                lanes[i] = i < part.Length && part[i] > float.NegativeInfinity ? part[i] - max : float.NegativeInfinity;
            }

            sum = ScalarInstructions.Add(sum, Exponential(ScalarInstructions.Load(lanes)));
        }

        // What stands for −∞ is 1.6e-38 each: nothing beside a sum that is 1 at least.
        ScalarInstructions.Store(lanes, Exponential(ScalarInstructions.Broadcast(row[token] - max)));
        return Math.Min(lanes[0] / ScalarInstructions.Sum(sum), 1);
    }

    private static ScalarFloat Exponential(ScalarFloat x) => Elementary<ScalarInstructions, ScalarInt, ScalarFloat>.ExpOfNonPositive(x);
}

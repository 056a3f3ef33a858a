using System.Numerics.Tensors;

namespace StableQuant.Calibration.Evaluate.Measures;

/// <summary>How far the token probabilities of two models are apart.</summary>
internal static class TokenProbabilities
{
    /// <summary>Kullback–Leibler divergence of one model's probabilities from another's, nats, summed over the frames.</summary>
    /// <param name="reference">The other's logits [frames, tokens].</param>
    /// <param name="actual">The model's, of the same shape.</param>
    /// <param name="tokens">Tokens of a frame.</param>
    public static double Divergence(ReadOnlySpan<float> reference, ReadOnlySpan<float> actual, int tokens)
    {
        var p = new float[tokens];
        var q = new float[tokens];
        double sum = 0;
        for (int start = 0; start < reference.Length; start += tokens)
        {
            Softmax(reference.Slice(start, tokens), p);
            Softmax(actual.Slice(start, tokens), q);
            for (int i = 0; i < tokens; i++)
            {
                sum += p[i] > 0 ? p[i] * Math.Log(p[i] / Math.Max(q[i], 1e-30)) : 0;
            }
        }

        return sum;
    }

    private static void Softmax(ReadOnlySpan<float> logits, Span<float> result)
    {
        // Less the largest, so that the exponential cannot overflow.
        TensorPrimitives.Subtract(logits, TensorPrimitives.Max(logits), result);
        TensorPrimitives.SoftMax(result, result);
    }
}

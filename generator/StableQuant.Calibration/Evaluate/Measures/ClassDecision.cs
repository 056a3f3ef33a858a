using System.Numerics.Tensors;
using StableQuant.Graph;

namespace StableQuant.Calibration.Evaluate.Measures;

/// <summary>What logits of classes decide, and how far they are apart.</summary>
internal static class ClassDecision
{
    /// <summary>The classes that a row of logits decides for: the largest where one is right, else all whose probability is above a half.</summary>
    public static IEnumerable<int> Of(Classes classes, ReadOnlySpan<float> row)
    {
        float[] logits = row.ToArray();
        return classes.Exclusive ? [TensorPrimitives.IndexOfMax(logits)] : Enumerable.Range(0, logits.Length).Where(i => logits[i] > 0);
    }

    /// <summary>Kullback–Leibler divergence of probabilities, nats, summed over the rows.</summary>
    public static double Divergence(Classes classes, ReadOnlySpan<float> reference, ReadOnlySpan<float> outputs)
    {
        if (classes.Exclusive)
        {
            return TokenProbabilities.Divergence(reference, outputs, classes.Labels.Count);
        }

        // Each class is right or wrong by itself.
        double sum = 0;
        for (int i = 0; i < reference.Length; i++)
        {
            (double p, double q) = (Sigmoid(reference[i]), Sigmoid(outputs[i]));
            sum += Term(p, q) + Term(1 - p, 1 - q);
        }

        return sum;
    }

    private static double Term(double p, double q) => p > 0 ? p * Math.Log(p / Math.Max(q, 1e-30)) : 0;

    private static double Sigmoid(double logit) => 1 / (1 + Math.Exp(-logit));
}

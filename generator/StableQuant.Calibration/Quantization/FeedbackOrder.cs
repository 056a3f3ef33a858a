namespace StableQuant.Calibration.Quantization;

/// <summary>
/// In which order the weights of some inputs are rounded, and how much of a rounding error each later one takes over. The moments in reverse
/// order are L · Lᵀ; an output's error e then costs |e · L|², of which the weights that are rounded later can undo all but the diagonal: with
/// its error, a weight hands the multiples L[i, k] / L[k, k] to the later ones (GPTQ, arXiv 2210.17323, in the form of QuIP, arXiv 2307.13304).
/// </summary>
internal sealed class FeedbackOrder
{
    private FeedbackOrder(int first, int[] inputs, DenseMatrix lower, DenseMatrix moments)
    {
        First = first;
        Inputs = inputs;
        Lower = lower;
        Moments = moments;
    }

    /// <summary>The first input of the part that this is of.</summary>
    public int First { get; }

    /// <summary>The inputs, from the first of the part, that rows and columns of <see cref="Lower"/> are of. The last is rounded first.</summary>
    public int[] Inputs { get; }

    /// <summary>The factor L; what lies above the diagonal is none of it.</summary>
    public DenseMatrix Lower { get; }

    /// <summary>The moments L · Lᵀ, inputs in their own order.</summary>
    public DenseMatrix Moments { get; }

    /// <summary>Orders the inputs of a part: those that matter most come first, while many are left to make up for them.</summary>
    /// <param name="first">The first input of the part.</param>
    /// <param name="moments">Their moments, in the upper half; become <see cref="Moments"/>.</param>
    /// <param name="damping">What is added to the diagonal, as a share of its mean.</param>
    public static FeedbackOrder Of(int first, DenseMatrix moments, double damping)
    {
        int count = moments.Rows;
        int[] order = [.. Enumerable.Range(0, count).OrderBy(i => moments[i, i]).ThenByDescending(i => i)];
        double mean = Math.Max(Enumerable.Range(0, count).Average(i => moments[i, i]), 1e-30);

        // Where rounding made it indefinite, more of the diagonal makes it definite; with 1 or more it is nearly diagonal.
        for (; ; damping *= 10)
        {
            var factor = new DenseMatrix(count, count);
            Parallel.For(0, count, i =>
            {
                Span<double> row = factor.Row(i);
                for (int j = i; j < count; j++)
                {
                    row[j] = moments[Math.Min(order[i], order[j]), Math.Max(order[i], order[j])];
                }

                row[i] += damping * mean;
            });
            if (factor.Factorise())
            {
                factor.Mirror();
                moments.Mirror();
                for (int i = 0; i < count; i++)
                {
                    moments[i, i] += damping * mean;
                }

                return new FeedbackOrder(first, order, factor, moments);
            }
        }
    }
}

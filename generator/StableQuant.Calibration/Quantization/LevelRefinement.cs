namespace StableQuant.Calibration.Quantization;

/// <summary>
/// Betters a rounding to few levels an output: weights, one after another, move to levels at which the outputs' error is less, then levels to where it
/// is least, and so on in turns (coordinate descent, and the least-squares levels of LNQ in GuidedQuant, arXiv 2505.07004). The error never rises.
/// </summary>
internal static class LevelRefinement
{
    // What another three turns win is a fiftieth of what these do.
    private const int Turns = 3;

    // Outputs that go through the moments side by side: these may be larger than a cache.
    private const int Together = 4;

    /// <summary>Betters a matrix in place.</summary>
    /// <param name="weights">The weights that it stands for.</param>
    /// <param name="matrix">The rounded ones, of few levels an output.</param>
    /// <param name="orders">The moments of the inputs, in parts.</param>
    public static void Improve(ReadOnlyMemory<float> weights, QuantizedMatrix matrix, IReadOnlyList<FeedbackOrder> orders)
    {
        int outputs = matrix.Scales.Length, inputs = weights.Length / outputs;
        Parallel.For(0, (outputs + Together - 1) / Together, chunk =>
        {
            int[] some = [.. Enumerable.Range(chunk * Together, Math.Min(Together, outputs - chunk * Together))];
            RefinedOutput[] refined = [.. some.Select(o => new RefinedOutput(weights.Span.Slice(o * inputs, inputs), matrix.Values.AsSpan(o * inputs, inputs), matrix.Scales[o]))];
            foreach (FeedbackOrder order in orders)
            {
                for (int i = 0; i < order.Inputs.Length; i++)
                {
                    foreach (RefinedOutput output in refined)
                    {
                        output.Take(order.First, i, order.Moments.Row(i));
                    }
                }
            }

            foreach ((int o, RefinedOutput output) in some.Zip(refined))
            {
                for (int turn = 0; turn < Turns; turn++)
                {
                    output.Sweep(orders);
                    if (!output.Refit())
                    {
                        break;
                    }
                }

                output.Sweep(orders);
                output.CopyTo(matrix.Values.AsSpan(o * inputs, inputs));
                matrix.Scales[o] = output.Scale;
            }
        });
    }
}

namespace StableQuant.Calibration.Quantization;

/// <summary>
/// Rounds the weights of a product to a few levels an output, so that its outputs on speech change least: levels lie where inputs are strong
/// (<see cref="ChannelLevels"/>), and the error of each rounding is made up for by the weights that are rounded after it
/// (<see cref="FeedbackOrder"/>).
/// </summary>
internal static class ErrorFeedback
{
    // Inputs whose errors are handed on together.
    private const int Block = 64;

    /// <summary>Rounds the weights of some outputs.</summary>
    /// <param name="weights">[outputs, inputs].</param>
    /// <param name="outputs">Outputs.</param>
    /// <param name="bits">Bits of an index: 3 or 4.</param>
    /// <param name="squares">The mean square of each input.</param>
    /// <param name="orders">How errors are fed back; together all inputs.</param>
    /// <returns>The integers, of the levels that the scales belong to.</returns>
    public static QuantizedMatrix Round(ReadOnlyMemory<float> weights, int outputs, int bits, double[] squares, IReadOnlyList<FeedbackOrder> orders)
    {
        int inputs = weights.Length / outputs;
        var levels = new ChannelLevels[outputs];
        double least = Math.Max(squares.Average() * 1e-3, 1e-30);
        double[] importance = [.. squares.Select(square => Math.Max(square, least))];
        Parallel.For(0, outputs, output => levels[output] = ChannelLevels.Of(weights.Span.Slice(output * inputs, inputs), importance, 1 << bits));
        var matrix = new QuantizedMatrix(new sbyte[weights.Length], [.. levels.Select(level => level.Scale)]) { Bits = bits };
        foreach (FeedbackOrder order in orders)
        {
            Round(weights, inputs, levels, order, matrix.Values);
        }

        return matrix;
    }

    // Errors and what is fed back lie input by input, so that all outputs go together.
    private static void Round(ReadOnlyMemory<float> weights, int inputs, ChannelLevels[] levels, FeedbackOrder order, sbyte[] values)
    {
        int count = order.Inputs.Length, outputs = levels.Length;
        DenseMatrix errors = new(count, outputs), feedback = new(count, outputs);
        for (int end = count; end > 0; end -= Math.Min(Block, end))
        {
            int first = Math.Max(0, end - Block);
            const int Chunk = 32;
            (int blockFirst, int blockEnd) = (first, end);
            Parallel.For(0, (outputs + Chunk - 1) / Chunk, chunk =>
            {
                int start = chunk * Chunk, size = Math.Min(Chunk, outputs - start);
                for (int i = blockEnd - 1; i >= blockFirst; i--)
                {
                    int input = order.First + order.Inputs[i];
                    double diagonal = order.Lower[i, i];
                    Span<double> error = errors.Row(i).Slice(start, size), fed = feedback.Row(i).Slice(start, size);
                    for (int o = 0; o < size; o++)
                    {
                        int place = (start + o) * inputs + input;
                        double weight = weights.Span[place];
                        ChannelLevels own = levels[start + o];
                        sbyte level = own.Nearest(weight + fed[o] / diagonal);
                        values[place] = level;
                        error[o] = weight - (double)own.Scale * level;
                    }

                    for (int k = blockFirst; k < i; k++)
                    {
                        DenseMatrix.AddScaled(feedback.Row(k).Slice(start, size), order.Lower[i, k], error);
                    }
                }
            });
            feedback.AddProduct(1, order.Lower, errors, first, end, (0, first), _ => (0, outputs));
        }
    }
}

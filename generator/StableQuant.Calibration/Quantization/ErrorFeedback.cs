using System.Numerics.Tensors;

namespace StableQuant.Calibration.Quantization;

/// <summary>
/// Rounds the weights of a product so that its outputs on speech change least: to levels that lie where inputs are strong
/// (<see cref="ChannelLevels"/>), the error of each rounding being made up for by the weights that are rounded after it
/// (<see cref="FeedbackOrder"/>).
/// </summary>
internal static class ErrorFeedback
{
    // Inputs whose errors are handed on together.
    private const int Block = 64;

    // Of an output with so few inputs every scale is tried with feedback: one that is worse by the weights alone is often the best.
    private const int FewInputs = 64;

    /// <summary>Rounds the weights of some outputs.</summary>
    /// <param name="weights">[outputs, inputs].</param>
    /// <param name="outputs">Outputs.</param>
    /// <param name="bits">Bits of a weight: 8 or 7, one scale an output; 4 or 3, those of an index into its levels.</param>
    /// <param name="squares">The mean square of each input.</param>
    /// <param name="orders">How errors are fed back; together all inputs.</param>
    /// <returns>The integers, and the scales that they belong to.</returns>
    public static QuantizedMatrix Round(ReadOnlyMemory<float> weights, int outputs, int bits, double[] squares, IReadOnlyList<FeedbackOrder> orders)
    {
        int inputs = weights.Length / outputs;
        double least = Math.Max(squares.Average() * 1e-3, 1e-30);
        double[] importance = [.. squares.Select(square => Math.Max(square, least))];
        if (!IndexedMatrix.Has(bits) && inputs <= FewInputs)
        {
            return BestOf([.. QuantizedMatrix.Shrinkages.Select(shrinkage => Round(weights, outputs, bits, row => Scaled(row, shrinkage, bits), orders))], bits);
        }

        if (!IndexedMatrix.Has(bits))
        {
            return Round(weights, outputs, bits, row => LeastSquares(row, importance, bits), orders).Matrix;
        }

        QuantizedMatrix matrix = Round(weights, outputs, bits, row => ChannelLevels.Of(row, importance, 1 << bits), orders).Matrix;
        LevelRefinement.Improve(weights, matrix, orders);
        return matrix;
    }

    private static (QuantizedMatrix Matrix, double[] Errors) Round(
        ReadOnlyMemory<float> weights, int outputs, int bits, Func<ReadOnlySpan<float>, ChannelLevels> choose, IReadOnlyList<FeedbackOrder> orders)
    {
        int inputs = weights.Length / outputs;
        var levels = new ChannelLevels[outputs];
        Parallel.For(0, outputs, output => levels[output] = choose(weights.Span.Slice(output * inputs, inputs)));
        var matrix = new QuantizedMatrix(new sbyte[weights.Length], [.. levels.Select(level => level.Scale)]) { Bits = bits };
        var squaredErrors = new double[outputs];
        foreach (FeedbackOrder order in orders)
        {
            Round(weights, inputs, levels, order, matrix.Values, squaredErrors);
        }

        return (matrix, squaredErrors);
    }

    // Of each output the rounding with the least error.
    private static QuantizedMatrix BestOf((QuantizedMatrix Matrix, double[] Errors)[] roundings, int bits)
    {
        int outputs = roundings[0].Errors.Length, inputs = roundings[0].Matrix.Values.Length / outputs;
        QuantizedMatrix[] best = [.. Enumerable.Range(0, outputs).Select(output => roundings.MinBy(rounding => rounding.Errors[output]).Matrix)];
        return new QuantizedMatrix(
            [.. best.SelectMany((matrix, output) => matrix.Values.Skip(output * inputs).Take(inputs))],
            [.. best.Select((matrix, output) => matrix.Scales[output])]) { Bits = bits };
    }

    private static ChannelLevels Scaled(ReadOnlySpan<float> row, float shrinkage, int bits)
    {
        int limit = QuantizedMatrix.MaxInteger(bits);
        float largest = Math.Abs(TensorPrimitives.MaxMagnitude(row));

        // A dead output has weights 0 at any scale.
        return ChannelLevels.All(largest > 0 ? largest / limit * shrinkage : 1, limit);
    }

    private static ChannelLevels LeastSquares(ReadOnlySpan<float> row, double[] importance, int bits)
    {
        ChannelLevels best = default;
        double least = double.PositiveInfinity;
        foreach (float shrinkage in QuantizedMatrix.Shrinkages)
        {
            ChannelLevels levels = Scaled(row, shrinkage, bits);
            double sum = 0;
            for (int i = 0; i < row.Length; i++)
            {
                double error = row[i] - (double)levels.Scale * levels.Nearest(row[i]);
                sum += importance[i] * error * error;
            }

            (least, best) = sum < least ? (sum, levels) : (least, best);
        }

        return best;
    }

    // Errors and what is fed back lie input by input, so that all outputs go together.
    private static void Round(ReadOnlyMemory<float> weights, int inputs, ChannelLevels[] levels, FeedbackOrder order, sbyte[] values, double[] squaredErrors)
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
                        squaredErrors[start + o] += (fed[o] + error[o] * diagonal) * (fed[o] + error[o] * diagonal);
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

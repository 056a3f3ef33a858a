using StableQuant.Calibration.Float;
using StableQuant.Graph;

namespace StableQuant.Calibration.Export;

/// <summary>An operation's constants in the order that ONNX wants.</summary>
/// <param name="Weight">Convolution: [outputs, inputs of a group, kernel], or [outputs, 1, kernel, kernel]. Linear: [inputs, outputs]. Norm: [channels]. Biased attention: [heads, distances].</param>
/// <param name="Bias">[outputs] or [channels]; null for none. Biased attention: the gates' gains [heads].</param>
internal sealed record WeightTensors(NativeTensor Weight, NativeTensor? Bias) : IDisposable
{
    /// <summary>Copies constants.</summary>
    /// <param name="operation">The operation.</param>
    /// <param name="parameters">Its constants, ordered as <see cref="FloatParameters"/> says.</param>
    public static WeightTensors Of(Operation operation, FloatParameters parameters) =>
        new(Weights(operation, parameters.Weight), Biases(operation, parameters.Bias));

    /// <summary>Copies a product's weights or a norm's gains.</summary>
    public static NativeTensor Weights(Operation operation, float[] weight)
    {
        switch (operation)
        {
            case Convolution c:
                int inputs = c.InputChannels / c.Groups;
                var tensor = new NativeTensor(c.OutputChannels, inputs, c.Kernel);
                Span<float> kernels = tensor.Elements;
                for (int start = 0; start < weight.Length; start += c.GroupInputs)
                {
                    Transpose(weight.AsSpan(start, c.GroupInputs), c.Kernel, inputs, kernels.Slice(start, c.GroupInputs));
                }

                return tensor;
            case Convolution2d c:
                var sides = new NativeTensor(c.OutputChannels, 1, c.Kernel, c.Kernel);
                weight.CopyTo(sides.Elements);
                return sides;
            case Linear l:
                var matrix = new NativeTensor(l.InputChannels, l.OutputChannels);
                Transpose(weight, l.OutputChannels, l.InputChannels, matrix.Elements);
                return matrix;
            case BiasedAttention a:
                var biases = new NativeTensor(a.Heads, a.Distances);
                weight.CopyTo(biases.Elements);
                return biases;
            default:
                return Vector(weight);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Weight.Dispose();
        Bias?.Dispose();
    }

    // A norm of ONNX has a bias always.
    private static NativeTensor? Biases(Operation operation, float[]? bias) =>
        bias is not null ? Vector(bias) : operation is Norm norm ? Vector(new float[norm.Channels]) : null;

    private static NativeTensor Vector(float[] values)
    {
        var vector = new NativeTensor(values.Length);
        values.CopyTo(vector.Elements);
        return vector;
    }

    private static void Transpose(ReadOnlySpan<float> matrix, int rows, int columns, Span<float> result)
    {
        // In squares, so that what is written stays in the cache.
        const int Side = 32;
        for (int top = 0; top < rows; top += Side)
        {
            for (int left = 0; left < columns; left += Side)
            {
                for (int row = top; row < Math.Min(top + Side, rows); row++)
                {
                    for (int column = left; column < Math.Min(left + Side, columns); column++)
                    {
                        result[(column * rows) + row] = matrix[(row * columns) + column];
                    }
                }
            }
        }
    }
}

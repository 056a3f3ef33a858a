using System.Numerics.Tensors;

namespace StableQuant.Calibration.Quantization;

/// <summary>Weights in int8, symmetric, one scale an output channel: w ≈ scale · integer.</summary>
/// <param name="Values">[outputs, inputs], −127 … 127, or −63 … 63 in 7 bits.</param>
/// <param name="Scales">One an output.</param>
public sealed record QuantizedMatrix(sbyte[] Values, float[] Scales)
{
    /// <summary>Bits that tell the integers of an output apart: 8, or less.</summary>
    public int Bits { get; init; } = 8;

    /// <summary>Candidate scales of a channel, as shares of the one at which its largest weight becomes the largest integer: 1, 0.98 … 0.5.</summary>
    internal static readonly IReadOnlyList<float> Shrinkages = [.. Enumerable.Range(0, 26).Select(i => 1 - 0.02f * i)];

    /// <summary>Quantizes a matrix so that each output's largest weight becomes ±127, or ±63 in 7 bits; in fewer, to the levels that suit each output.</summary>
    /// <param name="weights">[outputs, inputs].</param>
    /// <param name="outputs">Number of outputs.</param>
    /// <param name="bits">Bits of a weight, its sign's too: 8, 7, 4 or 3.</param>
    public static QuantizedMatrix Of(float[] weights, int outputs, int bits = 8) => IndexedMatrix.Has(bits) ? Indexed(weights, outputs, bits)
        : Of(weights, outputs, bits, (_, widest) => widest);

    /// <summary>Quantizes a matrix so that each output's weights have the smallest squared error; the largest may be clipped.</summary>
    /// <param name="weights">[outputs, inputs].</param>
    /// <param name="outputs">Number of outputs.</param>
    /// <param name="bits">As above.</param>
    public static QuantizedMatrix LeastSquares(float[] weights, int outputs, int bits = 8) => IndexedMatrix.Has(bits) ? Indexed(weights, outputs, bits)
        : Of(weights, outputs, bits, (row, widest) => Shrinkages.Select(shrinkage => widest * shrinkage).MinBy(scale => SquaredError(row.Span, scale, MaxInteger(bits))));

    private static QuantizedMatrix Indexed(float[] weights, int outputs, int bits)
    {
        int inputs = weights.Length / outputs;
        var matrix = new QuantizedMatrix(new sbyte[weights.Length], new float[outputs]) { Bits = bits };
        Parallel.For(0, outputs, output =>
        {
            ReadOnlySpan<float> row = weights.AsSpan(output * inputs, inputs);
            var levels = ChannelLevels.Of(row, [], 1 << bits);
            matrix.Scales[output] = levels.Scale;
            for (int input = 0; input < inputs; input++)
            {
                matrix.Values[output * inputs + input] = levels.Nearest(row[input]);
            }
        });

        return matrix;
    }

    /// <summary>The largest integer of weights of 8 or 7 bits.</summary>
    internal static int MaxInteger(int bits) => (1 << (bits - 1)) - 1;

    private static QuantizedMatrix Of(float[] weights, int outputs, int bits, Func<ReadOnlyMemory<float>, float, float> chooseScale)
    {
        ArgumentNullException.ThrowIfNull(weights);
        int limit = MaxInteger(bits);
        int inputs = weights.Length / outputs;
        var values = new sbyte[weights.Length];
        var scales = new float[outputs];
        Parallel.For(0, outputs, output =>
        {
            ReadOnlyMemory<float> row = weights.AsMemory(output * inputs, inputs);
            float largest = Math.Abs(TensorPrimitives.MaxMagnitude(row.Span));

            // A dead output has weights 0 at any scale.
            scales[output] = largest > 0 ? chooseScale(row, largest / limit) : 1;
            for (int input = 0; input < inputs; input++)
            {
                values[output * inputs + input] = Rounded(row.Span[input], scales[output], limit);
            }
        });

        return new QuantizedMatrix(values, scales) { Bits = bits };
    }

    private static sbyte Rounded(float weight, float scale, int limit) => (sbyte)Math.Clamp(MathF.Round(weight / scale), -limit, limit);

    private static double SquaredError(ReadOnlySpan<float> row, float scale, int limit)
    {
        double error = 0;
        foreach (float weight in row)
        {
            double difference = weight - (double)scale * Rounded(weight, scale, limit);
            error += difference * difference;
        }

        return error;
    }

    /// <summary>The weights as the kernels see them: scale · integer.</summary>
    public float[] Dequantize()
    {
        int inputs = Values.Length / Scales.Length;
        var weights = new float[Values.Length];
        for (int i = 0; i < weights.Length; i++)
        {
            weights[i] = Scales[i / inputs] * Values[i];
        }

        return weights;
    }
}

using StableQuant.Calibration.Float;
using StableQuant.Calibration.Quantization;
using StableQuant.Graph;

namespace StableQuant.Calibration.Simulate;

/// <summary>An operation as nodes of ONNX, its operands and weights rounded as int8 kernels round them where they are quantized.</summary>
internal static class SimulatedOperation
{
    /// <summary>Writes the nodes of an operation; the last one's output has the operation's name.</summary>
    /// <param name="writer">The graph.</param>
    /// <param name="operation">The operation, of a float model.</param>
    /// <param name="parameters">Its constants; null where it has none.</param>
    /// <param name="weights">The model's int8 weights.</param>
    /// <param name="parts">What is quantized.</param>
    /// <param name="rounded">The value to read for an operand: itself, or what <see cref="Round"/> makes of it.</param>
    public static void Write(OnnxWriter writer, Operation operation, FloatParameters? parameters, QuantizedWeights weights, QuantizedParts parts, Func<string, string> rounded)
    {
        float[] Weights() => parts.Weights.Contains(operation.Name) ? weights.Of((Product)operation).Dequantize() : parameters!.Weight;
        switch (operation)
        {
            case Convolution c:
                WriteConvolution(writer, c, Weights(), parameters!.Bias, rounded(c.Input));
                break;
            case Linear l:
                string matrix = writer.Weights(Transposed(Weights(), l.OutputChannels), l.InputChannels, l.OutputChannels);
                string product = writer.Node("MatMul", [rounded(l.Input), matrix], parameters!.Bias is null ? l.Name : null);
                if (parameters.Bias is { } bias)
                {
                    writer.Node("Add", [product, writer.Weights(bias, bias.Length)], l.Name);
                }

                break;
            case Attention a:
                WriteAttention(writer, a, rounded, parts.Probabilities.Contains(a.Name));
                break;
            case LayerNorm n:
                writer.Node(
                    "LayerNormalization", [n.Input, writer.Weights(parameters!.Weight, n.Channels), writer.Weights(parameters.Bias ?? new float[n.Channels], n.Channels)], n.Name,
                    OnnxWriter.Integer("axis", -1), OnnxWriter.Float("epsilon", n.Epsilon));
                break;
            case GroupNorm n:
                string normalized = writer.Node(
                    "InstanceNormalization",
                    [writer.Transpose(n.Input, null, 0, 2, 1), writer.Weights(parameters!.Weight, n.Channels), writer.Weights(parameters.Bias ?? new float[n.Channels], n.Channels)], null,
                    OnnxWriter.Float("epsilon", n.Epsilon));
                writer.Transpose(normalized, n.Name, 0, 2, 1);
                break;
            case Activation a:
                writer.Node(a.Function.Identifier, [a.Input], a.Name);
                break;
            case Add add:
                writer.Node("Add", [add.Left, add.Right], add.Name);
                break;
            default:
                throw new ArgumentException($"'{operation.Name}' is of a kind that cannot be simulated.", nameof(operation));
        }
    }

    private static void WriteConvolution(OnnxWriter writer, Convolution c, float[] weights, float[]? bias, string input)
    {
        // Ours are [outputs, kernel, inputs], ONNX wants [outputs, inputs, kernel].
        int width = c.InputChannels / c.Groups;
        var reordered = new float[weights.Length];
        for (int output = 0; output < c.OutputChannels; output++)
        {
            int start = output * c.Kernel * width;
            Transposed(weights.AsSpan(start, c.Kernel * width).ToArray(), c.Kernel).CopyTo(reordered, start);
        }

        string channelsFirst = c.Input == Operation.Audio
            ? writer.Node("Unsqueeze", [input, writer.Integers(1)])
            : writer.Transpose(input, null, 0, 2, 1);
        string[] inputs = [channelsFirst, writer.Weights(reordered, c.OutputChannels, width, c.Kernel), .. bias is null ? Array.Empty<string>() : [writer.Weights(bias, bias.Length)]];
        string result = writer.Node(
            "Conv", inputs, null,
            OnnxWriter.Attribute("strides", c.Stride), OnnxWriter.Attribute("pads", c.PadLeft, c.PadRight), OnnxWriter.Integer("group", c.Groups));
        writer.Transpose(result, c.Name, 0, 2, 1);
    }

    // The kernels' rows longer than 66 311 frames have fewer steps (docs/numbers.md); no speech of a search is so long.
    private static void WriteAttention(OnnxWriter writer, Attention a, Func<string, string> rounded, bool quantized)
    {
        string Heads(string value, params long[] permutation) =>
            writer.Transpose(writer.Node("Reshape", [rounded(value), writer.Integers(1, -1, a.Heads, a.HeadSize)]), null, permutation);
        string scores = writer.Node("MatMul", [Heads(a.Query, 0, 2, 1, 3), Heads(a.Key, 0, 2, 3, 1)]);
        string scaled = writer.Node("Mul", [scores, writer.Scalar(a.Scale)]);
        string probabilities = quantized ? WriteRoundedSoftmax(writer, scaled) : writer.Node("Softmax", [scaled], null, OnnxWriter.Integer("axis", -1));

        string context = writer.Transpose(writer.Node("MatMul", [probabilities, Heads(a.Value, 0, 2, 1, 3)]), null, 0, 2, 1, 3);
        writer.Node("Reshape", [context, writer.Integers(1, -1, a.Heads * a.HeadSize)], a.Name);
    }

    // A row's largest is 255 steps, and what it is a part of is the sum of the row's steps.
    private static string WriteRoundedSoftmax(OnnxWriter writer, string scores)
    {
        string largest = writer.Node("ReduceMax", [scores, writer.Integers(-1)]);
        string exponentials = writer.Node("Exp", [writer.Node("Sub", [scores, largest])]);
        string steps = writer.Node("Round", [writer.Node("Mul", [exponentials, writer.Scalar(255)])]);
        return writer.Node("Div", [steps, writer.Node("ReduceSum", [steps, writer.Integers(-1)])]);
    }

    /// <summary>Writes the rounding of a value to a grid.</summary>
    public static string Round(OnnxWriter writer, string value, QuantizationGrid grid)
    {
        string steps = writer.Node("Round", [writer.Node("Mul", [value, writer.Scalar(1 / grid.Scale)])]);
        if (grid.Outliers == Outliers.Clip)
        {
            (float low, float high) = grid.Type == QuantizedType.S8 ? (-127f, 127f) : (-(float)grid.ZeroPoint, 255f - grid.ZeroPoint);
            steps = writer.Node("Clip", [steps, writer.Scalar(low), writer.Scalar(high)]);
        }

        return writer.Node("Mul", [steps, writer.Scalar(grid.Scale)]);
    }

    private static float[] Transposed(float[] matrix, int rows)
    {
        int columns = matrix.Length / rows;
        var result = new float[matrix.Length];
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                result[column * rows + row] = matrix[row * columns + column];
            }
        }

        return result;
    }
}

using StableQuant.Calibration.Export;
using StableQuant.Calibration.Quantization;
using StableQuant.Graph;

namespace StableQuant.Calibration.Simulate;

/// <summary>What int8 kernels round, as nodes of ONNX in float arithmetic.</summary>
internal static class Rounding
{
    /// <summary>Writes the rounding of a value to a grid.</summary>
    public static string OfValue(OnnxWriter writer, string value, int channels, QuantizationGrid grid)
    {
        string exact = writer.Node("Mul", [value, writer.Scalar(1 / grid.Scale)]);
        string steps = writer.Node("Round", [grid.IsDithered ? writer.Node("Add", [exact, Dither(writer, value, channels)]) : exact]);
        if (grid.Outliers == Outliers.Clip)
        {
            (float low, float high) = grid.Type == QuantizedType.S8 ? (-127f, 127f) : (-(float)grid.ZeroPoint, 255f - grid.ZeroPoint);
            steps = writer.Node("Clip", [steps, writer.Scalar(low), writer.Scalar(high)]);
        }

        return writer.Node("Mul", [steps, writer.Scalar(grid.Scale)]);
    }

    // As docs/numbers.md has it: what a row begins with depends on its number, and its channels follow one another.
    private static string Dither(OnnxWriter writer, string value, int channels)
    {
        string sequence = writer.Matrix(DitherSequence.Rows(channels), DitherSequence.Length, channels);
        string frames = writer.Node("Gather", [writer.Node("Shape", [value]), writer.Integer(1)]);
        string rows = writer.Node("Mul", [writer.Node("Range", [writer.Integer(0), frames, writer.Integer(1)]), writer.Integer(DitherSequence.RowStep)]);
        string starts = writer.Node("Div", [writer.Node("Mod", [rows, writer.Integer(1L << 32)]), writer.Integer((1L << 32) / DitherSequence.Length)]);
        return writer.Node("Gather", [sequence, starts]);
    }

    /// <summary>Writes an attention's probabilities: a row's largest is 255 steps, and what it is a part of is the sum of the row's steps.</summary>
    /// <remarks>The kernels' rows longer than 66 311 frames have fewer steps (docs/numbers.md); no speech of a search is so long.</remarks>
    public static string OfSoftmax(OnnxWriter writer, string scores)
    {
        string largest = writer.Node("ReduceMax", [scores, writer.Integers(-1)]);
        string exponentials = writer.Node("Exp", [writer.Node("Sub", [scores, largest])]);
        string steps = writer.Node("Round", [writer.Node("Mul", [exponentials, writer.Scalar(255)])]);
        return writer.Node("Div", [steps, writer.Node("ReduceSum", [steps, writer.Integers(-1)])]);
    }

    /// <summary>A product's weights as int8 rounds them.</summary>
    public static NativeTensor OfWeights(QuantizedWeights weights, Product product, int bits) => WeightTensors.Weights(product, weights.Of(product, bits).Dequantize());
}

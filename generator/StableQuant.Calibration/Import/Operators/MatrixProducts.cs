using StableQuant.Calibration.Import.Onnx;
using StableQuant.Calibration.Import.Tensors;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace StableQuant.Calibration.Import.Operators;

/// <summary>Matrix products of static tensors: what depends on the length alone may go through a layer, as positions do.</summary>
internal static class MatrixProducts
{
    /// <summary>Whether the operator is one of these.</summary>
    public static bool Handles(string op) => op is "MatMul" or "Einsum";

    /// <summary>Rows [axes…, inputs] times a matrix [inputs, outputs], before which there may be axes of one, or every product of two vectors' elements, as rotary positions have them.</summary>
    public static Tensor Evaluate(OnnxNode node, IReadOnlyList<Tensor?> inputs) => node.Operator == "MatMul" ? Product(node, inputs) : Outer(node, inputs);

    private static Tensor<float> Outer(OnnxNode node, IReadOnlyList<Tensor?> inputs)
    {
        string equation = (node.Text("equation") ?? "").Replace(" ", "", StringComparison.Ordinal);
        OperatorException.Require(
            equation.Split(',', '-', '>') is [{ Length: 1 } rows, { Length: 1 } columns, "", var made] && made == rows + columns && inputs is [{ Rank: 1 }, { Rank: 1 }],
            $"the equation '{equation}' is not supported on constants; simplify the model before importing it");
        (float[] left, float[] right) = (inputs[0]!.As<float>(), inputs[1]!.As<float>());
        int[] shape = TensorShape.Grown([left.Length, right.Length], left.Length + right.Length);
        return new Tensor<float>(shape, [.. left.SelectMany(l => right.Select(r => l * r))]);
    }

    private static Tensor<float> Product(OnnxNode node, IReadOnlyList<Tensor?> inputs)
    {
        Tensor rows = inputs[0]!, matrix = inputs[1]!;
        OperatorException.Require(
            node.Inputs.Count == 2 && matrix.Rank >= 2 && (matrix.Rank == 2 ? rows.Rank >= 1 : rows.Rank >= matrix.Rank)
                && matrix.Shape[..^2].All(size => size == 1) && rows.Shape[^1] == matrix.Shape[^2],
            "multiplies constants that are no rows and a matrix; simplify the model before importing it");
        (float[] left, float[] right, int size, int outputs) = (rows.As<float>(), matrix.As<float>(), matrix.Shape[^2], matrix.Shape[^1]);
        int[] shape = TensorShape.Grown([.. rows.Shape[..^1], outputs], rows.Count);
        float[] result = new float[TensorShape.Count(shape)];
        for (int row = 0; row < result.Length / Math.Max(outputs, 1); row++)
        {
            Span<float> sums = result.AsSpan(row * outputs, outputs);
            for (int input = 0; input < size; input++)
            {
                TensorPrimitives.MultiplyAdd(right.AsSpan(input * outputs, outputs), left[(row * size) + input], sums, sums);
            }
        }

        return new Tensor<float>(shape, result);
    }
}

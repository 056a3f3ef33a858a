using StableQuant.Calibration.Import.Onnx;
using StableQuant.Calibration.Import.Tensors;

namespace StableQuant.Calibration.Import.Operators;

/// <summary>Softmax of constants: the weights of a weighted sum of layers.</summary>
internal static class StaticSoftmax
{
    /// <summary>Evaluates it over the last axis; in double, so that folding a constant loses nothing.</summary>
    public static Tensor Evaluate(OnnxNode node, Tensor values)
    {
        int axis = TensorShape.Axis(node.Int("axis", node.Opset < 13 ? 1 : -1), values.Rank);
        OperatorException.Require(axis == values.Rank - 1 && values.Count > 0, "makes probabilities over another axis than the last; that is not supported");
        return new Tensor<float>(values.Shape, [.. values.As<float>().Chunk(values.Shape[^1]).SelectMany(row =>
        {
            double largest = row.Max(), sum = row.Sum(value => Math.Exp(value - largest));
            return row.Select(value => (float)(Math.Exp(value - largest) / sum));
        })]);
    }
}

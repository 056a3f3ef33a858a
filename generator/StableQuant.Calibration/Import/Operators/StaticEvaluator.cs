using StableQuant.Calibration.Import.Onnx;
using StableQuant.Calibration.Import.Tensors;

namespace StableQuant.Calibration.Import.Operators;

/// <summary>Evaluates a node whose inputs are all concrete.</summary>
internal static class StaticEvaluator
{
    /// <summary>What to say of a node that belongs to a quantized model.</summary>
    public const string AlreadyQuantized = "the model is quantized already; import the float model it was made from";

    /// <summary>Whether an operator belongs to a quantized model.</summary>
    public static bool IsQuantizing(string op) => op is "DequantizeLinear" or "QuantizeLinear" or "DynamicQuantizeLinear" or "MatMulInteger" or "ConvInteger" or "QLinearConv" or "QLinearMatMul";

    /// <summary>Evaluates the node; one tensor for each output.</summary>
    public static Tensor[] Evaluate(OnnxNode node, IReadOnlyList<Tensor?> inputs, OnnxGraph graph) =>
        ViewOperators.Handles(node.Operator) ? ViewOperators.Apply(node, inputs)
        : Elementwise.Handles(node.Operator) ? [Elementwise.Evaluate(node, inputs)]
        : Reductions.Handles(node.Operator) ? [Reductions.Evaluate(node, inputs)]
        : Creation.Handles(node.Operator) ? [Creation.Evaluate(node, inputs, graph)]
        : MatrixProducts.Handles(node.Operator) ? [MatrixProducts.Evaluate(node, inputs)]
        : node.Operator == "Softmax" ? [StaticSoftmax.Evaluate(node, inputs[0]!)]
        : node.Operator == "Dropout" ? [inputs[0]!]
        : throw new OperatorException(IsQuantizing(node.Operator) ? AlreadyQuantized
            : node.HasSubgraph
            ? "control flow is not supported; export the model by tracing it, in evaluation mode"
            : "this operator is not supported on constants; simplify the model before importing it");

    /// <summary>Shape and Size, which need only the shape of their input.</summary>
    public static Tensor Measure(OnnxNode node, int[] shape)
    {
        if (node.Operator == "Size")
        {
            return Tensor.Scalar((long)TensorShape.Count(shape));
        }

        long start = Bound(node.Int("start", 0)), end = Bound(node.Int("end", shape.Length));
        return Tensor.Vector([.. shape.Skip((int)start).Take((int)Math.Max(0, end - start)).Select(d => (long)d)]);

        long Bound(long value) => Math.Clamp(value < 0 ? value + shape.Length : value, 0, shape.Length);
    }
}

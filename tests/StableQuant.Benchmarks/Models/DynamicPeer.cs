using StableQuant.Calibration.Import.Onnx;
using DataType = StableQuant.Calibration.Import.Onnx.TensorProto.Types.DataType;

namespace StableQuant.Benchmarks.Models;

/// <summary>
/// Writes what ONNX Runtime's <c>quantize_dynamic</c> makes of a float model: every MatMul with constant weights becomes
/// DynamicQuantizeLinear and MatMulInteger with s8 weights; all else stays float.
/// </summary>
internal static class DynamicPeer
{
    /// <summary>Quantizes a model in place.</summary>
    /// <param name="model">A float model, its constants folded into initializers.</param>
    public static void Write(ModelProto model)
    {
        var rewriter = new GraphRewriter(model.Graph);
        foreach (NodeProto node in model.Graph.Node)
        {
            if (node.OpType == "MatMul" && rewriter.Constant(node.Input[1]) is { Dims.Count: 2 } tensor)
            {
                Write(rewriter, node, PeerWeights.Of(tensor, axis: 1));
            }
            else
            {
                rewriter.Keep(node);
            }
        }

        rewriter.Commit();
    }

    private static void Write(GraphRewriter rewriter, NodeProto node, PeerWeights weights)
    {
        string input = node.Input[0];
        string product = node.Output[0];
        string scale = input + "_scale";
        string zeroPoint = input + "_zero_point";
        string integers = rewriter.Add("DynamicQuantizeLinear", [input], [input + "_quantized", scale, zeroPoint]);
        string sums = rewriter.Add(
            "MatMulInteger", [integers, rewriter.Store(weights.Values), zeroPoint, rewriter.Store(weights.ZeroPoints)], [product + "_quantized"]);
        string scales = rewriter.Add("Mul", [scale, rewriter.Store(weights.Scales)], [product + "_scales"]);
        string floats = rewriter.Add(
            "Cast", [sums], [product + "_float"], new AttributeProto { Name = "to", Type = AttributeProto.Types.AttributeType.Int, I = (long)DataType.Float });
        rewriter.Add("Mul", [floats, scales], [product]);
    }
}

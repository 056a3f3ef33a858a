using StableQuant.Calibration.Import.Onnx;
using StableQuant.Calibration.Import.Tensors;

namespace StableQuant.Calibration.Import.Recognise;

/// <summary>Convolutions over time, with padding of their own and of a Pad before them.</summary>
internal static class ConvolutionRules
{
    /// <summary>The operator Conv.</summary>
    public static DynamicValue Conv(NodeContext context)
    {
        OnnxNode node = context.Node;
        DynamicValue value = context.Dynamic(0);
        Tensor<float> weights = context.Floats(1);
        if (weights.Rank == 4)
        {
            return Convolution2dRules.Conv(context, weights);
        }

        OperatorException.Require(weights.Rank == 3 && weights.Count > 0, "only convolutions over time, or over time and bands, are supported");
        if (node.Ints("dilations") is [not 1 and var dilation])
        {
            weights = Dilated(weights, dilation);
        }

        OperationTerm input = context.Settlement.Settle(value.Term);
        (int before, int after) = Layouts.ChannelsFirst(value.View, input)
            ?? throw new OperatorException("does not run over all frames and channels of one value; that is not supported");

        int kernel = weights.Shape[2], outputs = weights.Shape[0];
        long groups = node.Int("group", 1), stride = (node.Ints("strides") ?? [1])[0];
        OperatorException.Require(
            groups > 0 && stride > 0 && stride <= TensorShape.MaxCount && weights.Shape[1] * groups == input.Columns && outputs % groups == 0,
            $"its weights {TensorShape.Text(weights.Shape)} do not fit {input.Columns} channels in {groups} groups");
        OperatorException.Require(node.Ints("kernel_shape") is not { } said || said is [var k] && k == context.Floats(1).Shape[2], "its kernel_shape is not that of its weights");

        (int left, int right) = Pads(node, kernel, (int)stride, value.View.Shape[2]);
        ConvolutionShape shape = new(kernel, (int)stride, before + left, after + right, (int)groups);
        OperatorException.Require(shape.Rows(input.Rows) > 0, $"{input.Rows} frames are too few for a kernel of {kernel}");

        ProductWeights product = Biased(context, new(weights, false, 0, outputs));
        ConvolutionTerm convolution = new(context.Origin, input, product, shape);
        Tensor<int> whole = Layouts.Whole(1, convolution.Rows, convolution.Columns);
        return new DynamicValue(convolution, Layouts.SwapLast(whole));
    }

    private static Tensor<float> Dilated(Tensor<float> weights, long dilation)
    {
        OperatorException.Require(
            dilation is > 0 and <= DilatedWeights.MaxTaps && DilatedWeights.Taps(weights.Shape[2], (int)dilation) is var taps && taps <= DilatedWeights.MaxTaps
                && (long)weights.Shape[0] * weights.Shape[1] * taps <= TensorShape.MaxCount,
            $"its dilation of {dilation} is not supported");
        float[] spread = DilatedWeights.Spread(weights.Data, weights.Shape[2], 1, (int)dilation);
        return new Tensor<float>([.. weights.Shape[..2], spread.Length / (weights.Shape[0] * weights.Shape[1])], spread);
    }

    /// <summary>Weights with the node's biases, if it has any.</summary>
    public static ProductWeights Biased(NodeContext context, ProductWeights weights)
    {
        if (context.Static(2) is not { } bias)
        {
            return weights;
        }

        OperatorException.Require(bias.Count == weights.Outputs, $"has {bias.Count} biases for {weights.Outputs} channels");
        return weights.Then([.. Enumerable.Repeat(1.0, weights.Outputs)], [.. bias.As<float>().Select(b => (double)b)]);
    }

    private static (int Left, int Right) Pads(OnnxNode node, int kernel, int stride, int frames)
    {
        switch (node.Text("auto_pad"))
        {
            case null or "" or "NOTSET":
                long[] pads = node.Ints("pads") ?? [0, 0];
                OperatorException.Require(pads.Length == 2 && pads.All(p => p is >= 0 and <= TensorShape.MaxCount), "its pads are not supported");
                return ((int)pads[0], (int)pads[1]);
            case "VALID":
                return (0, 0);
            case "SAME_UPPER" or "SAME_LOWER":
                int total = Math.Max(0, ((frames + stride - 1) / stride - 1) * stride + kernel - frames);
                return node.Text("auto_pad") == "SAME_UPPER" ? (total / 2, total - total / 2) : (total - total / 2, total / 2);
            default:
                throw new OperatorException("its auto_pad is unknown");
        }
    }
}

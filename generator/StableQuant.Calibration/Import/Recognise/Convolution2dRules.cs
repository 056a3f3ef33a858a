using StableQuant.Calibration.Import.Onnx;
using StableQuant.Calibration.Import.Tensors;

namespace StableQuant.Calibration.Import.Recognise;

/// <summary>
/// Convolutions over time and bands, as a subsampling in front of an encoder has them: of one channel into many, of each channel by itself, and of
/// one tap, which is a linear layer over the bands of all frames. A frame's bands are rows of the term then, and a linear layer over all of them is
/// a convolution that steps from frame to frame.
/// </summary>
internal static class Convolution2dRules
{
    /// <summary>The operator Conv with two axes.</summary>
    public static DynamicValue Conv(NodeContext context, Tensor<float> weights)
    {
        OnnxNode node = context.Node;
        DynamicValue value = context.Dynamic(0);
        OperationTerm input = context.Settlement.Settle(value.Term);
        (int outputs, int kernel) = (weights.Shape[0], weights.Shape[2]);
        long groups = node.Int("group", 1);
        OperatorException.Require(value.View.Rank == 4 && value.View.Shape[0] == 1 && weights.Count > 0, "is no two-dimensional convolution of one utterance; that is not supported");
        (int channels, int bands) = (value.View.Shape[1], value.View.Shape[3]);
        OperatorException.Require(IsWhole(value.View, input), "does not run over all frames, bands and channels of one value in their order; that is not supported");
        OperatorException.Require(node.Ints("dilations") is null or [1, 1], "dilated convolutions are not supported");
        OperatorException.Require(
            groups > 0 && weights.Shape[1] * groups == channels && outputs % groups == 0,
            $"its weights {TensorShape.Text(weights.Shape)} do not fit {channels} channels in {groups} groups");
        OperatorException.Require(node.Ints("kernel_shape") is not { } said || said.SequenceEqual([kernel, weights.Shape[3]]), "its kernel_shape is not that of its weights");
        long[] strides = node.Ints("strides") ?? [1, 1], pads = node.Ints("pads") ?? [0, 0, 0, 0];
        bool isSquare = kernel == weights.Shape[3] && strides is [var stride, var across] && stride == across && pads.Length == 4 && pads.All(p => p == pads[0]) && node.Text("auto_pad") is null or "" or "NOTSET";
        OperatorException.Require(
            isSquare && strides[0] is > 0 and <= TensorShape.MaxCount && pads[0] >= 0 && pads[0] < kernel,
            "differs along time and bands in taps, stride or padding; that is not supported");

        ProductWeights product = ConvolutionRules.Biased(context, new ProductWeights(weights, false, 0, outputs));
        if (kernel == 1 && strides[0] == 1 && groups == 1 && input.Columns == channels)
        {
            var linear = new LinearTerm(context.Origin, input, product with { Stored = weights.Reshape([outputs, channels]) });
            return new DynamicValue(linear, ChannelsFirst(outputs, linear.Rows / bands, bands));
        }

        OperatorException.Require(
            channels == 1 ? outputs > 1 : groups == channels && outputs == channels,
            "mixes channels in more than one tap; a two-dimensional convolution of one channel, of each channel by itself, or of one tap is supported");
        var shape = new Convolution2dShape(bands, channels, kernel, (int)strides[0], (int)pads[0]);
        OperatorException.Require(shape.Bands(bands) > 0 && shape.Frames(value.View.Shape[2]) > 0, $"{value.View.Shape[2]} frames of {bands} bands are too few for a kernel of {kernel}");
        var convolution = new Convolution2dTerm(context.Origin, input, product, shape);
        return new DynamicValue(convolution, ChannelsFirst(outputs, convolution.Rows / shape.Bands(bands), shape.Bands(bands)));
    }

    /// <summary>A linear layer over all bands of each frame, channels outermost; null where it reads something else.</summary>
    public static DynamicValue? Flattened(NodeContext context, DynamicValue value, ProductWeights weights, int inputs)
    {
        int columns = value.Term.Columns, bands = inputs / columns;
        if (inputs <= columns || inputs % columns != 0 || value.Term.Rows % bands != 0 || value.View.Count != value.Term.Rows * columns || value.View.Shape[^1] != inputs)
        {
            return null;
        }

        for (int i = 0; i < value.View.Count; i++)
        {
            (int frame, int place) = Math.DivRem(i, inputs);
            if (value.View.Data[i] != (((frame * bands) + (place % bands)) * columns) + (place / bands))
            {
                return null;
            }
        }

        var convolution = new ConvolutionTerm(context.Origin, context.Settlement.Settle(value.Term), weights, new ConvolutionShape(bands, bands, 0, 0, 1));
        return new DynamicValue(convolution, Layouts.Whole([.. value.View.Shape[..^1], weights.Outputs]));
    }

    // Whether a view [1, channels, frames, bands] is a term with a row for each frame and band, or of one channel with one for each frame.
    private static bool IsWhole(Tensor<int> view, Term term) =>
        view.Count == term.Rows * term.Columns && view.Shape[1] is var channels && (channels == term.Columns || channels == 1)
        && view.Data.AsSpan().SequenceEqual(ChannelsFirst(channels, view.Shape[2], view.Shape[3]).Data);

    private static Tensor<int> ChannelsFirst(int channels, int frames, int bands)
    {
        int places = frames * bands;
        return new Tensor<int>([1, channels, frames, bands], [.. Enumerable.Range(0, channels * places).Select(i => (i % places * channels) + (i / places))]);
    }
}

using StableQuant.Calibration.Import.Onnx;
using StableQuant.Calibration.Import.Tensors;

namespace StableQuant.Calibration.Import.Recognise;

/// <summary>What makes fewer frames of many, or more of few, without weights.</summary>
internal static class FrameRateRules
{
    /// <summary>The operator AveragePool, of frames that follow each other and do not overlap.</summary>
    public static DynamicValue AveragePool(NodeContext context)
    {
        OnnxNode node = context.Node;
        DynamicValue value = context.Dynamic(0);
        OperationTerm input = context.Settlement.Settle(value.Term);
        OperatorException.Require(
            node.Ints("kernel_shape") is [> 1 and <= int.MaxValue and var frames] && node.Ints("strides") is [var stride] && stride == frames
                && node.Ints("pads") is null or [0, 0] && node.Text("auto_pad") is null or "" or "NOTSET" or "VALID" && !node.Flag("ceil_mode", false) && node.Ints("dilations") is null or [1],
            "averages other than whole groups of frames that do not overlap; that is not supported");
        int size = (int)node.Ints("kernel_shape")![0];
        OperatorException.Require(Layouts.ChannelsFirst(value.View, input) is (0, 0), "does not run over all frames and channels of one value; that is not supported");
        OperatorException.Require(input.Rows >= size, $"{input.Rows} frames are too few for a mean of {size}");
        var pool = new PoolTerm(context.Origin, input, size);
        return new DynamicValue(pool, Layouts.SwapLast(Layouts.Whole(1, pool.Rows, pool.Columns)));
    }

    /// <summary>
    /// A value whose frames were cut into more of fewer channels, as many as a value before it has, with zeros where frames are missing; null where
    /// it is none.
    /// </summary>
    public static DynamicValue? Upsampled(NodeContext context, DynamicValue value)
    {
        if (value.View.Rank < 2 || value.Term is not OperationTerm input || value.View.Shape[^1] is var channels && (channels == 0 || channels >= input.Columns || input.Columns % channels != 0))
        {
            return null;
        }

        int count = input.Rows * input.Columns, factor = input.Columns / channels, rows = value.View.Count / channels;
        for (int i = 0; i < value.View.Count; i++)
        {
            if (value.View.Data[i] != (i < count ? i : -1))
            {
                return null;
            }
        }

        return rows / factor == input.Rows && rows * channels >= count && Before(input, rows) is { } like
            ? new DynamicValue(new UpsampleTerm(context.Origin, input, like, factor), Layouts.Whole([.. value.View.Shape]))
            : null;
    }

    // Of the terms that a term is made of, the one nearest to it with so many rows.
    private static OperationTerm? Before(OperationTerm term, int rows)
    {
        var open = new PriorityQueue<OperationTerm, int>([(term, -term.Depth)]);
        HashSet<OperationTerm> seen = [term];
        while (open.TryDequeue(out OperationTerm? next, out _))
        {
            if (next.Rows == rows)
            {
                return next;
            }

            open.EnqueueRange(next.Inputs.Where(seen.Add).Select(input => (input, -input.Depth)));
        }

        return null;
    }
}

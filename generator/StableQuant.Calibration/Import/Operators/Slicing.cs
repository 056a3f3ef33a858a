using StableQuant.Calibration.Import.Onnx;
using StableQuant.Calibration.Import.Tensors;

namespace StableQuant.Calibration.Import.Operators;

/// <summary>Slice, Gather and Pad: the view operators that choose elements.</summary>
internal static class Slicing
{
    /// <summary>ONNX Slice with its bounds as inputs, or before opset 10 as attributes.</summary>
    public static Tensor Slice(OnnxNode node, Tensor x, IReadOnlyList<Tensor?> inputs)
    {
        return Slice(x, Of(1, "starts") ?? throw new OperatorException("names no starts"), Of(2, "ends") ?? throw new OperatorException("names no ends"), Of(3, "axes"), Of(4, "steps"));

        long[]? Of(int input, string attribute) => (input < inputs.Count ? inputs[input]?.As<long>() : null) ?? node.Ints(attribute);
    }

    /// <summary>ONNX Slice: bounds may count from the end and lie outside; a negative step walks backwards.</summary>
    public static Tensor Slice(Tensor x, long[] starts, long[] ends, long[]? axes, long[]? steps)
    {
        int[] shape = [.. x.Shape];
        int[] strides = TensorShape.Strides(x.Shape);
        int first = 0;
        for (int i = 0; i < starts.Length; i++)
        {
            int axis = TensorShape.Axis(axes?[i] ?? i, x.Rank);
            long step = steps?[i] ?? 1;
            int size = x.Shape[axis];
            if (step == 0 || step == long.MinValue)
            {
                throw new OperatorException($"its step is {step}");
            }

            long start = Bound(starts[i], size, 0, step > 0 ? size : size - 1);
            long end = Bound(ends[i], size, step > 0 ? 0 : -1, size);
            long span = step > 0 ? end - start : start - end;
            shape[axis] = (int)Math.Max(0, (span + Math.Abs(step) - 1) / Math.Abs(step));
            first += (int)start * strides[axis];

            // With fewer than two elements the step is never taken, and it may be beyond any tensor.
            strides[axis] = shape[axis] < 2 ? 0 : strides[axis] * (int)step;
        }

        return shape.AsSpan().SequenceEqual(x.Shape) && first == 0 ? x : x.Take(TensorShape.Walk(shape, strides, first), shape);
    }

    /// <summary>ONNX Gather along one axis.</summary>
    public static Tensor Gather(Tensor x, Tensor indices, long along)
    {
        int axis = TensorShape.Axis(along, x.Rank);
        int size = x.Shape[axis];
        int inner = TensorShape.Count(x.Shape.AsSpan(axis + 1));
        int outer = TensorShape.Count(x.Shape.AsSpan(0, axis));
        long[] wanted = indices.As<long>();
        int[] shape = TensorShape.Grown([.. x.Shape[..axis], .. indices.Shape, .. x.Shape[(axis + 1)..]], x.Count);
        int[] order = new int[TensorShape.Count(shape)];
        int next = 0;
        for (int o = 0; o < outer; o++)
        {
            foreach (long index in wanted)
            {
                int row = (o * size + TensorShape.Axis(index, size)) * inner;
                for (int i = 0; i < inner; i++)
                {
                    order[next++] = row + i;
                }
            }
        }

        return x.Take(order, shape);
    }

    /// <summary>ONNX Pad with zeros.</summary>
    public static Tensor Pad(OnnxNode node, IReadOnlyList<Tensor?> inputs)
    {
        Tensor x = inputs[0]!;
        long[] pads = (inputs.Count > 1 ? inputs[1]?.As<long>() : null) ?? node.Ints("pads") ?? throw new OperatorException("names no pads");
        bool zeros = inputs.Count < 3 || inputs[2] switch { null => true, Tensor<float> f => f.Data.All(v => v == 0), Tensor<long> l => l.Data.All(v => v == 0), _ => false };
        if (node.Text("mode") is not (null or "constant") || !zeros || node.Float("value") is not (null or 0))
        {
            throw new OperatorException("pads with something other than zeros, which is not supported");
        }

        long[]? named = inputs.Count > 3 ? inputs[3]?.As<long>() : null;
        int[] axes = [.. named?.Select(a => TensorShape.Axis(a, x.Rank)) ?? Enumerable.Range(0, x.Rank)];
        if (pads.Length != 2 * axes.Length)
        {
            throw new OperatorException("its pads do not fit its input");
        }

        Tensor padded = x;
        for (int i = 0; i < axes.Length; i++)
        {
            padded = PadAxis(padded, axes[i], pads[i], pads[axes.Length + i]);
        }

        return padded;
    }

    private static Tensor PadAxis(Tensor x, int axis, long before, long after)
    {
        // A negative pad cuts; Slice does that.
        Tensor cut = Slice(x, [Math.Max(0, -before)], [x.Shape[axis] - Math.Max(0, -after)], [axis], null);
        int[] shape = [.. cut.Shape];
        shape[axis] = TensorShape.FromDimensions([Math.Max(0, before) + cut.Shape[axis] + Math.Max(0, after)])[0];
        _ = TensorShape.Grown(shape, cut.Count);
        int inner = TensorShape.Count(shape.AsSpan(axis + 1));
        int own = cut.Shape[axis];
        int[] order = new int[TensorShape.Count(shape)];
        for (int i = 0; i < order.Length; i++)
        {
            long position = i / inner % shape[axis] - Math.Max(0, before);
            int outer = i / inner / shape[axis];
            order[i] = position < 0 || position >= own ? -1 : (outer * own + (int)position) * inner + i % inner;
        }

        return shape.AsSpan().SequenceEqual(cut.Shape) ? cut : cut.Take(order, shape);
    }

    private static long Bound(long value, int size, long low, long high) => Math.Clamp(value < 0 ? value + size : value, low, high);
}

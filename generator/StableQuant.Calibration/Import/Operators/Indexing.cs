using StableQuant.Calibration.Import.Tensors;

namespace StableQuant.Calibration.Import.Operators;

/// <summary>GatherND, GatherElements and their inverses: each result says which elements of its input it takes.</summary>
internal static class Indexing
{
    /// <summary>ONNX GatherND: the last axis of the indices names a position along the first axes after the batch.</summary>
    public static Tensor GatherND(Tensor x, Tensor indices, long batchAxes)
    {
        int batch = batchAxes == 0 ? 0 : TensorShape.Axis(batchAxes, Math.Min(x.Rank, indices.Rank));
        OperatorException.Require(x.Shape.AsSpan(0, batch).SequenceEqual(indices.Shape.AsSpan(0, batch)), "its batches do not fit each other");
        int depth = indices.Shape[^1];
        int slice = TensorShape.Count(x.Shape.AsSpan(batch + depth));
        int[] shape = TensorShape.Grown([.. indices.Shape[..^1], .. x.Shape[(batch + depth)..]], x.Count);
        int batches = TensorShape.Count(x.Shape.AsSpan(0, batch));
        int size = batches == 0 ? 0 : x.Count / batches;
        int rows = TensorShape.Count(indices.Shape.AsSpan(0, indices.Rank - 1));
        int[] starts = Starts(indices.As<long>(), rows, depth, x.Shape.AsSpan(batch, depth), slice);
        int[] order = new int[TensorShape.Count(shape)];
        for (int i = 0; i < order.Length; i++)
        {
            int row = i / slice;
            order[i] = row / (rows / batches) * size + starts[row] + i % slice;
        }

        return x.Take(order, shape);
    }

    /// <summary>ONNX GatherElements: each index names a position along one axis.</summary>
    public static Tensor GatherElements(Tensor x, Tensor indices, long along) => x.Take(Places(x, indices, along), indices.Shape);

    /// <summary>ONNX ScatterND: <see cref="GatherND"/>'s inverse.</summary>
    public static Tensor ScatterND(Tensor x, Tensor indices, Tensor updates)
    {
        int depth = indices.Shape[^1];
        int slice = TensorShape.Count(x.Shape.AsSpan(depth));
        int rows = TensorShape.Count(indices.Shape.AsSpan(0, indices.Rank - 1));
        RequireUpdates(updates, (long)rows * slice);
        int[] starts = Starts(indices.As<long>(), rows, depth, x.Shape.AsSpan(0, depth), slice);
        return Overwrite(x, [.. starts.SelectMany(start => Enumerable.Range(start, slice))], updates);
    }

    /// <summary>ONNX ScatterElements: <see cref="GatherElements"/>' inverse.</summary>
    public static Tensor ScatterElements(Tensor x, Tensor indices, Tensor updates, long along)
    {
        RequireUpdates(updates, indices.Count);
        return Overwrite(x, Places(x, indices, along), updates);
    }

    private static void RequireUpdates(Tensor updates, long places) =>
        OperatorException.Require(updates.Count == places, "its updates do not fit its indices");

    private static Tensor Overwrite(Tensor x, int[] places, Tensor updates)
    {
        int[] order = [.. Enumerable.Range(0, x.Count)];
        for (int i = 0; i < places.Length; i++)
        {
            order[places[i]] = x.Count + i;
        }

        return x.Append([updates]).Take(order, x.Shape);
    }

    /// <summary>For each row of positions, the flat index of the slice that it names.</summary>
    private static int[] Starts(long[] positions, int rows, int depth, ReadOnlySpan<int> shape, int slice)
    {
        int[] strides = TensorShape.Strides(shape);
        int[] starts = new int[rows];
        for (int row = 0; row < rows; row++)
        {
            for (int axis = 0; axis < depth; axis++)
            {
                starts[row] += TensorShape.Axis(positions[row * depth + axis], shape[axis]) * strides[axis] * slice;
            }
        }

        return starts;
    }

    /// <summary>For each index, the flat index of the element that it names along the axis.</summary>
    private static int[] Places(Tensor x, Tensor indices, long along)
    {
        int axis = TensorShape.Axis(along, x.Rank);
        OperatorException.Require(
            indices.Rank == x.Rank && !indices.Shape.Where((d, a) => a != axis && d > x.Shape[a]).Any(), "its indices do not fit its input");
        int[] strides = TensorShape.Strides(x.Shape);
        int step = strides[axis];
        strides[axis] = 0;
        long[] wanted = indices.As<long>();
        int[] places = TensorShape.Walk(indices.Shape, strides, 0);
        for (int i = 0; i < places.Length; i++)
        {
            places[i] += TensorShape.Axis(wanted[i], x.Shape[axis]) * step;
        }

        return places;
    }
}

namespace StableQuant.Calibration.Import.Tensors;

/// <summary>Arithmetic on tensor shapes. Sizes are checked here, so that no operator can ask for more memory than a model needs.</summary>
internal static class TensorShape
{
    /// <summary>Most dimensions of a tensor.</summary>
    public const int MaxRank = 8;

    /// <summary>Most elements of one tensor: 512 MiB of float32.</summary>
    public const int MaxCount = 1 << 27;

    /// <summary>
    /// Most elements that a result may have more than its operands. Weights come from the file; masks and positions, which are made of
    /// nothing, are smaller.
    /// </summary>
    public const int MaxGrowth = 1 << 24;

    /// <summary>Number of elements.</summary>
    public static int Count(ReadOnlySpan<int> shape)
    {
        if (shape.Length > MaxRank)
        {
            throw new OperatorException($"a tensor of {shape.Length} dimensions is not supported ({MaxRank} at most)");
        }

        long count = 1;
        foreach (int dimension in shape)
        {
            if (dimension < 0)
            {
                throw new OperatorException($"{Text(shape)} is no shape");
            }

            // Both factors are below 2^31, so the product cannot overflow.
            count *= dimension;
            if (count > MaxCount)
            {
                throw new OperatorException($"a tensor of shape {Text(shape)} is too large");
            }
        }

        return (int)count;
    }

    /// <summary>A shape that an operator makes of so many elements.</summary>
    public static int[] Grown(int[] shape, long from) =>
        Count(shape) - from <= MaxGrowth ? shape : throw new OperatorException($"makes a tensor of shape {Text(shape)} out of {from} elements: it is too large");

    /// <summary>A shape from 64-bit dimensions.</summary>
    public static int[] FromDimensions(ReadOnlySpan<long> dimensions)
    {
        int[] shape = new int[dimensions.Length];
        for (int i = 0; i < shape.Length; i++)
        {
            if (dimensions[i] is < 0 or > MaxCount)
            {
                throw new OperatorException($"a dimension of {dimensions[i]} is not supported");
            }

            shape[i] = (int)dimensions[i];
        }

        _ = Count(shape);
        return shape;
    }

    /// <summary>Elements between two neighbours along each axis, row-major.</summary>
    public static int[] Strides(ReadOnlySpan<int> shape)
    {
        int[] strides = new int[shape.Length];
        int stride = 1;
        for (int axis = shape.Length - 1; axis >= 0; axis--)
        {
            strides[axis] = stride;
            stride *= shape[axis];
        }

        return strides;
    }

    /// <summary>An axis that may count from the end.</summary>
    public static int Axis(long axis, int rank)
    {
        long normal = axis < 0 ? axis + rank : axis;
        return normal >= 0 && normal < rank
            ? (int)normal
            : throw new OperatorException($"axis {axis} lies outside a tensor of {rank} dimensions");
    }

    /// <summary>Axes that may count from the end, in ascending order and without repeats.</summary>
    public static int[] Axes(IEnumerable<long> axes, int rank)
    {
        int[] normal = [.. axes.Select(a => Axis(a, rank)).Order()];
        return normal.Distinct().Count() == normal.Length ? normal : throw new OperatorException("an axis is named twice");
    }

    /// <summary>The shape that two operands broadcast to.</summary>
    public static int[] Broadcast(ReadOnlySpan<int> left, ReadOnlySpan<int> right)
    {
        int[] shape = new int[Math.Max(left.Length, right.Length)];
        for (int i = 1; i <= shape.Length; i++)
        {
            int l = i <= left.Length ? left[^i] : 1;
            int r = i <= right.Length ? right[^i] : 1;
            shape[^i] = l == r || r == 1 ? l
                : l == 1 ? r
                : throw new OperatorException($"shapes {Text(left)} and {Text(right)} do not broadcast");
        }

        return Grown(shape, Math.Max(Count(left), Count(right)));
    }

    /// <summary>For each element of <paramref name="to"/>, the element of <paramref name="from"/> that broadcasts to it.</summary>
    public static int[] BroadcastIndices(ReadOnlySpan<int> from, ReadOnlySpan<int> to)
    {
        int[] own = Strides(from);
        int[] strides = new int[to.Length];
        for (int i = 1; i <= from.Length; i++)
        {
            strides[^i] = from[^i] == 1 ? 0 : own[^i];
        }

        return Walk(to, strides, 0);
    }

    /// <summary>
    /// The indices start + Σ position[axis] · strides[axis] over all positions of a tensor of the given shape, row by
    /// row: the one loop behind broadcasting, transposing and slicing.
    /// </summary>
    public static int[] Walk(ReadOnlySpan<int> shape, ReadOnlySpan<int> strides, int start)
    {
        int[] indices = new int[Count(shape)];
        Span<int> position = stackalloc int[shape.Length];
        int index = start;
        for (int i = 0; i < indices.Length; i++)
        {
            indices[i] = index;
            for (int axis = shape.Length - 1; axis >= 0; axis--)
            {
                index += strides[axis];
                if (++position[axis] < shape[axis])
                {
                    break;
                }

                index -= strides[axis] * shape[axis];
                position[axis] = 0;
            }
        }

        return indices;
    }

    /// <summary>The shape as people write it.</summary>
    public static string Text(ReadOnlySpan<int> shape) => $"[{string.Join(", ", shape.ToArray())}]";
}

using StableQuant.Calibration.Import.Onnx;
using StableQuant.Calibration.Import.Tensors;

namespace StableQuant.Calibration.Import.Operators;

/// <summary>
/// The operators that only rearrange elements. Each is arithmetic on indices, so the same code moves the elements of a
/// static tensor and the view of a dynamic value.
/// </summary>
internal static class ViewOperators
{
    private delegate Tensor[] Rule(OnnxNode node, IReadOnlyList<Tensor?> inputs);

    private static readonly Dictionary<string, Rule> Rules = new(StringComparer.Ordinal)
    {
        ["Identity"] = (_, x) => [Data(x)],
        ["Reshape"] = (n, x) => [Data(x).Reshape(Reshaped(Data(x).Shape, Longs(x, 1), n.Flag("allowzero", false)))],
        ["Flatten"] = (n, x) => [Flatten(Data(x), n.Int("axis", 1))],
        ["Squeeze"] = (n, x) => [Squeeze(Data(x), Axes(n, x, 1))],
        ["Unsqueeze"] = (n, x) => [Unsqueeze(Data(x), Axes(n, x, 1) ?? throw new OperatorException("names no axes"))],
        ["Transpose"] = (n, x) => [Transpose(Data(x), n.Ints("perm"))],
        ["Expand"] = (_, x) => [BroadcastTo(Data(x), TensorShape.Grown(TensorShape.Broadcast(Data(x).Shape, TensorShape.FromDimensions(Longs(x, 1))), Data(x).Count))],
        ["Tile"] = (_, x) => [Tile(Data(x), Longs(x, 1))],
        ["Concat"] = (n, x) => [Concat([.. x.Select(t => t!)], n.Int("axis") ?? throw new OperatorException("names no axis"))],
        ["Split"] = Split,
        ["Slice"] = (n, x) => [Slicing.Slice(n, Data(x), x)],
        ["Gather"] = (n, x) => [Slicing.Gather(Data(x), Required(x, 1), n.Int("axis", 0))],
        ["GatherND"] = (n, x) => [Indexing.GatherND(Data(x), Required(x, 1), n.Int("batch_dims", 0))],
        ["GatherElements"] = (n, x) => [Indexing.GatherElements(Data(x), Required(x, 1), n.Int("axis", 0))],
        ["Pad"] = (n, x) => [Slicing.Pad(n, x)],
    };

    /// <summary>Whether the operator only rearranges elements.</summary>
    public static bool Handles(string op) => Rules.ContainsKey(op);

    /// <summary>Whether the operator rearranges the elements of this input; the others are its parameters and must be static.</summary>
    public static bool Rearranges(string op, int input) => input == 0 || op == "Concat";

    /// <summary>Applies the operator.</summary>
    public static Tensor[] Apply(OnnxNode node, IReadOnlyList<Tensor?> inputs) => Rules[node.Operator](node, inputs);

    /// <summary>Expands to a shape that the tensor broadcasts to.</summary>
    public static Tensor BroadcastTo(Tensor tensor, int[] shape) =>
        tensor.Shape.AsSpan().SequenceEqual(shape) ? tensor : tensor.Take(TensorShape.BroadcastIndices(tensor.Shape, shape), shape);

    /// <summary>Axes from an input or, in older opsets, from the attribute.</summary>
    public static long[]? Axes(OnnxNode node, IReadOnlyList<Tensor?> inputs, int input) => Optional(inputs, input) ?? node.Ints("axes");

    /// <summary>Reorders the axes; reverses them without a permutation.</summary>
    public static Tensor Transpose(Tensor x, long[]? permutation)
    {
        int[] axes = permutation is null ? [.. Enumerable.Range(0, x.Rank).Reverse()] : [.. permutation.Select(p => TensorShape.Axis(p, x.Rank))];
        if (axes.Length != x.Rank || axes.Distinct().Count() != x.Rank)
        {
            throw new OperatorException("its permutation does not fit its input");
        }

        int[] strides = TensorShape.Strides(x.Shape);
        int[] shape = [.. axes.Select(a => x.Shape[a])];
        return axes.SequenceEqual(Enumerable.Range(0, x.Rank)) ? x
            : x.Take(TensorShape.Walk(shape, [.. axes.Select(a => strides[a])], 0), shape);
    }

    private static int[] Reshaped(int[] from, long[] to, bool allowZero)
    {
        long[] shape = [.. to];
        int unknown = -1;
        long known = 1;
        for (int i = 0; i < shape.Length; i++)
        {
            if (shape[i] == 0 && !allowZero)
            {
                shape[i] = i < from.Length ? from[i] : throw new OperatorException("copies a dimension that its input lacks");
            }

            if (shape[i] == -1)
            {
                unknown = unknown < 0 ? i : throw new OperatorException("leaves two dimensions open");
            }
            else
            {
                known = shape[i] is >= 0 and <= TensorShape.MaxCount ? Math.Min(known * shape[i], TensorShape.MaxCount + 1L) : throw new OperatorException($"asks for a dimension of {shape[i]}");
            }
        }

        int count = TensorShape.Count(from);
        if (unknown >= 0)
        {
            shape[unknown] = known > 0 && count % known == 0 ? count / known : throw new OperatorException($"cannot make {TensorShape.Text(from)} fit");
        }

        int[] result = TensorShape.FromDimensions(shape);
        return TensorShape.Count(result) == count ? result
            : throw new OperatorException($"cannot make {TensorShape.Text(from)} into {TensorShape.Text(result)}{(count > 0 && TensorShape.Count(result) % count == 0 ? $"; if a batch of {TensorShape.Count(result) / count} was traced, export with a dynamic batch (dynamic_axes, dynamic_shapes) or trace with one utterance" : "")}");
    }

    private static Tensor Flatten(Tensor x, long axis)
    {
        int cut = axis == x.Rank ? x.Rank : TensorShape.Axis(axis, Math.Max(x.Rank, 1));
        return x.Reshape([TensorShape.Count(x.Shape.AsSpan(0, cut)), TensorShape.Count(x.Shape.AsSpan(cut))]);
    }

    private static Tensor Squeeze(Tensor x, long[]? axes)
    {
        int[] drop = axes is null ? [.. Enumerable.Range(0, x.Rank).Where(a => x.Shape[a] == 1)] : TensorShape.Axes(axes, x.Rank);
        return drop.All(a => x.Shape[a] == 1)
            ? x.Reshape([.. x.Shape.Where((_, a) => !drop.Contains(a))])
            : throw new OperatorException($"drops a dimension of {TensorShape.Text(x.Shape)} that is not 1");
    }

    private static Tensor Unsqueeze(Tensor x, long[] axes)
    {
        List<int> shape = [.. x.Shape];
        foreach (int axis in TensorShape.Axes(axes, x.Rank + axes.Length))
        {
            shape.Insert(axis, 1);
        }

        return x.Reshape([.. shape]);
    }

    private static Tensor Tile(Tensor x, long[] repeats)
    {
        if (repeats.Length != x.Rank)
        {
            throw new OperatorException("its repeats do not fit its input");
        }

        int[] counts = TensorShape.FromDimensions(repeats);
        int[] shape = TensorShape.Grown(TensorShape.FromDimensions([.. counts.Select((c, a) => (long)c * x.Shape[a])]), x.Count);

        // [a, b] repeated r, s times is [r, a, s, b] with strides of 0 where it repeats.
        int[] strides = TensorShape.Strides(x.Shape);
        int[] walk = [.. counts.Zip(x.Shape, (c, d) => new[] { c, d }).SelectMany(p => p)];
        return x.Rank * 2 > TensorShape.MaxRank
            ? throw new OperatorException("tiles too many dimensions")
            : x.Take(TensorShape.Walk(walk, [.. strides.SelectMany(s => new[] { 0, s })], 0), shape);
    }

    private static Tensor Concat(IReadOnlyList<Tensor> parts, long along)
    {
        int[] shape = [.. parts[0].Shape];
        int axis = TensorShape.Axis(along, shape.Length);
        List<int[]> indices = [];
        int start = 0;
        foreach (Tensor part in parts)
        {
            if (part.Rank != shape.Length || part.Shape.Where((d, a) => a != axis && d != shape[a]).Any())
            {
                throw new OperatorException($"joins {TensorShape.Text(shape)} and {TensorShape.Text(part.Shape)}");
            }

            indices.Add(TensorShape.Walk(part.Shape, TensorShape.Strides(part.Shape), start));
            start += part.Count;
        }

        shape[axis] = TensorShape.FromDimensions([parts.Sum(p => (long)p.Shape[axis])])[0];

        // Joined along the first axis the parts simply follow each other; along another, block by block.
        int blocks = TensorShape.Count(shape.AsSpan(0, axis));
        List<int> order = new(TensorShape.Count(shape));
        for (int block = 0; block < blocks; block++)
        {
            foreach (int[] part in indices)
            {
                int size = part.Length / blocks;
                order.AddRange(part.AsSpan(block * size, size));
            }
        }

        return parts[0].Append([.. parts.Skip(1)]).Take([.. order], shape);
    }

    private static Tensor[] Split(OnnxNode node, IReadOnlyList<Tensor?> inputs)
    {
        Tensor x = Data(inputs);
        int axis = TensorShape.Axis(node.Int("axis", 0), x.Rank);
        int parts = node.Outputs.Count;
        int even = (x.Shape[axis] + parts - 1) / parts;
        long[] sizes = Optional(inputs, 1) ?? node.Ints("split")
            ?? [.. Enumerable.Range(0, parts).Select(p => (long)Math.Clamp(x.Shape[axis] - p * even, 0, even))];
        if (sizes.Length != parts || sizes.Any(s => s < 0) || sizes.Sum() != x.Shape[axis])
        {
            throw new OperatorException("its parts do not fit its input");
        }

        List<Tensor> outputs = [];
        long start = 0;
        foreach (long size in sizes)
        {
            outputs.Add(Slicing.Slice(x, [start], [start + size], [axis], null));
            start += size;
        }

        return [.. outputs];
    }

    private static Tensor Data(IReadOnlyList<Tensor?> inputs) =>
        inputs.Count > 0 && inputs[0] is { } data ? data : throw new OperatorException("has no input");

    private static Tensor Required(IReadOnlyList<Tensor?> inputs, int index) =>
        index < inputs.Count && inputs[index] is { } tensor ? tensor : throw new OperatorException($"lacks input {index}");

    private static long[] Longs(IReadOnlyList<Tensor?> inputs, int index) =>
        Required(inputs, index).As<long>();

    private static long[]? Optional(IReadOnlyList<Tensor?> inputs, int index) =>
        index < inputs.Count ? inputs[index]?.As<long>() : null;
}

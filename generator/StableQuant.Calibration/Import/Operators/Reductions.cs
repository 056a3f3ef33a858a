using StableQuant.Calibration.Import.Onnx;
using StableQuant.Calibration.Import.Tensors;

namespace StableQuant.Calibration.Import.Operators;

/// <summary>The Reduce operators, and the grouping of elements that they share with their recognition on dynamic values.</summary>
internal static class Reductions
{
    private static readonly Dictionary<string, Func<double[], double>> Rules = new(StringComparer.Ordinal)
    {
        ["ReduceSum"] = g => g.Sum(),
        ["ReduceMean"] = g => g.Average(),
        ["ReduceMax"] = g => g.Max(),
        ["ReduceMin"] = g => g.Min(),
        ["ReduceProd"] = g => g.Aggregate(1.0, (a, b) => a * b),
        ["ReduceL1"] = g => g.Sum(Math.Abs),
        ["ReduceL2"] = g => Math.Sqrt(g.Sum(v => v * v)),
        ["ReduceSumSquare"] = g => g.Sum(v => v * v),
    };

    /// <summary>Whether the operator is a reduction.</summary>
    public static bool Handles(string op) => Rules.ContainsKey(op);

    /// <summary>
    /// The elements grouped for a reduction: [groups, elements of one group], and the shape of the result.
    /// </summary>
    public static (Tensor Groups, int[] Shape) Group(OnnxNode node, Tensor x, IReadOnlyList<Tensor?> inputs)
    {
        long[]? named = ViewOperators.Axes(node, inputs, 1);
        bool none = named is null or { Length: 0 };
        int[] axes = none && node.Flag("noop_with_empty_axes", false) ? []
            : none ? [.. Enumerable.Range(0, x.Rank)]
            : TensorShape.Axes(named!, x.Rank);
        int[] others = [.. Enumerable.Range(0, x.Rank).Except(axes)];
        int[] shape = node.Flag("keepdims", true)
            ? [.. x.Shape.Select((d, a) => axes.Contains(a) ? 1 : d)]
            : [.. others.Select(a => x.Shape[a])];
        int size = TensorShape.Count([.. axes.Select(a => x.Shape[a])]);
        Tensor ordered = ViewOperators.Transpose(x, [.. others.Concat(axes).Select(a => (long)a)]);
        return (ordered.Reshape([TensorShape.Count(shape), size]), shape);
    }

    /// <summary>Evaluates a reduction; in double, so that folding a constant loses nothing.</summary>
    public static Tensor Evaluate(OnnxNode node, IReadOnlyList<Tensor?> inputs)
    {
        (Tensor groups, int[] shape) = Group(node, inputs[0]!, inputs);
        int size = groups.Shape[1];
        if (size == 0)
        {
            throw new OperatorException("reduces an empty dimension");
        }

        Func<double[], double> rule = Rules[node.Operator];
        if (groups is Tensor<bool> flags)
        {
            // Whether all are set, or any: ReduceMin and ReduceMax of booleans, from opset 20 on.
            return new Tensor<bool>(shape, [.. flags.Data.Chunk(size).Select(g => rule([.. g.Select(v => v ? 1.0 : 0)]) != 0)]);
        }

        return groups is Tensor<long> integers
            ? new Tensor<long>(shape, [.. integers.Data.Chunk(size).Select(g => (long)rule([.. g.Select(v => (double)v)]))])
            : new Tensor<float>(shape, [.. groups.As<float>().Chunk(size).Select(g => (float)rule([.. g.Select(v => (double)v)]))]);
    }
}

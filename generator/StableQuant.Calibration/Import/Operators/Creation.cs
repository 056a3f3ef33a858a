using StableQuant.Calibration.Import.Onnx;
using StableQuant.Calibration.Import.Tensors;

namespace StableQuant.Calibration.Import.Operators;

/// <summary>The operators that make static tensors from shapes and positions: ranges, masks, running sums.</summary>
internal static class Creation
{
    private delegate Tensor Rule(OnnxNode node, IReadOnlyList<Tensor?> inputs, OnnxGraph graph);

    private static readonly Dictionary<string, Rule> Rules = new(StringComparer.Ordinal)
    {
        ["Constant"] = (n, _, g) => Constant(n, g),
        ["ConstantOfShape"] = (n, x, g) => ConstantOfShape(n, x[0]!, g),
        ["Range"] = (_, x, _) => Range(x),
        ["Trilu"] = (n, x, _) => Trilu(n, x),
        ["CumSum"] = (n, x, _) => CumSum(n, x),
        ["ScatterND"] = (n, x, _) => Scatter(n, () => Indexing.ScatterND(x[0]!, x[1]!, x[2]!)),
        ["ScatterElements"] = (n, x, _) => Scatter(n, () => Indexing.ScatterElements(x[0]!, x[1]!, x[2]!, n.Int("axis", 0))),
        ["Scatter"] = (n, x, _) => Scatter(n, () => Indexing.ScatterElements(x[0]!, x[1]!, x[2]!, n.Int("axis", 0))),
        ["NonZero"] = (_, x, _) => NonZero(x[0]!),
    };

    /// <summary>Whether the operator is one of these.</summary>
    public static bool Handles(string op) => Rules.ContainsKey(op);

    /// <summary>Evaluates the operator.</summary>
    public static Tensor Evaluate(OnnxNode node, IReadOnlyList<Tensor?> inputs, OnnxGraph graph) => Rules[node.Operator](node, inputs, graph);

    private static Tensor Constant(OnnxNode node, OnnxGraph graph) =>
        node.Tensor("value") is { } tensor ? graph.Decode(tensor)
        : node.Float("value_float") is { } f ? Tensor.Scalar(f)
        : node.Int("value_int") is { } i ? Tensor.Scalar(i)
        : node.Floats("value_floats") is { } floats ? Tensor.Vector(floats)
        : node.Ints("value_ints") is { } ints ? Tensor.Vector(ints)
        : throw new OperatorException("holds no value that is supported");

    private static Tensor ConstantOfShape(OnnxNode node, Tensor dimensions, OnnxGraph graph)
    {
        Tensor value = node.Tensor("value") is { } stored ? graph.Decode(stored) : Tensor.Scalar(0f);
        int[] shape = TensorShape.Grown(TensorShape.FromDimensions(dimensions.As<long>()), 0);
        return value.Count == 1 ? value.Take(new int[TensorShape.Count(shape)], shape) : throw new OperatorException("its value is no scalar");
    }

    private static Tensor Range(IReadOnlyList<Tensor?> x)
    {
        if (x[0] is Tensor<long>)
        {
            long start = x[0]!.As<long>()[0], limit = x[1]!.As<long>()[0], delta = x[2]!.As<long>()[0];
            return new Tensor<long>([Length((double)limit - start, delta)], [.. Enumerable.Range(0, Length((double)limit - start, delta)).Select(i => start + i * delta)]);
        }

        float first = x[0]!.As<float>()[0], step = x[2]!.As<float>()[0];
        int count = Length((double)x[1]!.As<float>()[0] - first, step);
        return new Tensor<float>([count], [.. Enumerable.Range(0, count).Select(i => first + i * step)]);
    }

    private static int Length(double span, double step)
    {
        double length = Math.Max(0, Math.Ceiling(span / step));
        return length <= TensorShape.MaxGrowth ? (int)length : throw new OperatorException("its range has no sensible length");
    }

    private static Tensor Trilu(OnnxNode node, IReadOnlyList<Tensor?> inputs)
    {
        Tensor x = inputs[0]!;
        int rows = x.Shape[^2], columns = x.Shape[^1];
        long diagonal = inputs.Count > 1 && inputs[1] is { } k ? k.As<long>()[0] : 0;
        bool upper = node.Flag("upper", true);
        return x.Take([.. Enumerable.Range(0, x.Count).Select(i => Keeps(i / columns % rows, i % columns) ? i : -1)], x.Shape);

        bool Keeps(long row, long column) => upper ? column - row >= diagonal : column - row <= diagonal;
    }

    private static Tensor CumSum(OnnxNode node, IReadOnlyList<Tensor?> inputs)
    {
        Tensor x = inputs[0]!;
        int axis = TensorShape.Axis(inputs[1]!.As<long>()[0], x.Rank);
        return x is Tensor<long> integers
            ? new Tensor<long>(x.Shape, Run(integers.Data, (a, b) => a + b))
            : new Tensor<float>(x.Shape, Run(x.As<float>(), (a, b) => a + b));

        T[] Run<T>(T[] data, Func<T, T, T> add)
            where T : struct
        {
            bool exclusive = node.Flag("exclusive", false), reverse = node.Flag("reverse", false);
            int size = x.Shape[axis], stride = TensorShape.Strides(x.Shape)[axis];
            T[] result = new T[data.Length];
            foreach (int start in Enumerable.Range(0, data.Length).Where(i => i / stride % size == 0))
            {
                T sum = default;
                for (int step = 0; step < size; step++)
                {
                    int i = start + (reverse ? size - 1 - step : step) * stride;
                    T next = add(sum, data[i]);
                    result[i] = exclusive ? sum : next;
                    sum = next;
                }
            }

            return result;
        }
    }

    private static Tensor Scatter(OnnxNode node, Func<Tensor> scatter)
    {
        OperatorException.Require(node.Text("reduction") is null or "none", "scatters with a reduction, which is not supported");
        return scatter();
    }

    private static Tensor<long> NonZero(Tensor x)
    {
        bool[] set = Conversions.Cast(x, (long)TensorProto.Types.DataType.Bool).As<bool>();
        int[] found = [.. Enumerable.Range(0, set.Length).Where(i => set[i])];
        int[] strides = TensorShape.Strides(x.Shape);
        return new Tensor<long>([x.Rank, found.Length], [.. strides.SelectMany((s, a) => found.Select(i => (long)(i / s % x.Shape[a])))]);
    }
}

using System.Numerics;
using StableQuant.Calibration.Float;
using StableQuant.Calibration.Import.Onnx;
using StableQuant.Calibration.Import.Tensors;

namespace StableQuant.Calibration.Import.Operators;

/// <summary>The operators that work element by element, with broadcasting, on static tensors.</summary>
internal static class Elementwise
{
    /// <summary>Functions of one float; the recognition of activations uses them, too.</summary>
    public static readonly IReadOnlyDictionary<string, Func<double, double>> Functions = new Dictionary<string, Func<double, double>>(StringComparer.Ordinal)
    {
        ["Sqrt"] = Math.Sqrt,
        ["Reciprocal"] = v => 1 / v,
        ["Exp"] = Math.Exp,
        ["Log"] = Math.Log,
        ["Erf"] = ErrorFunction.Erf,
        ["Sigmoid"] = v => 1 / (1 + Math.Exp(-v)),
        ["Tanh"] = Math.Tanh,
        ["Sin"] = Math.Sin,
        ["Cos"] = Math.Cos,
        ["Floor"] = Math.Floor,
        ["Ceil"] = Math.Ceiling,
        ["Round"] = v => Math.Round(v, MidpointRounding.ToEven),
        ["Relu"] = v => Math.Max(v, 0),
        ["Softplus"] = v => Math.Log(1 + Math.Exp(v)),
    };

    /// <summary>Arithmetic on two floats; the recognition of activations uses it, too.</summary>
    public static readonly IReadOnlyDictionary<string, Func<double, double, double>> Arithmetic = new Dictionary<string, Func<double, double, double>>(StringComparer.Ordinal)
    {
        ["Add"] = (a, b) => a + b,
        ["Sub"] = (a, b) => a - b,
        ["Mul"] = (a, b) => a * b,
        ["Div"] = (a, b) => a / b,
        ["Pow"] = Math.Pow,
        ["Min"] = Math.Min,
        ["Max"] = Math.Max,
    };

    private delegate Tensor Rule(OnnxNode node, IReadOnlyList<Tensor?> inputs);

    private static readonly Dictionary<string, Rule> Rules = new(StringComparer.Ordinal)
    {
        ["Mod"] = (n, x) => n.Flag("fmod", false)
            ? Numbers(x, (a, b) => a % b, (a, b) => a % b)
            : Numbers(x, FloorMod, (a, b) => a - b * MathF.Floor(a / b)),
        ["Equal"] = (_, x) => x[0] is Tensor<bool> ? Zip<bool, bool>(x, (a, b) => a == b) : Compare(x, (a, b) => a == b, (a, b) => a == b),
        ["Less"] = (_, x) => Compare(x, (a, b) => a < b, (a, b) => a < b),
        ["Greater"] = (_, x) => Compare(x, (a, b) => a > b, (a, b) => a > b),
        ["LessOrEqual"] = (_, x) => Compare(x, (a, b) => a <= b, (a, b) => a <= b),
        ["GreaterOrEqual"] = (_, x) => Compare(x, (a, b) => a >= b, (a, b) => a >= b),
        ["And"] = (_, x) => Zip<bool, bool>(x, (a, b) => a && b),
        ["Or"] = (_, x) => Zip<bool, bool>(x, (a, b) => a || b),
        ["Xor"] = (_, x) => Zip<bool, bool>(x, (a, b) => a != b),
        ["Not"] = (_, x) => Map<bool, bool>(x[0]!, v => !v),
        ["IsNaN"] = (_, x) => Map<float, bool>(x[0]!, float.IsNaN),
        ["IsInf"] = (_, x) => Map<float, bool>(x[0]!, float.IsInfinity),
        ["Neg"] = (_, x) => Signed(x[0]!, v => -v, v => -v),
        ["Abs"] = (_, x) => Signed(x[0]!, v => v < 0 ? -v : v, Math.Abs),
        ["Sign"] = (_, x) => Signed(x[0]!, v => Math.Sign(v), v => Math.Sign(v)),
        ["Cast"] = (n, x) => Conversions.Cast(x[0]!, n.Int("to", 0)),
        ["CastLike"] = (_, x) => Conversions.CastLike(x[0]!, x[1]!),
        ["Clip"] = Clip,
        ["Where"] = Where,
    };

    /// <summary>Whether the operator works element by element.</summary>
    public static bool Handles(string op) => Rules.ContainsKey(op) || Functions.ContainsKey(op) || Arithmetic.ContainsKey(op);

    /// <summary>Evaluates the operator.</summary>
    public static Tensor Evaluate(OnnxNode node, IReadOnlyList<Tensor?> inputs)
    {
        if (Rules.TryGetValue(node.Operator, out Rule? rule))
        {
            return rule(node, inputs);
        }

        if (Functions.TryGetValue(node.Operator, out Func<double, double>? function))
        {
            return Map<float, float>(inputs[0]!, v => (float)function(v));
        }

        Func<double, double, double> operation = Arithmetic[node.Operator];
        Tensor result = inputs[0]!;
        foreach (Tensor? next in inputs.Skip(1))
        {
            result = Numbers([result, next], (a, b) => Integer(node.Operator, a, b), (a, b) => (float)operation(a, b));
        }

        return result;
    }

    /// <summary>Applies a function to two tensors that broadcast.</summary>
    public static Tensor<TResult> Zip<T, TResult>(IReadOnlyList<Tensor?> inputs, Func<T, T, TResult> function)
        where T : unmanaged
        where TResult : unmanaged
    {
        Tensor left = inputs[0]!, right = inputs[1]!;
        int[] shape = TensorShape.Broadcast(left.Shape, right.Shape);
        T[] a = ViewOperators.BroadcastTo(left, shape).As<T>();
        T[] b = ViewOperators.BroadcastTo(right, shape).As<T>();
        TResult[] result = new TResult[a.Length];
        for (int i = 0; i < result.Length; i++)
        {
            result[i] = function(a[i], b[i]);
        }

        return new(shape, result);
    }

    private static Tensor<TResult> Map<T, TResult>(Tensor x, Func<T, TResult> function)
        where T : unmanaged
        where TResult : unmanaged => new(x.Shape, [.. x.As<T>().Select(function)]);

    private static Tensor Signed(Tensor x, Func<long, long> integers, Func<float, float> floats) =>
        x is Tensor<long> ? Map(x, integers) : Map(x, floats);

    private static Tensor Numbers(IReadOnlyList<Tensor?> x, Func<long, long, long> integers, Func<float, float, float> floats) =>
        x[0] is Tensor<long>
            // Pow may raise an integer to a float.
            ? Zip([x[0], x[1] is Tensor<float> ? Conversions.Cast(x[1]!, (long)TensorProto.Types.DataType.Int64) : x[1]], integers)
            : Zip([x[0], x[1] is Tensor<long> ? Conversions.Cast(x[1]!, (long)TensorProto.Types.DataType.Float) : x[1]], floats);

    private static Tensor<bool> Compare(IReadOnlyList<Tensor?> x, Func<long, long, bool> integers, Func<float, float, bool> floats) =>
        x[0] is Tensor<long> ? Zip(x, integers) : Zip(x, floats);

    private static long Integer(string op, long a, long b) => op switch
    {
        "Add" => a + b,
        "Sub" => a - b,
        "Mul" => a * b,
        // ONNX divides integers as C does, towards zero.
        "Div" => b switch { 0 => throw new OperatorException("divides by zero"), -1 => -a, _ => a / b },
        "Min" => Math.Min(a, b),
        "Max" => Math.Max(a, b),
        _ => (long)BigInteger.Pow(a, checked((int)Math.Clamp(b, 0, 64))),
    };

    private static long FloorMod(long a, long b) =>
        b switch { 0 => throw new OperatorException("divides by zero"), -1 => 0, _ => a % b is var r && r != 0 && (r < 0) != (b < 0) ? r + b : r };

    /// <summary>The lower (1) or upper (2) bound of a Clip; null for none. Before opset 11 it is an attribute.</summary>
    public static Tensor? ClipBound(OnnxNode node, IReadOnlyList<Tensor?> inputs, int input) =>
        input < inputs.Count && inputs[input] is { } bound ? bound : node.Float(input == 1 ? "min" : "max") is { } attribute ? Tensor.Scalar(attribute) : null;

    private static Tensor Clip(OnnxNode node, IReadOnlyList<Tensor?> inputs)
    {
        Tensor result = inputs[0]!;
        if (ClipBound(node, inputs, 1) is { } low)
        {
            result = Numbers([result, low], Math.Max, MathF.Max);
        }

        return ClipBound(node, inputs, 2) is { } high ? Numbers([result, high], Math.Min, MathF.Min) : result;
    }

    private static Tensor Where(OnnxNode node, IReadOnlyList<Tensor?> inputs)
    {
        int[] shape = TensorShape.Broadcast(inputs[0]!.Shape, TensorShape.Broadcast(inputs[1]!.Shape, inputs[2]!.Shape));
        bool[] condition = ViewOperators.BroadcastTo(inputs[0]!, shape).As<bool>();
        Tensor whenTrue = ViewOperators.BroadcastTo(inputs[1]!, shape);
        Tensor whenFalse = ViewOperators.BroadcastTo(inputs[2]!, shape);
        int[] order = [.. condition.Select((c, i) => c ? i : i + condition.Length)];
        return whenTrue.Append([whenFalse]).Take(order, shape);
    }
}

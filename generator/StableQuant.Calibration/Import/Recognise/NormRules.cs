using StableQuant.Calibration.Import.Operators;
using StableQuant.Calibration.Import.Tensors;

namespace StableQuant.Calibration.Import.Recognise;

/// <summary>Layer and group normalisation, as operators and in parts.</summary>
internal static class NormRules
{
    private const float DefaultEpsilon = 1e-5f;

    /// <summary>ReduceMean and ReduceSum, over the channels or over time: a mean, or the variance of a centred value.</summary>
    public static DynamicValue Reduce(NodeContext context)
    {
        DynamicValue value = context.Dynamic(0);
        Term term = value.Term;
        (Tensor grouped, int[] shape) = Reductions.Group(context.Node, value.View, [null, context.Static(1)]);
        Tensor<int> groups = (Tensor<int>)grouped;
        int size = groups.Shape[1];
        int[][] chunks = [.. groups.Data.Chunk(Math.Max(size, 1))];
        if (term is StackTerm stack && context.Node.Operator == "ReduceSum")
        {
            return StackRules.Sum(context, stack, chunks, shape);
        }

        bool channels = size == term.Columns && term.Columns > 1
            && chunks.All(g => g[0] >= 0 && g.All(i => i >= 0 && i / term.Columns == g[0] / term.Columns) && g.Distinct().Count() == size);
        bool time = !channels && size == term.Rows
            && chunks.All(g => g.All(i => i >= 0 && i % term.Columns == g[0] % term.Columns) && g.Distinct().Count() == size);
        if (!channels && !time && term is LinearTerm linear && context.Node.Operator == "ReduceSum" && Sums(chunks, linear) is { } sums)
        {
            LinearTerm summed = new(context.Origin, linear.Inputs[0], linear.Weights.Summed(sums));
            int[] place = new int[linear.Columns];
            for (int sum = 0; sum < sums.Length; sum++)
            {
                place[sums[sum][0]] = sum;
            }

            return new DynamicValue(summed, new Tensor<int>(shape, [.. chunks.Select(g => (g[0] / linear.Columns * sums.Length) + place[g.Min() % linear.Columns])]));
        }

        if (!channels && !time)
        {
            throw new OperatorException("reduces over something other than all channels or all frames; that is not supported");
        }

        Term mean = term is FunctionTerm { Argument: CenteredTerm centered } square && centered.OverTime == time && ScalarFunction.IsSquare(square.Values)
            ? new VarianceTerm(context.Origin, centered)
            : context.Settlement.Mean(context.Origin, context.Settlement.Settle(term), time);
        DynamicValue result = new(mean, new Tensor<int>(shape, [.. chunks.Select(g => time ? g[0] % term.Columns : g[0] / term.Columns)]));
        return context.Node.Operator == "ReduceSum" ? FunctionRules.Apply(context, result, v => v * size) : result;
    }

    // If each group is some columns of one row, and the same ones in every row: these, in order. Null otherwise.
    private static int[][]? Sums(int[][] groups, LinearTerm term)
    {
        if (groups.Any(g => g.Length == 0 || g.Any(i => i < 0 || i / term.Columns != g[0] / term.Columns)))
        {
            return null;
        }

        var sums = new SortedDictionary<int, int[]>();
        foreach (int[] group in groups)
        {
            int[] columns = [.. group.Select(i => i % term.Columns).Order()];
            if (!sums.TryAdd(columns[0], columns) && !sums[columns[0]].AsSpan().SequenceEqual(columns))
            {
                return null;
            }
        }

        return [.. sums.Values];
    }

    /// <summary>x − mean(x), and that over √(variance + ε): the parts of a norm that combine two terms. Null for anything else.</summary>
    public static Term? Combine(NodeContext context, Term left, Term right)
    {
        if (context.Node.Operator == "Sub" && right is MeanTerm mean && context.Settlement.Settle(left) == mean.Of)
        {
            return context.Settlement.Centered(context.Origin, mean);
        }

        (CenteredTerm? centered, FunctionTerm? factor) = (left, right) switch
        {
            (CenteredTerm c, FunctionTerm f) => (c, f),
            (FunctionTerm f, CenteredTerm c) when context.Node.Operator == "Mul" => (c, f),
            _ => ((CenteredTerm?)null, (FunctionTerm?)null),
        };
        if (centered is null || factor is not { Argument: VarianceTerm variance } || variance.Of != centered.Of || variance.OverTime != centered.OverTime)
        {
            return null;
        }

        float epsilon = 0;
        return context.Node.Operator == "Div" && ScalarFunction.IsRoot(factor.Values, out epsilon)
            || context.Node.Operator == "Mul" && ScalarFunction.IsInverseRoot(factor.Values, out epsilon)
            ? Norm(context, centered.Of, centered.OverTime, epsilon)
            : null;
    }

    /// <summary>The operator LayerNormalization, over the channels.</summary>
    public static DynamicValue LayerNormalization(NodeContext context)
    {
        DynamicValue value = context.Dynamic(0);
        OperationTerm input = context.Settlement.Settle(value.Term);
        int axis = TensorShape.Axis(context.Node.Int("axis", -1), value.View.Rank);
        Tensor<int> flat = value.View.Reshape([TensorShape.Count(value.View.Shape.AsSpan(0, axis)), TensorShape.Count(value.View.Shape.AsSpan(axis))]);
        if (Layouts.Rows(flat, input.Columns) is null)
        {
            throw new OperatorException("normalises over something other than all channels; that is not supported");
        }

        Term norm = Norm(context, input, false, context.Node.Float("epsilon") ?? DefaultEpsilon, context.Floats(1), context.Static(2));
        return new DynamicValue(norm, value.View);
    }

    /// <summary>The operator InstanceNormalization: each channel over time.</summary>
    public static DynamicValue InstanceNormalization(NodeContext context) => OverTime(context);

    /// <summary>The operator GroupNormalization with one channel a group.</summary>
    public static DynamicValue GroupNormalization(NodeContext context)
    {
        OperatorException.Require(
            context.Node.Int("num_groups") == context.Dynamic(0).Term.Columns,
            "normalises groups of several channels; only one channel a group is supported");
        return OverTime(context);
    }

    private static DynamicValue OverTime(NodeContext context)
    {
        DynamicValue value = context.Dynamic(0);
        OperationTerm input = context.Settlement.Settle(value.Term);
        return Layouts.ChannelsFirst(value.View, input) is (0, 0)
            ? new DynamicValue(Norm(context, input, true, context.Node.Float("epsilon") ?? DefaultEpsilon, context.Floats(1), context.Static(2)), value.View)
            : throw new OperatorException("normalises something other than each channel over all frames (several channels a group?); that is not supported");
    }

    private static NormTerm Norm(NodeContext context, OperationTerm input, bool overTime, float epsilon, Tensor? gain = null, Tensor? bias = null)
    {
        return new NormTerm(context.Origin, input, overTime, epsilon, Channels(gain, 1), Channels(bias, 0));

        double[] Channels(Tensor? constants, double missing) =>
            constants is null ? [.. Enumerable.Repeat(missing, input.Columns)]
            : constants.Count == input.Columns ? [.. constants.As<float>().Select(f => (double)f)]
            : throw new OperatorException($"has {constants.Count} gains or biases for {input.Columns} channels");
    }
}

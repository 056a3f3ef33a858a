using StableQuant.Calibration.Import.Tensors;

namespace StableQuant.Calibration.Import.Recognise;

/// <summary>Weighted sums of layers: values of the same shape are stacked, multiplied by a constant each, and added up.</summary>
internal static class StackRules
{
    /// <summary>The stack that a Concat makes along an axis that nothing else lies on; null where it makes none.</summary>
    public static DynamicValue? Stack(NodeContext context)
    {
        DynamicValue[] values = [.. context.Inputs.OfType<DynamicValue>()];
        if (values.Length < 2 || values.Length != context.Inputs.Count || values.Any(v => v.Term is not OperationTerm))
        {
            return null;
        }

        int[] shape = values[0].View.Shape;
        int axis = TensorShape.Axis(context.Node.Int("axis", 0), shape.Length);
        Term first = values[0].Term;
        if (shape[..(axis + 1)].Any(size => size != 1)
            || values.Any(v => !v.View.Shape.AsSpan().SequenceEqual(shape) || (v.Term.Rows, v.Term.Columns) != (first.Rows, first.Columns) || !IsWhole(v)))
        {
            return null;
        }

        var stack = new StackTerm(context.Origin, [.. values.Select(v => (OperationTerm)v.Term)], [.. values.Select(_ => 1.0)]);
        return new DynamicValue(stack, Layouts.Whole([.. shape[..axis], values.Length, .. shape[(axis + 1)..]]));
    }

    /// <summary>A stack times constants that are the same all over a layer; null where they are not.</summary>
    /// <param name="context">The node.</param>
    /// <param name="stack">The stack.</param>
    /// <param name="view">What is shown of it.</param>
    /// <param name="numbers">A constant for each of the view's elements.</param>
    public static DynamicValue? Scaled(NodeContext context, StackTerm stack, Tensor<int> view, float[] numbers)
    {
        int size = stack.Rows / stack.Layers.Count * stack.Columns;
        var factors = new double?[stack.Layers.Count];
        for (int i = 0; i < numbers.Length; i++)
        {
            ref double? factor = ref factors[view.Data[i] / size];
            if (factor is { } known && known != numbers[i])
            {
                return null;
            }

            factor = numbers[i];
        }

        return factors.All(factor => factor is not null)
            ? new DynamicValue(new StackTerm(context.Origin, stack.Layers, [.. stack.Factors.Zip(factors, (own, factor) => own * factor!.Value)]), view)
            : null;
    }

    /// <summary>The sum of a stack's layers, one after the other, so that none has to wait for the last one.</summary>
    /// <param name="context">The node.</param>
    /// <param name="stack">The stack.</param>
    /// <param name="groups">The elements that are added up, a group a result.</param>
    /// <param name="shape">The results' shape.</param>
    public static DynamicValue Sum(NodeContext context, StackTerm stack, int[][] groups, int[] shape)
    {
        int size = stack.Rows / stack.Layers.Count * stack.Columns;
        OperatorException.Require(
            groups.Length == size && groups.Select((group, i) => group.Length == stack.Layers.Count && group.Select((element, layer) => element == (layer * size) + i).All(same => same)).All(same => same),
            "adds up something other than the layers of a stack; that is not supported");
        OperationTerm? sum = null;
        foreach ((OperationTerm layer, double factor) in stack.Layers.Zip(stack.Factors))
        {
            OperationTerm scaled = factor == 1 ? layer : new ScaleTerm(context.Origin, layer, (float)factor);
            sum = sum is null ? scaled : new SumTerm(context.Origin, sum, scaled);
        }

        return new DynamicValue(sum!, Layouts.Whole(shape));
    }

    private static bool IsWhole(DynamicValue value) =>
        value.View.Count == value.Term.Rows * value.Term.Columns && value.View.Data.Select((element, i) => element == i).All(same => same);
}

using StableQuant.Calibration.Import.Tensors;

namespace StableQuant.Calibration.Import.Recognise;

/// <summary>Gated linear units: half of a value's channels times the sigmoid of the other half.</summary>
internal static class GateRules
{
    /// <summary>The gated linear unit that a product of two values is; null where it is none.</summary>
    public static DynamicValue? Combine(NodeContext context, DynamicValue left, DynamicValue right) =>
        Gated(context, left, right) ?? Gated(context, right, left);

    private static DynamicValue? Gated(NodeContext context, DynamicValue value, DynamicValue gate)
    {
        if (gate.Term is not FunctionTerm { Argument: OperationTerm second } function || value.Term is not OperationTerm first || !ScalarFunction.IsSigmoid(function.Values)
            || !value.View.Shape.AsSpan().SequenceEqual(gate.View.Shape))
        {
            return null;
        }

        // A linear layer of which a half is taken has become two by then.
        if (first is LinearTerm a && second is LinearTerm b && a != b)
        {
            return a.Inputs[0] == b.Inputs[0] && a.Columns == b.Columns && a.Weights.Join(b.Weights) is { } weights && value.View.Data.AsSpan().SequenceEqual(gate.View.Data)
                ? new DynamicValue(new GateTerm(context.Origin, new LinearTerm(a.Origin, a.Inputs[0], weights)), value.View)
                : null;
        }

        int columns = first.Columns, half = columns / 2;
        if (first != second || columns % 2 != 0)
        {
            return null;
        }

        int[] view = new int[value.View.Count];
        for (int i = 0; i < view.Length; i++)
        {
            int at = value.View.Data[i];
            if (at < 0 || at % columns >= half || gate.View.Data[i] != at + half)
            {
                return null;
            }

            view[i] = at / columns * half + at % columns;
        }

        return new DynamicValue(new GateTerm(context.Origin, first), new Tensor<int>(value.View.Shape, view));
    }
}

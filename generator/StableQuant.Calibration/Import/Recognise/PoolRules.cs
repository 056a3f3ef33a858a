using StableQuant.Calibration.Import.Tensors;

namespace StableQuant.Calibration.Import.Recognise;

/// <summary>What is made of all frames together: their mean, and their standard deviation behind it.</summary>
internal static class PoolRules
{
    private const double Tolerance = 1e-6;

    /// <summary>The statistics that a Concat puts together, means before deviations; null where it puts together something else.</summary>
    public static DynamicValue? Statistics(NodeContext context)
    {
        if (context.Inputs is not [DynamicValue means, DynamicValue deviations] || !IsWhole(means) || !IsWhole(deviations)
            || Mean(means.Term) is not { } of
            || deviations.Term is not FunctionTerm { Argument: VarianceTerm { OverTime: true } variance } root || variance.Of != of
            || TensorShape.Axis(context.Node.Int("axis", 0), means.View.Rank) is var axis && axis != means.View.Rank - 1)
        {
            return null;
        }

        OperatorException.Require(
            of.Rows > 1 && ScalarFunction.IsScaledRoot(root.Values, of.Rows / (of.Rows - 1.0), Tolerance),
            "joins the mean of all frames with something other than their standard deviation by one less than the frames; that is not supported");
        return new DynamicValue(new StatisticsPoolTerm(context.Origin, of), Layouts.Whole([.. means.View.Shape[..^1], 2 * of.Columns]));
    }

    // A mean that something has read before is an operation already.
    private static OperationTerm? Mean(Term term) => term switch
    {
        MeanTerm { OverTime: true } mean => mean.Of,
        MeanPoolTerm pool => pool.Inputs[0],
        _ => null,
    };

    private static bool IsWhole(DynamicValue value) => Layouts.Rows(value.View, value.Term.Columns) is [0];
}

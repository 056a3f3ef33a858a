using StableQuant.Calibration.Float;
using StableQuant.Calibration.Import.Operators;
using StableQuant.Calibration.Import.Tensors;
using StableQuant.Graph;

namespace StableQuant.Calibration.Import.Recognise;

/// <summary>Element-wise functions of one value, from which activations are recognised.</summary>
internal static class FunctionRules
{
    private const string ToIntegers = "converts a value that depends on the audio to integers; that is not supported";

    /// <summary>The function of the node's first input.</summary>
    public static DynamicValue Apply(NodeContext context, Func<double, double> function) => Apply(context, context.Dynamic(0), function);

    /// <summary>A function of one value.</summary>
    public static DynamicValue Apply(NodeContext context, DynamicValue value, Func<double, double> function)
    {
        (Term argument, double[] values) = Split(value.Term);
        return Of(context, argument, [.. values.Select(function)], value.View);
    }

    /// <summary>A term as a function of another: itself, unless it is one.</summary>
    public static (Term Argument, double[] Values) Split(Term term) =>
        term is FunctionTerm function ? (function.Argument, function.Values) : (term, [.. ScalarFunction.Probes]);

    /// <summary>The term that a function of a term is.</summary>
    public static DynamicValue Of(NodeContext context, Term argument, double[] values, Tensor<int> view)
    {
        if (view.Data.AsSpan().Contains(-1))
        {
            throw new OperatorException("computes with a padded value; only convolutions may read the zeros of a Pad");
        }

        return new DynamicValue(
            ScalarFunction.IsIdentity(values) ? argument
            : argument is OperationTerm operation && ScalarFunction.ActivationOf(values) is { } activation ? new ActivationTerm(context.Origin, operation, activation)
            : new FunctionTerm(context.Origin, argument, values),
            view);
    }

    /// <summary>The operator Gelu of opset 20.</summary>
    public static DynamicValue Gelu(NodeContext context)
    {
        ActivationFunction form = context.Node.Text("approximate") switch
        {
            null or "none" => ActivationFunction.Gelu,
            "tanh" => ActivationFunction.GeluTanh,
            _ => throw new OperatorException("is a GELU in an approximation that is not known"),
        };
        return Apply(context, x => ReferenceActivations.Of(form, x));
    }

    /// <summary>The operator Swish of opset 24, x · σ(α · x).</summary>
    public static DynamicValue Swish(NodeContext context)
    {
        double alpha = context.Node.Float("alpha") ?? 1;
        return Apply(context, x => x / (1 + Math.Exp(-alpha * x)));
    }

    /// <summary>Clip to static bounds.</summary>
    public static DynamicValue Clip(NodeContext context)
    {
        double low = Bound(1, double.NegativeInfinity), high = Bound(2, double.PositiveInfinity);
        return Apply(context, v => Math.Min(Math.Max(v, low), high));

        double Bound(int input, double missing) => Elementwise.ClipBound(context.Node, [null, context.Static(1), context.Static(2)], input) is { } bound ? bound.As<float>()[0] : missing;
    }

    /// <summary>Dropout, which does nothing outside training.</summary>
    public static DynamicValue Dropout(NodeContext context) => context.Static(2) is Tensor<bool> training && training.Data.Contains(true)
        ? throw new OperatorException("drops values at random, as in training; export the model in evaluation mode")
        : context.Dynamic(0);

    /// <summary>A conversion between floating-point types, which changes nothing in float32.</summary>
    public static DynamicValue Cast(NodeContext context) => Conversions.IsFloat(context.Node.Int("to", 0))
        ? context.Dynamic(0)
        : throw new OperatorException(ToIntegers);

    /// <summary>A conversion to the type of another value; those that depend on the audio are floats.</summary>
    public static DynamicValue CastLike(NodeContext context) => context.Inputs is [DynamicValue value, DynamicValue or StaticValue { Tensor: Tensor<float> }]
        ? value
        : throw new OperatorException(ToIntegers);
}

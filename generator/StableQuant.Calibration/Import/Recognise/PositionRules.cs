using StableQuant.Calibration.Import.Tensors;

namespace StableQuant.Calibration.Import.Recognise;

/// <summary>
/// WavLM's positions: the scores of an attention get gate · bias, where the bias depends on the distance between query and key, and the gate,
/// σ(a) · (σ(b) · gain − 1) + 2, on what the query is made of.
/// </summary>
internal static class PositionRules
{
    private const double Precision = 1e-6;

    // A gate is never 0: where nothing opens it, it is this.
    private const double Offset = 2;

    private static readonly double[] Sigmoid = [.. ScalarFunction.Probes.Select(p => 1 / (1 + Math.Exp(-p)))];

    /// <summary>Whether a term is α · σ(y) + β of a linear layer's y.</summary>
    public static bool IsSigmoid(Term term) => Find(term) is not null;

    /// <summary>A product that makes a gate, or scores with their bias; null for anything else.</summary>
    public static Term? Combine(NodeContext context, Term left, Term right) => context.Node.Operator switch
    {
        "Mul" => Gate(context, left, right) ?? Gate(context, right, left),
        "Add" => Biased(left, right) ?? Biased(right, left),
        _ => null,
    };

    /// <summary>The product of a gate with constants, a bias for each head, query and key; null where it is none.</summary>
    /// <param name="context">The node.</param>
    /// <param name="value">The gate, as it meets the constants.</param>
    /// <param name="count">Number of constants.</param>
    public static DynamicValue? Biases(NodeContext context, DynamicValue value, int count)
    {
        (Term argument, double[] values) = FunctionRules.Split(value.Term);
        if (argument is not PositionGateTerm gate || context.Node.Operator != "Mul")
        {
            return null;
        }

        (int frames, int heads) = (gate.Rows, gate.Columns);
        bool isGate = ScalarFunction.IsAffine(values, out double slope, out double offset) && Math.Abs(slope - 1) <= Precision && Math.Abs(offset - Offset) <= Precision;
        bool isWhole = value.View.Count == heads * frames * frames && count == value.View.Count
            && value.View.Data.Select((place, i) => place == (i / frames % frames * heads) + (i / frames / frames)).All(same => same);
        if (!isGate || !isWhole)
        {
            throw new OperatorException("gates constants in another way than WavLM does the biases of its attention; that is not supported");
        }

        string biases = context.Node.Inputs[context.Inputs[0] is StaticValue ? 0 : 1];
        return new DynamicValue(new BiasTerm(context.Origin, gate, context.Settlement.Biases(biases, frames)), Layouts.Whole(value.View.Shape));
    }

    private static PositionGateTerm? Gate(NodeContext context, Term first, Term second) =>
        Find(first) is { } a && Find(second) is { } b && a.Linear.Inputs[0] == b.Linear.Inputs[0] && a.Linear.Columns == b.Linear.Columns
        && a.Gain.All(g => Math.Abs(g - 1) <= Precision) && a.Offset.All(o => Math.Abs(o) <= Precision) && b.Offset.All(o => Math.Abs(o + 1) <= Precision)
            ? new PositionGateTerm(context.Origin, a.Linear, b.Linear, b.Gain)
            : null;

    private static ScoresTerm? Biased(Term scores, Term bias) =>
        bias is BiasTerm biases && FunctionRules.Split(scores) is (ScoresTerm plain, var values) && ScalarFunction.IsAffine(values, out double factor, out double added) && added == 0
            ? plain.Scaled(factor).With(biases)
            : null;

    // What α · σ(y) + β is made of, channel by channel.
    private static (LinearTerm Linear, double[] Gain, double[] Offset)? Find(Term term)
    {
        if (term is AffineTerm affine)
        {
            return Then(affine, 1, 0);
        }

        if (term is not FunctionTerm function)
        {
            return null;
        }

        if (function.Argument is AffineTerm inner)
        {
            return ScalarFunction.IsAffine(function.Values, out double factor, out double added) ? Then(inner, factor, added) : null;
        }

        // σ(0) is a half.
        double gain = (function.Values[1] - function.Values[0]) / (Sigmoid[1] - 0.5), offset = function.Values[0] - (gain / 2);
        bool isSigmoid = gain != 0 && function.Values.Zip(Sigmoid, (value, sigmoid) => Math.Abs(value - ((gain * sigmoid) + offset)) <= Precision * Math.Abs(gain)).All(same => same);
        return isSigmoid && function.Argument is LinearTerm linear
            ? (linear, [.. Enumerable.Repeat(gain, term.Columns)], [.. Enumerable.Repeat(offset, term.Columns)])
            : null;

        static (LinearTerm, double[], double[])? Then(AffineTerm of, double factor, double added) => Find(of.Of) is { } own
            ? (own.Linear, [.. own.Gain.Select((g, c) => g * of.Gain[c] * factor)], [.. own.Offset.Select((o, c) => (((o * of.Gain[c]) + of.Offset[c]) * factor) + added)])
            : null;
    }
}

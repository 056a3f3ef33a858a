using StableQuant.Calibration.Import.Operators;
using StableQuant.Calibration.Import.Tensors;

namespace StableQuant.Calibration.Import.Recognise;

/// <summary>
/// Rotary positions: x · cos + x′ · sin, where x′ has the halves of x's heads exchanged, the first one with the other sign, and cosines and sines
/// are of the time.
/// </summary>
internal static class RotaryRules
{
    // Frames at which sines and cosines are looked at, so that the slowest are seen to turn, and what float32 angles leave of them, or those of half a precision.
    private const int ManyFrames = 1000;
    private const double Precision = 2e-4;
    private const double HalfPrecision = 4e-3;

    // What published models have: frequencies in half a precision tell it with three digits.
    private const double UsualRadix = 10000;

    /// <summary>The join of heads' second halves, with the other sign, and first halves; null where the node is another.</summary>
    public static DynamicValue? Exchanged(NodeContext context)
    {
        if (context.Node.Operator != "Concat" || context.Inputs is not [DynamicValue second, DynamicValue { Term: OperationTerm of } first])
        {
            return null;
        }

        (Term argument, double[] values) = FunctionRules.Split(second.Term);
        if (argument != of || !ScalarFunction.IsAffine(values, out double sign, out double added) || (sign, added) != (-1, 0))
        {
            return null;
        }

        int rank = first.View.Rank, half = rank == 0 ? 0 : first.View.Shape[^1];
        bool areHalves = rank == second.View.Rank && first.View.Shape.SequenceEqual(second.View.Shape) && TensorShape.Axis(context.Node.Int("axis", 0), rank) == rank - 1
            && of.Columns % (2 * half) == 0 && first.View.Data.Select((place, i) => place >= 0 && place % (2 * half) == i % half && second.View.Data[i] == place + half).All(same => same);
        return areHalves
            ? new DynamicValue(new ExchangedTerm(context.Origin, of, half), (Tensor<int>)ViewOperators.Apply(context.Node, [first.View, second.View])[0])
            : null;
    }

    /// <summary>The product of a value with numbers that change from frame to frame; null where it is another operation, or they do not.</summary>
    public static DynamicValue? Timed(NodeContext context, DynamicValue value, float[] numbers)
    {
        Term of = value.Term;
        if (context.Node.Operator != "Mul" || of is not (OperationTerm or ExchangedTerm) || value.View.Count != of.Rows * of.Columns || value.View.Data.Contains(-1))
        {
            return null;
        }

        var factors = new float[numbers.Length];
        for (int i = 0; i < numbers.Length; i++)
        {
            factors[value.View.Data[i]] = numbers[i];
        }

        bool change = factors.Where((factor, i) => factor != factors[i % of.Columns]).Any();
        return change ? new DynamicValue(new TimedTerm(context.Origin, of, context.Node.Inputs[context.Inputs[0] is StaticValue ? 0 : 1], factors), value.View) : null;
    }

    /// <summary>The sum of both products; null where it is another.</summary>
    public static Term? Turned(NodeContext context, Term left, Term right)
    {
        if (left is not TimedTerm { Of: OperationTerm of } cosines || right is not TimedTerm { Of: ExchangedTerm exchanged } sines || exchanged.Of != of)
        {
            return null;
        }

        int size = 2 * exchanged.Half;
        (float[] cosine, float[] sine) = (Table(context, cosines, size), Table(context, sines, size));
        int frames = cosine.Length / size;
        float[] frequencies = RelativePositionWeights.RotaryFrequencies(size, Radix(sine, cosine, size));
        if (cosine.Length != sine.Length || Error(cosine, sine, frequencies) > Precision)
        {
            frequencies = RelativePositionWeights.RotaryFrequencies(size, UsualRadix);
            if (cosine.Length != sine.Length || !StoredFrequencies.Of(frequencies).Any(stored => Error(cosine, sine, stored) <= HalfPrecision))
            {
                throw new OperatorException("turns the halves of heads by angles that are no multiples of the powers of one number; that is not supported");
            }

            context.Settlement.Note("has its rotary positions in half precision; they are taken as they were meant, which changes the logits a little.");
        }

        if (frames < ManyFrames)
        {
            context.Settlement.Note($"has the sines and cosines of its rotary positions for {frames} frames only; for longer utterances they are computed alike.");
        }

        return new RotaryTerm(context.Origin, of, context.Settlement.Sinusoids(context.Origin, of, frequencies, isInBothDirections: false, isBFloat16: false));
    }

    // The factors of a head's channels in many frames, or in as many as there are.
    private static float[] Table(NodeContext context, TimedTerm factors, int size)
    {
        Tensor table = context.Settlement.OtherLengths.At(factors.Factors, factors.Rows, ManyFrames);
        bool isTable = table.Rank > 1 && table.Shape[^1] == size && table.Shape.Count(length => length != 1) <= 2 && table.Count / size >= factors.Rows;
        float[] values = table.As<float>();
        return isTable && factors.Traced.Select((factor, i) => factor == values[(i / factors.Columns * size) + (i % size)]).All(same => same)
            ? values
            : throw new OperatorException("multiplies a value with numbers that change from frame to frame in another way than rotary positions do; that is not supported");
    }

    // How far tables [frames, head size] are from cosines and sines of these frequencies.
    private static double Error(float[] cosine, float[] sine, float[] frequencies) => Enumerable.Range(0, cosine.Length).Max(i =>
    {
        double angle = i / (2 * frequencies.Length) * (double)frequencies[i % frequencies.Length];
        return Math.Max(Math.Abs(cosine[i] - Math.Cos(angle)), Math.Abs(sine[i] - Math.Sin(angle)));
    });

    // The slowest wave tells it: it turns least in a frame, so that its sine is its angle's best measure.
    private static double Radix(float[] sine, float[] cosine, int size)
    {
        int slowest = (size / 2) - 1;
        double angle = Math.Atan2(sine[size + slowest], cosine[size + slowest]);
        return slowest == 0 ? 1 : Math.Round(Math.Pow(angle, -size / (2.0 * slowest)));
    }
}

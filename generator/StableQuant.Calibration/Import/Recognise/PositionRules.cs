using StableQuant.Calibration.Float;
using StableQuant.Calibration.Import.Tensors;

namespace StableQuant.Calibration.Import.Recognise;

/// <summary>
/// What attention knows of positions. Transformer-XL's: scores get products of queries with positions of the distance. WavLM's: the scores of an attention get gate · bias, where the bias depends on the distance between query and key, and the gate,
/// σ(a) · (σ(b) · gain − 1) + 2, on what the query is made of.
/// </summary>
internal static class PositionRules
{
    private const double Precision = 1e-6;

    // A gate is never 0: where nothing opens it, it is this.
    private const double Offset = 2;

    // Frames at which positions are looked at; sinusoids at more, so that the slowest are seen to turn, or at half, a quarter or an eighth of these
    // where the graph has no more.
    private const int SomeFrames = 16;
    private const int ManyFrames = 1000;
    private const int FewestFrames = ManyFrames / 8;

    // What half a precision leaves of sinusoids and factors in a file, and what float32 angles do.
    private const double HalfPrecision = 4e-3;
    private const double FullPrecision = 2e-4;

    private static readonly double[] Sigmoid = [.. ScalarFunction.Probes.Select(p => 1 / (1 + Math.Exp(-p)))];

    /// <summary>Whether a term is α · σ(y) + β of a linear layer's y.</summary>
    public static bool IsSigmoid(Term term) => Find(term) is not null;

    /// <summary>A product that makes a gate, or scores with their bias; null for anything else.</summary>
    public static Term? Combine(NodeContext context, Term left, Term right) => context.Node.Operator switch
    {
        "Mul" => Gate(context, left, right) ?? Gate(context, right, left),
        "Add" => Biased(left, right) ?? Biased(right, left) ?? RotaryRules.Turned(context, left, right) ?? RotaryRules.Turned(context, right, left),
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
        FunctionRules.Split(scores) is (ScoresTerm plain, var values) && ScalarFunction.IsAffine(values, out double factor, out double added) && added == 0
            ? (bias is BiasTerm biases ? plain.Scaled(factor).With(biases) : Keyed(plain.Scaled(factor), bias))
            : null;

    private static ScoresTerm? Keyed(ScoresTerm scores, Term distances) =>
        FunctionRules.Split(distances) is (DistancesTerm plain, var values) && ScalarFunction.IsAffine(values, out double factor, out double added) && added == 0
            ? scores.With(plain.Scaled(factor))
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

    /// <summary>Products of queries [heads…, frames, head size] with positions that depend on the length alone; null where it is another product.</summary>
    public static DynamicValue? Scores(NodeContext context)
    {
        if (context.Inputs is not [DynamicValue value, StaticValue { Tensor: { Rank: > 2 } positions }])
        {
            return null;
        }

        (OperationTerm term, double scale) = context.Settlement.Unscale(value.Term);
        int distances = (2 * term.Rows) - 1;
        return Layouts.Heads(value.View, term) is { } heads && term is LinearTerm query && positions.Count == query.Columns * distances && positions.Shape[^1] == distances
            ? new DynamicValue(new PositionScoresTerm(context.Origin, query, context.Node.Inputs[1], heads, scale), Layouts.Whole([.. value.View.Shape[..^1], distances]))
            : null;
    }

    /// <summary>The sum of an attention's scores and of products with positions, each of which is where its distance is; null where it is another sum.</summary>
    public static DynamicValue? Positioned(NodeContext context, DynamicValue left, DynamicValue right) =>
        context.Node.Operator == "Add" ? With(context, left, right) ?? With(context, right, left) : null;

    private static DynamicValue? With(NodeContext context, DynamicValue scores, DynamicValue products)
    {
        if (FunctionRules.Split(scores.Term) is not (ScoresTerm plain, var factors) || FunctionRules.Split(products.Term) is not (PositionScoresTerm positions, var others))
        {
            return null;
        }

        (int frames, int heads) = (positions.Query.Rows, positions.Heads);
        bool areAlike = ScalarFunction.IsAffine(factors, out double factor, out double added) && ScalarFunction.IsAffine(others, out double other, out double more) && added == 0 && more == 0
            && Math.Abs((plain.Scale * factor) - (positions.Scale * other)) <= HalfPrecision * Math.Abs(plain.Scale * factor);
        bool arePlaced = AttentionRules.IsWhole(scores.View, plain) && products.View.Count == plain.Rows * plain.Columns
            && products.View.Data.Select((place, i) => place == (i / frames * positions.Columns) + (i % frames) - (i / frames % frames) + frames - 1).All(same => same);
        if (!areAlike || !arePlaced || plain.Heads != heads || plain.More.Length > 0)
        {
            throw new OperatorException("adds products of queries and positions to the scores of an attention in another way than Transformer-XL does; that is not supported");
        }

        double[] difference = plain.Query is LinearTerm query && query.Inputs[0] == positions.Query.Inputs[0] ? positions.Query.Weights.Beyond(query.Weights) ?? [] : [];
        if (difference.Length == 0)
        {
            throw new OperatorException("multiplies positions with other queries than keys; that is supported where they differ by a bias only");
        }

        ScoresTerm scaled = plain.Scaled(factor);
        return new DynamicValue(new ScoresTerm(scaled.Origin, scaled.Query, scaled.Key, heads, scaled.Scale, null, Layers(context, scaled, positions, difference)), scores.View);
    }

    private static PositionsTerm Layers(NodeContext context, ScoresTerm scores, PositionScoresTerm products, double[] difference)
    {
        IOtherLengths lengths = context.Settlement.OtherLengths;
        int channels = products.Query.Columns;
        if (lengths.Product(products.Positions) is not { } product || product.Weights.Shape is not [var inputs, var outputs] || inputs != channels || outputs != channels || channels % 2 != 0
            || Rows(lengths, product.Rows, products.Query.Rows, channels) is not (var rows, var frames, <= HalfPrecision and var error, var frequencies)
            || !AreProducts(lengths.At(products.Positions, products.Query.Rows, SomeFrames).As<float>(), product.Weights.Data, frequencies))
        {
            throw new OperatorException("multiplies queries with positions that are no linear layer of sinusoids; that is not supported");
        }

        if (frames < ManyFrames)
        {
            context.Settlement.Note($"has the sinusoids of its relative positions for fewer than {2 * frames} frames only; for longer utterances they are computed alike.");
        }

        // A model that was trained in bfloat16 has them so.
        float[] meant = RelativePositionWeights.Frequencies(channels);
        bool isMeant = frequencies.AsSpan().SequenceEqual(meant), isBFloat16 = isMeant && error > FullPrecision && rows.All(value => value == ReferenceActivations.BFloat16(value));
        if (!isMeant || (error > FullPrecision && !isBFloat16))
        {
            context.Settlement.Note("has the sinusoids of its relative positions in half precision; they are taken as they were meant, which changes the logits a little.");
        }

        var own = new float[channels * channels];
        for (int i = 0; i < own.Length; i++)
        {
            own[i] = product.Weights.Data[(i % channels * channels) + (i / channels)];
        }

        FloatParameters biases = RelativePositionWeights.Biases(own, difference, products.Heads, scores.Scale);
        SinusoidsTerm waves = context.Settlement.Sinusoids(products.Origin, products.Query.Inputs[0], meant, isInBothDirections: true, isBFloat16);
        LinearTerm Layer(float[] weights, int count) => new(
            products.Origin, waves, new ProductWeights(new Tensor<float>([count, channels], weights), OutputsLast: false, 0, count));
        return new PositionsTerm(products.Origin, Layer(own, channels), Layer(biases.Weight, products.Heads), products.Heads);
    }

    // The rows of so many frames as there are sinusoids for, how far they are from these, and the frequencies of these.
    private static (float[] Rows, int Frames, double Error, float[] Frequencies) Rows(IOtherLengths lengths, string value, int tracedFrames, int channels)
    {
        for (int frames = ManyFrames; ; frames /= 2)
        {
            float[] rows = lengths.At(value, tracedFrames, frames).As<float>();
            (double error, float[] frequencies) = StoredFrequencies.Of(RelativePositionWeights.Frequencies(channels))
                .Select(stored => (SinusoidError(rows, frames, stored), stored)).FirstOrDefault(found => found.Item1 <= HalfPrecision, (double.PositiveInfinity, []));
            if (error <= HalfPrecision || frames == FewestFrames)
            {
                return (rows, frames, error, frequencies);
            }
        }
    }

    // How far rows are from the sinusoids of the distances from the furthest behind, which is positive, to the furthest ahead.
    private static double SinusoidError(float[] rows, int frames, float[] frequencies)
    {
        int channels = 2 * frequencies.Length;
        return rows.Length != ((2 * frames) - 1) * channels ? double.PositiveInfinity : rows.Select((value, i) =>
        {
            double angle = (frames - 1 - (i / channels)) * (double)frequencies[i % channels / 2];
            return Math.Abs(value - (i % 2 == 0 ? Math.Sin(angle) : Math.Cos(angle)));
        }).Max();
    }

    // Whether positions [heads × head size, distances] are the weights' products with sinusoids, in this order.
    private static bool AreProducts(float[] positions, float[] weights, float[] frequencies)
    {
        int channels = 2 * frequencies.Length;
        const int Distances = (2 * SomeFrames) - 1;
        if (positions.Length != channels * Distances)
        {
            return false;
        }

        // Two places of each position tell the order; all tell nothing more.
        foreach (int distance in new[] { 0, SomeFrames + 1 })
        {
            for (int output = 0; output < channels; output++)
            {
                double sum = 0, size = 0;
                for (int input = 0; input < channels; input++)
                {
                    double angle = (SomeFrames - 1 - distance) * (double)frequencies[input / 2];
                    double term = weights[(input * channels) + output] * (input % 2 == 0 ? Math.Sin(angle) : Math.Cos(angle));
                    (sum, size) = (sum + term, size + Math.Abs(term));
                }

                if (Math.Abs(sum - positions[(output * Distances) + distance]) > HalfPrecision * (size + Precision))
                {
                    return false;
                }
            }
        }

        return true;
    }
}

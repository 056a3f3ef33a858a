using StableQuant.Calibration.Import.Tensors;

namespace StableQuant.Calibration.Import.Recognise;

/// <summary>
/// Scores of queries for distances (Wav2Vec2-BERT): products of each query with the position of its distance to each key, of which a model knows
/// some, the same for all heads. They are a layer of the queries, a head a group of channels.
/// </summary>
internal static class RelativeKeyRules
{
    /// <summary>The operator Einsum, as products of queries [batch, heads, frames, head size] with positions [frames, keys, head size].</summary>
    public static DynamicValue Einsum(NodeContext context)
    {
        string equation = (context.Node.Text("equation") ?? "").Replace(" ", "", StringComparison.Ordinal);
        if (context.Inputs is not [DynamicValue query, StaticValue]
            || equation.Split(',', '-', '>') is not [{ Length: 4 } asked, { Length: 3 } known, "", { Length: 4 } made]
            || known[0] != asked[2] || known[2] != asked[3] || made != asked[..3] + known[1])
        {
            throw new OperatorException($"the equation '{equation}' is not supported on values that depend on the audio");
        }

        return Scores(context, query, context.Node.Inputs[1]);
    }

    /// <summary>Products of queries [heads…, frames, head size] with positions [frames, keys, head size].</summary>
    private static DynamicValue Scores(NodeContext context, DynamicValue value, string positions)
    {
        (OperationTerm query, double scale) = context.Settlement.Unscale(value.Term);
        IOtherLengths lengths = context.Settlement.OtherLengths;
        if (Layouts.Heads(value.View, query) is not { } heads || lengths.Gathered(positions) is not { } gathered || gathered.Rows.Shape[1] != query.Columns / heads)
        {
            throw new OperatorException("multiplies queries with positions that are no rows of a table, chosen by the distance between query and key; that is not supported");
        }

        DistanceBiases rows = context.Settlement.Biases(gathered.Places, query.Rows);
        int[] chosen = rows.Values.Length == 1 ? [.. rows.Values[0].Select(row => (int)row)] : throw new OperatorException("has positions of more than distances; that is not supported");
        int size = query.Columns / heads;
        var weights = new float[heads * chosen.Length * size];
        for (int i = 0; i < heads * chosen.Length; i++)
        {
            gathered.Rows.Data.AsSpan(chosen[i % chosen.Length] * size, size).CopyTo(weights.AsSpan(i * size));
        }

        var layer = new ConvolutionTerm(
            context.Origin, query, new ProductWeights(new Tensor<float>([heads * chosen.Length, size, 1], weights), false, 0, heads * chosen.Length), new ConvolutionShape(1, 1, 0, 0, heads));
        DistancesTerm distances = new(context.Origin, layer, rows.Behind, rows.Ahead);
        return new DynamicValue(scale == 1 ? distances : distances.Scaled(scale), Layouts.Whole([.. value.View.Shape[..^1], query.Rows]));
    }
}

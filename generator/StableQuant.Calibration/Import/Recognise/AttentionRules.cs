using StableQuant.Calibration.Import.Operators;
using StableQuant.Calibration.Import.Tensors;

namespace StableQuant.Calibration.Import.Recognise;

/// <summary>Attention: scores, masks, softmax, and the product with the values.</summary>
internal static class AttentionRules
{
    /// <summary>A product of two dynamic values: q·kᵀ, or softmax · v.</summary>
    public static DynamicValue MatMul(NodeContext context)
    {
        (DynamicValue left, DynamicValue right) = (context.Dynamic(0), context.Dynamic(1));
        if (left.View.Rank < 2 || left.View.Rank != right.View.Rank || !left.View.Shape.AsSpan(0, left.View.Rank - 2).SequenceEqual(right.View.Shape.AsSpan(0, left.View.Rank - 2)))
        {
            throw new OperatorException("multiplies values of different ranks or batches; that is not supported");
        }

        return left.Term is SoftmaxTerm softmax ? Attend(context, softmax, left.View, right) : Scores(context, left, right);
    }

    /// <summary>Softmax over the keys. A factor on the scores joins their scale; a constant added to all changes nothing.</summary>
    public static DynamicValue Softmax(NodeContext context)
    {
        DynamicValue value = context.Dynamic(0);
        (Term argument, double[] values) = FunctionRules.Split(value.Term);
        if (argument is OperationTerm)
        {
            return ProbabilityRules.Softmax(context);
        }

        if (argument is not ScoresTerm scores || !ScalarFunction.IsAffine(values, out double factor, out _))
        {
            throw new OperatorException("is applied to something other than an attention's scaled scores; that is not supported");
        }

        if (TensorShape.Axis(context.Node.Int("axis", context.Node.Opset < 13 ? 1 : -1), value.View.Rank) != value.View.Rank - 1 || !IsWhole(value.View, scores))
        {
            throw new OperatorException("does not run over the keys of an attention; that is not supported");
        }

        return new DynamicValue(new SoftmaxTerm(context.Origin, scores.Scaled(factor)), value.View);
    }

    /// <summary>ReduceMax of scores over the keys, which some models subtract before the softmax.</summary>
    public static DynamicValue Maximum(NodeContext context)
    {
        DynamicValue value = context.Dynamic(0);
        (Tensor groups, int[] shape) = Reductions.Group(context.Node, value.View, [null, context.Static(1)]);
        return FunctionRules.Split(value.Term).Argument is ScoresTerm scores && groups.Shape[^1] == scores.Columns && IsWhole((Tensor<int>)groups, scores)
            ? new DynamicValue(new MaximumTerm(context.Origin, value.Term), Layouts.Whole(shape))
            : throw new OperatorException("is supported on the scores of an attention, over the keys, only");
    }

    /// <summary>IsNaN of a softmax, which guards against rows that are masked altogether.</summary>
    public static DynamicValue IsNaN(NodeContext context) => context.Dynamic(0) is { Term: SoftmaxTerm softmax } value
        ? new DynamicValue(new NanTestTerm(context.Origin, softmax), value.View)
        : throw new OperatorException("is supported on the softmax of an attention only");

    /// <summary>Where with a constant condition that is the same throughout, or as the guard of a softmax.</summary>
    public static DynamicValue Where(NodeContext context)
    {
        if (context.Inputs is [DynamicValue { Term: NanTestTerm test } guard, StaticValue replacement, DynamicValue value]
            && value.Term == test.Of
            && replacement.Tensor is Tensor<float> zeros && !zeros.Data.AsSpan().ContainsAnyExcept(0f)
            && value.View.Shape.AsSpan().SequenceEqual(guard.View.Shape)
            && value.View.Data.AsSpan().SequenceEqual(guard.View.Data))
        {
            return value;
        }

        if (context.Inputs is [StaticValue { Tensor: Tensor<bool> condition }, { } whenTrue, { } whenFalse] && condition.Count > 0
            && !condition.Data.AsSpan().ContainsAnyExcept(condition.Data[0])
            && (condition.Data[0] ? whenTrue : whenFalse) is DynamicValue chosen)
        {
            int[] shape = [.. new[] { whenTrue, whenFalse }.Select(v => v is StaticValue s ? s.Tensor.Shape : ((DynamicValue)v).View.Shape)
                .Aggregate(condition.Shape, (a, b) => TensorShape.Broadcast(a, b))];
            return new DynamicValue(chosen.Term, (Tensor<int>)ViewOperators.BroadcastTo(chosen.View, shape));
        }

        throw new OperatorException("chooses between values in a way that does not fold to one of them (a mask that is not all ones?); that is not supported");
    }

    /// <summary>Writing into a value at constant places: a mask that is all ones leaves no place to write to.</summary>
    public static DynamicValue Scatter(NodeContext context) => context.Static(1) is { Count: 0 }
        ? context.Dynamic(0)
        : throw new OperatorException("overwrites parts of a value that depends on the audio (a mask that is not all ones?); that is not supported");

    /// <summary>Scores of queries [heads…, frames, head size] with transposed keys [heads…, head size, frames].</summary>
    public static DynamicValue Scores(NodeContext context, DynamicValue left, DynamicValue right)
    {
        (OperationTerm query, double queryScale) = context.Settlement.Unscale(left.Term);
        (OperationTerm key, double keyScale) = context.Settlement.Unscale(right.Term);
        int? heads = Layouts.Heads(left.View, query);
        if (heads is null || Layouts.Heads(Layouts.SwapLast(right.View), key) != heads || query.Columns != key.Columns)
        {
            throw new OperatorException("multiplies two values that depend on the audio, but not as queries and keys of an attention, head by head; that is not supported");
        }

        ScoresTerm scores = new(context.Origin, query, key, heads.Value, queryScale * keyScale);
        return new DynamicValue(scores, Layouts.Whole([.. left.View.Shape[..^1], right.View.Shape[^1]]));
    }

    /// <summary>The product of a softmax with values [heads…, frames, head size].</summary>
    public static DynamicValue Attend(NodeContext context, SoftmaxTerm softmax, Tensor<int> view, DynamicValue right)
    {
        OperationTerm value = context.Settlement.Settle(right.Term);
        if (!IsWhole(view, softmax) || Layouts.Heads(right.View, value) != softmax.Scores.Heads || value.Columns != softmax.Scores.Query.Columns)
        {
            throw new OperatorException("multiplies the softmax of an attention with something other than its values, head by head; that is not supported");
        }

        // The result [heads…, frames, head size] lies in its term as the values do in theirs.
        return new DynamicValue(new AttentionTerm(context.Origin, softmax.Scores, value), right.View);
    }

    /// <summary>Whether a view shows all of a term in order.</summary>
    public static bool IsWhole(Tensor<int> view, Term term) =>
        view.Count == term.Rows * term.Columns && Layouts.Rows(view, term.Columns) is { } rows && rows.Select((r, i) => r == i).All(same => same);
}

using StableQuant.Calibration.Import.Onnx;
using StableQuant.Calibration.Import.Operators;
using StableQuant.Calibration.Import.Tensors;

namespace StableQuant.Calibration.Import.Recognise;

/// <summary>The operator Attention of opset 23, which exporters make of PyTorch's scaled dot product attention.</summary>
internal static class AttentionOperator
{
    /// <summary>Queries, keys and values [batch, heads, frames, head size], or [batch, frames, channels] with the heads as an attribute.</summary>
    public static DynamicValue Apply(NodeContext context)
    {
        OnnxNode node = context.Node;
        OperatorException.Require(
            !node.Flag("is_causal", false) && (node.Float("softcap") ?? 0) == 0 && context.Inputs.Skip(4).All(i => i is null),
            "is causal, reads a cache or caps its scores; that is not supported");
        BiasTerm? bias = context.Inputs.Count > 3 && context.Inputs[3] is DynamicValue { Term: BiasTerm biases, View: var shown } && AttentionRules.IsWhole(shown, biases) ? biases : null;
        OperatorException.Require(bias is not null || MasksNothing(context.Static(3)), "masks parts of its scores or gives them a bias; that is not supported");

        bool flat = context.Dynamic(0).View.Rank == 3;
        DynamicValue query = Split(context.Dynamic(0), node.Int("q_num_heads"));
        DynamicValue key = Split(context.Dynamic(1), node.Int("kv_num_heads"));
        DynamicValue value = Split(context.Dynamic(2), node.Int("kv_num_heads"));
        OperatorException.Require(query.View.Rank == 4 && key.View.Rank == 4 && query.View.Shape[1] == key.View.Shape[1], "its heads share keys; that is not supported");

        DynamicValue products = AttentionRules.Scores(context, query, new DynamicValue(key.Term, Layouts.SwapLast(key.View)));
        ScoresTerm scores = (ScoresTerm)products.Term;
        double scale = node.Float("scale") ?? 1 / Math.Sqrt(query.View.Shape[^1]);
        ScoresTerm scaled = scores.Scaled(scale);
        SoftmaxTerm softmax = new(context.Origin, bias is null ? scaled : scaled.With(bias));
        DynamicValue result = AttentionRules.Attend(context, softmax, products.View, value);
        return flat ? new DynamicValue(result.Term, Layouts.Whole(1, result.Term.Rows, result.Term.Columns)) : result;
    }

    // A mask of booleans says which keys count; one of floats is added, and the same number everywhere changes nothing.
    private static bool MasksNothing(Tensor? mask) => mask switch
    {
        null => true,
        Tensor<bool> keeps => !keeps.Data.Contains(false),
        Tensor<float> added => !added.Data.AsSpan().ContainsAnyExcept(0f),
        _ => false,
    };

    private static DynamicValue Split(DynamicValue value, long? heads)
    {
        if (value.View.Rank != 3)
        {
            return value;
        }

        int[] shape = value.View.Shape;
        OperatorException.Require(heads > 0 && shape[2] % heads == 0, "its heads do not fit its channels");
        Tensor split = value.View.Reshape([shape[0], shape[1], (int)heads!, shape[2] / (int)heads]);
        return new DynamicValue(value.Term, (Tensor<int>)ViewOperators.Transpose(split, [0, 2, 1, 3]));
    }
}

using StableQuant.Calibration.Float;
using StableQuant.Calibration.Import.Tensors;

namespace StableQuant.Calibration.Import.Recognise;

/// <summary>
/// Softmax and LogSoftmax of logits, with which some exports end. Which token is best, and every probability, are the same without:
/// the logits that go in are taken as the output.
/// </summary>
internal static class ProbabilityRules
{
    /// <summary>The operator LogSoftmax.</summary>
    public static DynamicValue LogSoftmax(NodeContext context) => Of(context, isLog: true);

    /// <summary>The operator Softmax on something else than the scores of an attention.</summary>
    public static DynamicValue Softmax(NodeContext context) => Of(context, isLog: false);

    /// <summary>What probabilities or their logarithms are made of; any other term itself.</summary>
    public static (Term Logits, ModelOutput Made) Undone(Term term) => term switch
    {
        ProbabilitiesTerm made => (made.Of, made.IsLog ? ModelOutput.LogProbabilities : ModelOutput.Probabilities),
        FunctionTerm { Argument: ProbabilitiesTerm { IsLog: false } made } function when function.Values.SequenceEqual(ScalarFunction.Probes.Select(p => Math.Log(p))) =>
            (made.Of, ModelOutput.LogProbabilities),
        _ => (term, ModelOutput.Logits),
    };

    private static DynamicValue Of(NodeContext context, bool isLog)
    {
        DynamicValue value = context.Dynamic(0);
        OperationTerm logits = context.Settlement.Settle(value.Term);
        int axis = TensorShape.Axis(context.Node.Int("axis", context.Node.Opset < 13 ? 1 : -1), value.View.Rank);
        OperatorException.Require(
            axis == value.View.Rank - 1 && Layouts.Rows(value.View, logits.Columns) is not null,
            "makes probabilities of something other than the tokens of each frame; that is not supported");
        return new DynamicValue(new ProbabilitiesTerm(context.Origin, logits, isLog), value.View);
    }
}

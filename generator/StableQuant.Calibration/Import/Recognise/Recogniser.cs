using StableQuant.Calibration.Import.Operators;
using StableQuant.Calibration.Import.Tensors;

namespace StableQuant.Calibration.Import.Recognise;

/// <summary>
/// What each operator makes of values that depend on the audio. The rules work bottom-up: each looks at the terms of
/// its inputs only, so a pattern is recognised in whatever order its nodes come, and a part of one that is left over
/// is found by whoever reads it (see <see cref="Settlement"/>).
/// </summary>
internal static class Recogniser
{
    private delegate DynamicValue Rule(NodeContext context);

    private static readonly Dictionary<string, Rule> Rules = new(StringComparer.Ordinal)
    {
        ["Add"] = ArithmeticRules.Binary,
        ["Sub"] = ArithmeticRules.Binary,
        ["Mul"] = ArithmeticRules.Binary,
        ["Div"] = ArithmeticRules.Binary,
        ["Pow"] = ArithmeticRules.Binary,
        ["Min"] = ArithmeticRules.Binary,
        ["Max"] = ArithmeticRules.Binary,
        ["Neg"] = c => FunctionRules.Apply(c, v => -v),
        ["Abs"] = c => FunctionRules.Apply(c, Math.Abs),
        ["Gelu"] = FunctionRules.Gelu,
        ["Swish"] = FunctionRules.Swish,
        ["Clip"] = FunctionRules.Clip,
        ["Cast"] = FunctionRules.Cast,
        ["CastLike"] = FunctionRules.CastLike,
        ["Dropout"] = FunctionRules.Dropout,
        ["IsNaN"] = AttentionRules.IsNaN,
        ["Where"] = AttentionRules.Where,
        ["ScatterND"] = AttentionRules.Scatter,
        ["ScatterElements"] = AttentionRules.Scatter,
        ["Scatter"] = AttentionRules.Scatter,
        ["Softmax"] = AttentionRules.Softmax,
        ["MatMul"] = c => c.Inputs is [DynamicValue, DynamicValue] ? AttentionRules.MatMul(c) : PositionRules.Scores(c) ?? LinearRules.MatMul(c),
        ["Einsum"] = RelativeKeyRules.Einsum,
        ["LogSoftmax"] = ProbabilityRules.LogSoftmax,
        ["Attention"] = AttentionOperator.Apply,
        ["Gemm"] = LinearRules.Gemm,
        ["Conv"] = ConvolutionRules.Conv,
        ["AveragePool"] = FrameRateRules.AveragePool,
        ["ReduceMean"] = NormRules.Reduce,
        ["ReduceMax"] = AttentionRules.Maximum,
        ["ReduceSum"] = NormRules.Reduce,
        ["LayerNormalization"] = NormRules.LayerNormalization,
        ["BatchNormalization"] = ArithmeticRules.BatchNormalization,
        ["InstanceNormalization"] = NormRules.InstanceNormalization,
        ["GroupNormalization"] = NormRules.GroupNormalization,
    };

    /// <summary>Applies the rule of the node's operator.</summary>
    public static DynamicValue Apply(NodeContext context)
    {
        string op = context.Node.Operator;
        return Rules.TryGetValue(op, out Rule? rule) ? rule(context)
            : Elementwise.Functions.TryGetValue(op, out Func<double, double>? function) ? FunctionRules.Apply(context, function)
            : throw new OperatorException(
                StaticEvaluator.IsQuantizing(op) ? StaticEvaluator.AlreadyQuantized
                    : op.StartsWith("com.microsoft::", StringComparison.Ordinal)
                    ? "this operator is no part of ONNX, ONNX Runtime's optimiser put it in; import the model as it was exported"
                    : "this operator is not supported on values that depend on the audio; export the model in float32, with opset 17 and no custom operators");
    }
}

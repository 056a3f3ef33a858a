using StableQuant.Calibration.Import.Onnx;
using StableQuant.Calibration.Import.Operators;
using StableQuant.Calibration.Import.Recognise;
using StableQuant.Calibration.Import.Tensors;

namespace StableQuant.Calibration.Import.Trace;

/// <summary>
/// Partial evaluation of a graph at one length: whatever depends on shapes alone becomes a concrete tensor, whatever
/// depends on the samples a term and a view of it.
/// </summary>
internal sealed class Tracer
{
    private readonly ConstantPool constants;
    private readonly Dictionary<string, TracedValue> values = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> readers = new(StringComparer.Ordinal);
    private readonly Settlement settlement;
    private readonly GrowthBudget budget = new();

    private readonly OtherLengths otherLengths;

    private Tracer(ConstantPool constants, OtherLengths otherLengths)
    {
        this.constants = constants;
        this.otherLengths = otherLengths;
        settlement = new Settlement(otherLengths);
    }

    /// <summary>Traces the graph over an utterance of so many samples, and returns the term that makes the output.</summary>
    public static OperationTerm Trace(ConstantPool constants, GraphInputs inputs, int samples) => new Tracer(constants, new OtherLengths(constants, inputs, samples)).Run(inputs, samples);

    private OperationTerm Run(GraphInputs inputs, int samples)
    {
        foreach (string input in constants.Rest.SelectMany(n => n.Inputs))
        {
            readers[input] = readers.GetValueOrDefault(input) + 1;
        }

        foreach ((string name, TracedValue value) in inputs.At(samples))
        {
            values[name] = value;
        }

        foreach (OnnxNode node in constants.Rest)
        {
            TracedValue?[] read = [.. node.Inputs.Select(Read)];
            TracedValue[] made = NodeGuard.Run(constants.File.Path, node, () => Apply(node, read));
            for (int i = 0; i < Math.Min(made.Length, node.Outputs.Count); i++)
            {
                values[node.Outputs[i]] = made[i];
            }

            // Views of the first convolutions are large at a fixed length; none is kept after its last reader.
            foreach (string input in node.Inputs)
            {
                if (--readers[input] == 0)
                {
                    values.Remove(input);
                }
            }

            TracedValue? Read(string name) => name.Length == 0 ? null
                : constants[name] is { } constant ? new StaticValue(constant)
                : values.GetValueOrDefault(name)
                    ?? throw new ImportException(constants.File.Path, node.Label, $"reads '{name}', an output of an operator that makes none such here; that is not supported");
        }

        return inputs.Output(values.GetValueOrDefault, settlement);
    }

    private TracedValue[] Apply(OnnxNode node, TracedValue?[] inputs)
    {
        if (node.Operator is "Shape" or "Size")
        {
            if (inputs[0] is DynamicValue measured)
            {
                otherLengths.Measured(node, measured);
            }

            int[] shape = inputs[0] is DynamicValue dynamic ? dynamic.View.Shape : ((StaticValue)inputs[0]!).Tensor.Shape;
            return [new StaticValue(StaticEvaluator.Measure(node, shape))];
        }

        if (node.Operator == "CastLike" && inputs is [StaticValue constant, DynamicValue])
        {
            // Only the type of the second input counts, and what depends on the audio is float.
            return [new StaticValue(Conversions.Cast(constant.Tensor, (long)TensorProto.Types.DataType.Float))];
        }

        if (!inputs.Any(i => i is DynamicValue))
        {
            Tensor?[] tensors = [.. inputs.Select(i => (i as StaticValue)?.Tensor)];
            Tensor[] made = StaticEvaluator.Evaluate(node, tensors, constants.File.Graph);
            budget.Take(tensors, made);
            return [.. made.Select(t => new StaticValue(t))];
        }

        var context = new NodeContext(node, inputs, settlement);
        return RotaryRules.Exchanged(context) is { } exchanged ? [exchanged]
            : node.Operator == "Concat" && (StackRules.Stack(context) ?? PoolRules.Statistics(context)) is { } joined ? [joined]
            : ViewOperators.Handles(node.Operator) ? Rearrange(node, inputs)
            : [Recogniser.Apply(context)];
    }

    private TracedValue[] Rearrange(OnnxNode node, TracedValue?[] inputs)
    {
        Term term = inputs.OfType<DynamicValue>().First().Term;
        Tensor?[] tensors = new Tensor?[inputs.Length];
        for (int i = 0; i < inputs.Length; i++)
        {
            tensors[i] = (inputs[i], ViewOperators.Rearranges(node.Operator, i)) switch
            {
                (DynamicValue dynamic, true) when dynamic.Term == term => dynamic.View,
                // Zeros beside a value that depends on the audio are padding, written as Concat.
                (StaticValue { Tensor: Tensor<float> zeros }, true) when !zeros.Data.AsSpan().ContainsAnyExcept(0f)
                    => new Tensor<int>(zeros.Shape, [.. Enumerable.Repeat(-1, zeros.Count)]),
                (StaticValue constant, false) => constant.Tensor,
                (null, _) => null,
                (DynamicValue dynamic, true) when FunctionRules.Split(dynamic.Term).Argument == FunctionRules.Split(term).Argument
                    => throw new OperatorException("joins parts of a value and of a function of it, in another way than rotary positions do; that is not supported"),
                (DynamicValue, false) => throw new OperatorException("is steered by a value that depends on the audio; that is not supported"),
                _ => throw new OperatorException("joins values that come from different layers, or from a layer and a constant; that is not supported"),
            };
        }

        bool chooses = node.Operator is "Slice" or "Split" or "Gather";
        Tensor[] views = ViewOperators.Apply(node, tensors);
        budget.Take(tensors, views);
        return [.. views.Select((view, i) =>
        {
            DynamicValue value = new(term, (Tensor<int>)view);
            return chooses ? Narrowing.Narrow(value, new Origin(node.Name, node.Label, node.Outputs[i])) : value;
        })];
    }
}

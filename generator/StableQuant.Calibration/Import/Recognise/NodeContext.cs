using StableQuant.Calibration.Import.Onnx;
using StableQuant.Calibration.Import.Tensors;

namespace StableQuant.Calibration.Import.Recognise;

/// <summary>A node that reads at least one dynamic value, as the rules see it.</summary>
internal sealed class NodeContext(OnnxNode node, IReadOnlyList<TracedValue?> inputs, Settlement settlement)
{
    /// <summary>The node.</summary>
    public OnnxNode Node { get; } = node;

    /// <summary>The values read; null for an optional input left out.</summary>
    public IReadOnlyList<TracedValue?> Inputs { get; } = inputs;

    /// <summary>Turns terms into operations.</summary>
    public Settlement Settlement { get; } = settlement;

    /// <summary>The origin of a term that the node's first output holds.</summary>
    public Origin Origin { get; } = new(node.Name, node.Label, node.Outputs[0]);

    /// <summary>An input that must be dynamic.</summary>
    public DynamicValue Dynamic(int input) =>
        input < Inputs.Count && Inputs[input] is DynamicValue dynamic ? dynamic
        : throw new OperatorException($"its input {input} is a constant where a value that depends on the audio is expected");

    /// <summary>An input that must be static; null if it is left out.</summary>
    public Tensor? Static(int input) => input >= Inputs.Count ? null : Inputs[input] switch
    {
        null => null,
        StaticValue constant => constant.Tensor,
        _ => throw new OperatorException($"its input {input} depends on the audio where a constant is expected; that is not supported"),
    };

    /// <summary>An input that must be a static float tensor.</summary>
    public Tensor<float> Floats(int input) => Static(input) switch
    {
        Tensor<float> floats => floats,
        null => throw new OperatorException($"lacks input {input}"),
        var other => throw new OperatorException($"its input {input} is of type {other.ElementName}, not float"),
    };
}

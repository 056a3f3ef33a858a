using System.Text;

namespace StableQuant.Calibration.Import.Onnx;

/// <summary>One node of the graph, with its attributes by name.</summary>
internal sealed class OnnxNode
{
    private readonly Dictionary<string, AttributeProto> attributes = new(StringComparer.Ordinal);

    /// <summary>Wraps a node.</summary>
    public OnnxNode(NodeProto proto, int opset)
    {
        Opset = opset;
        Operator = IsStandardDomain(proto.Domain) ? proto.OpType : $"{proto.Domain}::{proto.OpType}";
        Inputs = [.. proto.Input];
        Outputs = [.. proto.Output];
        Name = proto.Name.Length > 0 ? proto.Name : Outputs.FirstOrDefault(o => o.Length > 0, "");
        foreach (AttributeProto attribute in proto.Attribute)
        {
            attributes[attribute.Name] = attribute;
        }
    }

    /// <summary>The node's name, or its first output's where it has none.</summary>
    public string Name { get; }

    /// <summary>The operator; with its domain where that is not the standard's.</summary>
    public string Operator { get; }

    /// <summary>The opset whose semantics the operator has.</summary>
    public int Opset { get; }

    /// <summary>Names of the values read; empty for an optional input left out.</summary>
    public IReadOnlyList<string> Inputs { get; }

    /// <summary>Names of the values made; empty for one left out.</summary>
    public IReadOnlyList<string> Outputs { get; }

    /// <summary>The node as messages name it.</summary>
    public string Label => $"node '{Name}' ({Operator})";

    /// <summary>Whether a domain is the standard's own.</summary>
    public static bool IsStandardDomain(string domain) => domain is "" or "ai.onnx";

    /// <summary>Whether the node holds a subgraph, as If, Loop and Scan do.</summary>
    public bool HasSubgraph => attributes.Values.Any(a => a.G is not null || a.Graphs.Count > 0);

    /// <summary>An integer attribute, or null.</summary>
    public long? Int(string name) => attributes.TryGetValue(name, out AttributeProto? a) && a.HasI ? a.I : null;

    /// <summary>An integer attribute with a default.</summary>
    public long Int(string name, long missing) => Int(name) ?? missing;

    /// <summary>A boolean attribute with a default.</summary>
    public bool Flag(string name, bool missing) => Int(name, missing ? 1 : 0) != 0;

    /// <summary>A float attribute, or null.</summary>
    public float? Float(string name) => attributes.TryGetValue(name, out AttributeProto? a) && a.HasF ? a.F : null;

    /// <summary>A list of integers, or null.</summary>
    public long[]? Ints(string name) => attributes.TryGetValue(name, out AttributeProto? a) && a.Ints.Count > 0 ? [.. a.Ints] : null;

    /// <summary>A list of floats, or null.</summary>
    public float[]? Floats(string name) => attributes.TryGetValue(name, out AttributeProto? a) && a.Floats.Count > 0 ? [.. a.Floats] : null;

    /// <summary>A text attribute, or null.</summary>
    public string? Text(string name) =>
        attributes.TryGetValue(name, out AttributeProto? a) && a.HasS ? Encoding.UTF8.GetString(a.S.Span) : null;

    /// <summary>A tensor attribute, or null.</summary>
    public TensorProto? Tensor(string name) => attributes.TryGetValue(name, out AttributeProto? a) ? a.T : null;
}

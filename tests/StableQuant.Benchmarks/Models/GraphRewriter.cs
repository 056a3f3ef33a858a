using Google.Protobuf.Collections;
using StableQuant.Calibration.Import.Onnx;

namespace StableQuant.Benchmarks.Models;

/// <summary>A graph in which nodes are replaced and inserted; what is inserted stands right before its reader or after its maker.</summary>
internal sealed class GraphRewriter
{
    private readonly GraphProto graph;
    private readonly Dictionary<string, TensorProto> constants;
    private readonly HashSet<string> made = new(StringComparer.Ordinal);
    private readonly List<NodeProto> nodes = [];

    /// <summary>Takes a graph whose constants are all initializers.</summary>
    public GraphRewriter(GraphProto graph)
    {
        this.graph = graph;
        constants = graph.Initializer.ToDictionary(t => t.Name, StringComparer.Ordinal);
    }

    /// <summary>The stored tensor of a name; null where a value is computed.</summary>
    public TensorProto? Constant(string name) => constants.GetValueOrDefault(name);

    /// <summary>Stores a tensor, unless one of that name is there.</summary>
    public string Store(TensorProto tensor)
    {
        if (constants.TryAdd(tensor.Name, tensor))
        {
            graph.Initializer.Add(tensor);
        }

        return tensor.Name;
    }

    /// <summary>Adds a node; of nodes that make the same value, only the first.</summary>
    /// <returns>Its first output.</returns>
    public string Add(string type, string[] inputs, string[] outputs, params AttributeProto[] attributes)
    {
        if (made.Add(outputs[0]))
        {
            var node = new NodeProto { OpType = type, Name = outputs[0] };
            node.Input.Add(inputs);
            node.Output.Add(outputs);
            node.Attribute.Add(attributes);
            nodes.Add(node);
        }

        return outputs[0];
    }

    /// <summary>Keeps a node of the graph.</summary>
    public void Keep(NodeProto node) => nodes.Add(node);

    /// <summary>Puts the nodes added into the place of the graph's own, and drops what nobody reads any more.</summary>
    public void Commit()
    {
        graph.Node.Clear();
        graph.Node.Add(nodes);
        var read = nodes.SelectMany(n => n.Input).ToHashSet(StringComparer.Ordinal);
        TensorProto[] used = [.. graph.Initializer.Where(t => read.Contains(t.Name))];
        graph.Initializer.Clear();
        graph.Initializer.Add(used);

        // Shapes stated for values that are gone, or are integers now, would be wrong.
        graph.ValueInfo.Clear();
    }

    /// <summary>Renames an input of a node.</summary>
    public static void Redirect(RepeatedField<string> inputs, Func<string, string> rename)
    {
        for (int i = 0; i < inputs.Count; i++)
        {
            inputs[i] = rename(inputs[i]);
        }
    }
}

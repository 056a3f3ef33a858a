using StableQuant.Calibration.Import.Tensors;

namespace StableQuant.Calibration.Import.Onnx;

/// <summary>A checked graph: every value made once, nodes in topological order, and only those that the logits need.</summary>
internal sealed class OnnxGraph
{
    private readonly Dictionary<string, TensorProto> initializers = new(StringComparer.Ordinal);
    private readonly TensorDecoder decoder;
    private readonly string path;

    /// <summary>Checks and orders a graph.</summary>
    public OnnxGraph(string path, GraphProto graph, int opset, ExternalData external)
    {
        this.path = path;
        decoder = new TensorDecoder(external);
        foreach (TensorProto tensor in graph.Initializer)
        {
            if (!initializers.TryAdd(tensor.Name, tensor))
            {
                throw new ImportException(path, $"tensor '{tensor.Name}'", "is stored twice; export the model again");
            }
        }

        Inputs = [.. graph.Input.Where(i => !initializers.ContainsKey(i.Name))];
        int logits = LogitsOutput.Choose(graph.Output);
        Logits = logits >= 0 ? graph.Output[logits] : throw new ImportException(
            path, null, $"has no output of floats [batch, frames, vocabulary] ({(graph.Output.Count == 0 ? "it has none" : string.Join(", ", graph.Output.Select(o => $"'{o.Name}'")))}); export the model with its logits");
        OtherOutputs = [.. graph.Output.Where(output => output != Logits).Select(output => output.Name)];
        HashSet<string> sources = new(initializers.Keys.Concat(Inputs.Select(i => i.Name)), StringComparer.Ordinal);
        Nodes = TopologicalOrder.Sort(path, [.. graph.Node.Select(n => new OnnxNode(n, opset))], sources, [Logits.Name]);
    }

    /// <summary>The graph's inputs, those with a stored default excepted.</summary>
    public IReadOnlyList<ValueInfoProto> Inputs { get; }

    /// <summary>The output that holds the logits.</summary>
    public ValueInfoProto Logits { get; }

    /// <summary>Names of the outputs beside it, such as hidden states and lengths.</summary>
    public IReadOnlyList<string> OtherOutputs { get; }

    /// <summary>The nodes that the logits need, each after those it reads.</summary>
    public IReadOnlyList<OnnxNode> Nodes { get; }

    /// <summary>Whether stored tensors are in half precision.</summary>
    public bool IsHalf => initializers.Values.Any(t => (TensorProto.Types.DataType)t.DataType is TensorProto.Types.DataType.Float16 or TensorProto.Types.DataType.Bfloat16);

    /// <summary>Names of the stored tensors.</summary>
    public IEnumerable<string> Initializers => initializers.Keys;

    /// <summary>Reads a stored tensor.</summary>
    public Tensor Initializer(string name) => Read(initializers[name], decoder.Decode);

    /// <summary>The stored tensors whose data lie outside the model's file.</summary>
    public IEnumerable<TensorProto> ExternalTensors => initializers.Values.Where(t => t.DataLocation == TensorProto.Types.DataLocation.External);

    /// <summary>The stored bytes of one of <see cref="ExternalTensors"/>.</summary>
    public byte[] ExternalBytes(TensorProto tensor) => Read(tensor, decoder.ExternalBytes);

    /// <summary>Reads a tensor that a node carries as an attribute.</summary>
    public Tensor Decode(TensorProto tensor) => decoder.Decode(tensor);

    private T Read<T>(TensorProto tensor, Func<TensorProto, T> read)
    {
        try
        {
            return read(tensor);
        }
        catch (Exception error) when (error is OperatorException or OverflowException)
        {
            throw new ImportException(path, $"tensor '{tensor.Name}'", error.Message, error);
        }
    }
}

using System.Runtime.InteropServices;
using Google.Protobuf;
using StableQuant.Calibration.Float;
using StableQuant.Calibration.Import.Onnx;
using AttributeType = StableQuant.Calibration.Import.Onnx.AttributeProto.Types.AttributeType;
using DataType = StableQuant.Calibration.Import.Onnx.TensorProto.Types.DataType;

namespace StableQuant.Calibration.Tests.Import;

/// <summary>Edits a model as another exporter might have written it.</summary>
internal sealed class GraphEditor(ModelProto model)
{
    private int made;

    public ModelProto Model { get; } = model;

    public GraphProto Graph => Model.Graph;

    public static GraphEditor Open(string name) => new(TinyModel.Load(name));

    public GraphEditor Opset(long version)
    {
        Model.OpsetImport.Single(o => o.Domain.Length == 0).Version = version;
        return this;
    }

    public NodeProto[] All(string op) => [.. Graph.Node.Where(n => n.OpType == op)];

    public NodeProto Maker(string value) => Graph.Node.Single(n => n.Output.Contains(value));

    public NodeProto Reader(string value, string op) => Graph.Node.Single(n => n.OpType == op && n.Input.Contains(value));

    /// <summary>The dimensions of a stored tensor or of a Constant node's.</summary>
    public TensorProto? Constant(string value) =>
        Graph.Initializer.FirstOrDefault(t => t.Name == value)
        ?? Graph.Node.FirstOrDefault(n => n.OpType == "Constant" && n.Output[0] == value)?.Attribute[0].T
        ?? (Graph.Node.FirstOrDefault(n => n.OpType == "Identity" && n.Output[0] == value) is { } identity ? Constant(identity.Input[0]) : null);

    public float[] Floats(string value) => MemoryMarshal.Cast<byte, float>(Constant(value)!.RawData.Span).ToArray();

    public float Scalar(string value) => Floats(value)[0];

    public bool IsScalar(string value, float expected) =>
        Constant(value) is { DataType: (int)DataType.Float } t && t.RawData.Length == 4 && Math.Abs(Floats(value)[0] - expected) < 1e-6;

    public string Float(int[] dims, params float[] values) => Store(dims, DataType.Float, MemoryMarshal.AsBytes(values.AsSpan()));

    public string Float(float value) => Float([], value);

    public string Long(params long[] values) => Store([values.Length], DataType.Int64, MemoryMarshal.AsBytes(values.AsSpan()));

    public string LongScalar(long value) => Store([], DataType.Int64, MemoryMarshal.AsBytes([value]));

    /// <summary>Adds a node and returns its output.</summary>
    public string Add(string op, params string[] inputs) => AddTo(Fresh(op), op, inputs).Output[0];

    /// <summary>Adds a node with an integer attribute and returns its output.</summary>
    public string Add(string op, (string Name, long Value) attribute, params string[] inputs) =>
        With(AddTo(Fresh(op), op, inputs), attribute.Name, attribute.Value).Output[0];

    /// <summary>Adds a node that makes the value.</summary>
    public NodeProto AddTo(string output, string op, params string[] inputs)
    {
        NodeProto node = new() { OpType = op, Name = $"edited_{op}_{made++}", Input = { inputs }, Output = { output } };
        Graph.Node.Add(node);
        return node;
    }

    /// <summary>Lets every reader of one value read another.</summary>
    public void Redirect(string from, string to)
    {
        foreach (NodeProto node in Graph.Node)
        {
            for (int i = 0; i < node.Input.Count; i++)
            {
                node.Input[i] = node.Input[i] == from ? to : node.Input[i];
            }
        }
    }

    /// <summary>Takes a node out, so that its output can be made in another way.</summary>
    public void Remove(NodeProto node) => Graph.Node.Remove(node);

    /// <summary>Writes every float of the model in half precision; the audio and the logits, too, unless they are cast.</summary>
    public void Narrow(DataType type, bool floatInput)
    {
        IEnumerable<TensorProto> tensors = Graph.Initializer.Concat(Graph.Node.SelectMany(n => n.Attribute).Select(a => a.T).OfType<TensorProto>());
        foreach (TensorProto tensor in tensors.Where(t => t.DataType == (int)DataType.Float).ToArray())
        {
            float[] values = tensor.RawData.Length > 0 ? MemoryMarshal.Cast<byte, float>(tensor.RawData.Span).ToArray() : [.. tensor.FloatData];
            tensor.FloatData.Clear();
            tensor.DataType = (int)type;
            tensor.RawData = ByteString.CopyFrom(type == DataType.Float16
                ? MemoryMarshal.AsBytes(Array.ConvertAll(values, v => (Half)v).AsSpan())
                : MemoryMarshal.AsBytes(Array.ConvertAll(values, v => (ushort)(BitConverter.SingleToUInt32Bits(ReferenceActivations.BFloat16(v)) >> 16)).AsSpan()));
        }

        foreach (AttributeProto to in All("Cast").Select(n => Attribute(n, "to")!).Where(a => a.I == (int)DataType.Float))
        {
            to.I = (int)type;
        }

        Graph.ValueInfo.Clear();
        if (!floatInput)
        {
            Graph.Input[0].Type.TensorType.ElemType = (int)type;
            Graph.Output[0].Type.TensorType.ElemType = (int)type;
            return;
        }

        string audio = Fresh("narrowed");
        Redirect(Graph.Input[0].Name, audio);
        Graph.Node.Insert(0, With(new NodeProto { OpType = "Cast", Name = "narrow", Input = { Graph.Input[0].Name }, Output = { audio } }, "to", (long)type));
        Graph.Output[0].Name = Add("Cast", ("to", (long)DataType.Float), Graph.Output[0].Name);
    }

    public static NodeProto With(NodeProto node, string name, long value)
    {
        node.Attribute.Add(new AttributeProto { Name = name, Type = AttributeType.Int, I = value });
        return node;
    }

    public static NodeProto With(NodeProto node, string name, float value)
    {
        node.Attribute.Add(new AttributeProto { Name = name, Type = AttributeType.Float, F = value });
        return node;
    }

    public static NodeProto With(NodeProto node, string name, string value)
    {
        node.Attribute.Add(new AttributeProto { Name = name, Type = AttributeType.String, S = ByteString.CopyFromUtf8(value) });
        return node;
    }

    public static NodeProto With(NodeProto node, string name, long[] values)
    {
        node.Attribute.Add(new AttributeProto { Name = name, Type = AttributeType.Ints, Ints = { values } });
        return node;
    }

    public static AttributeProto? Attribute(NodeProto node, string name) => node.Attribute.FirstOrDefault(a => a.Name == name);

    public string Fresh(string stem) => $"edited_{stem}_value_{made++}";

    private string Store(int[] dims, DataType type, ReadOnlySpan<byte> bytes)
    {
        TensorProto tensor = new() { Name = Fresh("constant"), DataType = (int)type, RawData = ByteString.CopyFrom(bytes), Dims = { dims.Select(d => (long)d) } };
        Graph.Initializer.Add(tensor);
        return tensor.Name;
    }
}

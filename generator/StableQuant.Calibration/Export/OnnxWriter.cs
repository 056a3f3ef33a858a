using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Google.Protobuf;
using StableQuant.Calibration.Import.Onnx;

namespace StableQuant.Calibration.Export;

/// <summary>
/// Writes an ONNX graph node by node; node outputs are values, by name. Weights are inputs of it and not a part: each run is given the memory
/// that they lie in, so that there is no limit of 2 GiB, sessions share them, and none makes a copy that is packed for its kernels.
/// </summary>
internal sealed class OnnxWriter
{
    private const int Opset = 20;
    private const int IrVersion = 9;

    private readonly GraphProto graph = new() { Name = "speech" };
    private readonly List<(string Name, NativeTensor Value)> weights = [];
    private readonly Dictionary<string, string> constants = new(StringComparer.Ordinal);
    private int next;

    /// <summary>Adds a graph input of floats.</summary>
    public string Input(string name, params string[] dimensions)
    {
        graph.Input.Add(Value(name, dimensions));
        return name;
    }

    /// <summary>Makes a value an output of the graph.</summary>
    public void Output(string name) => graph.Output.Add(Value(name));

    /// <summary>Adds a graph input for weights, which each run will be given.</summary>
    /// <param name="values">They must live as long as the session.</param>
    public string Weights(NativeTensor values)
    {
        string name = $"w{next++}";
        weights.Add((name, values));
        return Input(name, [.. values.Shape.Select(size => FormattableString.Invariant($"{size}"))]);
    }

    /// <summary>Stores a scalar; equal ones are stored once.</summary>
    public string Scalar(float value)
    {
        string key = FormattableString.Invariant($"f{BitConverter.SingleToInt32Bits(value)}");
        if (!constants.TryGetValue(key, out string? name))
        {
            constants.Add(key, name = Constant(TensorProto.Types.DataType.Float, MemoryMarshal.AsBytes<float>([value]), 1));
        }

        return name;
    }

    /// <summary>Stores a matrix; equal ones are stored once.</summary>
    public string Matrix(float[] values, int rows, int columns)
    {
        string key = "m" + Convert.ToHexString(SHA256.HashData(MemoryMarshal.AsBytes(values.AsSpan())));
        if (!constants.TryGetValue(key, out string? name))
        {
            constants.Add(key, name = Constant(TensorProto.Types.DataType.Float, MemoryMarshal.AsBytes(values.AsSpan()), rows, columns));
        }

        return name;
    }

    /// <summary>Stores a vector of integers; equal ones are stored once.</summary>
    public string Integers(params long[] values)
    {
        string key = "i" + string.Join(",", values);
        if (!constants.TryGetValue(key, out string? name))
        {
            constants.Add(key, name = Constant(TensorProto.Types.DataType.Int64, MemoryMarshal.AsBytes(values.AsSpan()), values.Length));
        }

        return name;
    }

    /// <summary>Stores an integer without dimensions; equal ones are stored once.</summary>
    public string Integer(long value)
    {
        string key = FormattableString.Invariant($"n{value}");
        if (!constants.TryGetValue(key, out string? name))
        {
            constants.Add(key, name = Constant(TensorProto.Types.DataType.Int64, MemoryMarshal.AsBytes<long>([value])));
        }

        return name;
    }

    /// <summary>Adds a node with one output, named or not.</summary>
    public string Node(string type, string[] inputs, string? output = null, params AttributeProto[] attributes)
    {
        var node = new NodeProto { OpType = type };
        node.Input.Add(inputs);
        node.Output.Add(output ?? $"v{next++}");
        node.Attribute.Add(attributes);
        graph.Node.Add(node);
        return node.Output[0];
    }

    /// <summary>Cuts the last axis into equal parts.</summary>
    public string[] Split(string input, int parts)
    {
        var node = new NodeProto { OpType = "Split" };
        node.Input.Add(input);
        node.Output.Add(Enumerable.Range(0, parts).Select(_ => $"v{next++}"));
        node.Attribute.Add([Integer("axis", -1), Integer("num_outputs", parts)]);
        graph.Node.Add(node);
        return [.. node.Output];
    }

    /// <summary>Transposes.</summary>
    public string Transpose(string input, string? output, params long[] permutation) => Node("Transpose", [input], output, Attribute("perm", permutation));

    /// <summary>An attribute of integers.</summary>
    public static AttributeProto Attribute(string name, params long[] values)
    {
        var attribute = new AttributeProto { Name = name, Type = AttributeProto.Types.AttributeType.Ints };
        attribute.Ints.Add(values);
        return attribute;
    }

    /// <summary>An attribute of one integer.</summary>
    public static AttributeProto Integer(string name, long value) => new() { Name = name, Type = AttributeProto.Types.AttributeType.Int, I = value };

    /// <summary>An attribute of one float.</summary>
    public static AttributeProto Float(string name, float value) => new() { Name = name, Type = AttributeProto.Types.AttributeType.Float, F = value };

    /// <summary>An attribute of a text.</summary>
    public static AttributeProto Text(string name, string value) => new() { Name = name, Type = AttributeProto.Types.AttributeType.String, S = ByteString.CopyFromUtf8(value) };

    /// <summary>The graph, for a session.</summary>
    public WrittenGraph ToGraph()
    {
        var model = new ModelProto { IrVersion = IrVersion, Graph = graph };
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "", Version = Opset });
        return new WrittenGraph(model.ToByteArray(), weights);
    }

    private string Constant(TensorProto.Types.DataType type, ReadOnlySpan<byte> bytes, params ReadOnlySpan<long> shape)
    {
        var tensor = new TensorProto { Name = $"w{next++}", DataType = (int)type, RawData = ByteString.CopyFrom(bytes) };
        tensor.Dims.AddRange(shape.ToArray());
        graph.Initializer.Add(tensor);
        return tensor.Name;
    }

    private static ValueInfoProto Value(string name, params string[] dimensions)
    {
        var tensor = new TypeProto.Types.Tensor { ElemType = (int)TensorProto.Types.DataType.Float };
        if (dimensions.Length > 0)
        {
            tensor.Shape = new TensorShapeProto();
            foreach (string dimension in dimensions)
            {
                var dim = new TensorShapeProto.Types.Dimension();
                if (long.TryParse(dimension, out long fixedSize))
                {
                    dim.DimValue = fixedSize;
                }
                else
                {
                    dim.DimParam = dimension;
                }

                tensor.Shape.Dim.Add(dim);
            }
        }

        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = tensor } };
    }
}

/// <summary>A graph, and the weights by the names of its inputs for them.</summary>
/// <param name="Model">The ONNX file's bytes.</param>
/// <param name="Weights">What each run must be given.</param>
internal sealed record WrittenGraph(byte[] Model, IReadOnlyList<(string Name, NativeTensor Value)> Weights);

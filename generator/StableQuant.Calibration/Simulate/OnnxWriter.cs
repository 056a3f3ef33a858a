using Google.Protobuf;
using StableQuant.Calibration.Import.Onnx;

namespace StableQuant.Calibration.Simulate;

/// <summary>Writes an ONNX graph node by node; node outputs are values, by name.</summary>
internal sealed class OnnxWriter
{
    private const int Opset = 20;
    private const int IrVersion = 9;

    private readonly GraphProto graph = new() { Name = "simulation" };
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

    /// <summary>Stores float weights.</summary>
    public string Weights(float[] values, params long[] shape)
    {
        string name = $"w{next++}";
        var tensor = new TensorProto { Name = name, DataType = (int)TensorProto.Types.DataType.Float, RawData = ByteString.CopyFrom(System.Runtime.InteropServices.MemoryMarshal.AsBytes(values.AsSpan())) };
        tensor.Dims.Add(shape);
        graph.Initializer.Add(tensor);
        return name;
    }

    /// <summary>Stores a scalar; equal ones are stored once.</summary>
    public string Scalar(float value)
    {
        string key = FormattableString.Invariant($"f{BitConverter.SingleToInt32Bits(value)}");
        if (!constants.TryGetValue(key, out string? name))
        {
            constants.Add(key, name = Weights([value]));
        }

        return name;
    }

    /// <summary>Stores a vector of integers; equal ones are stored once.</summary>
    public string Integers(params long[] values)
    {
        string key = "i" + string.Join(",", values);
        if (!constants.TryGetValue(key, out string? name))
        {
            constants.Add(key, name = $"w{next++}");
            var tensor = new TensorProto { Name = name, DataType = (int)TensorProto.Types.DataType.Int64, RawData = ByteString.CopyFrom(System.Runtime.InteropServices.MemoryMarshal.AsBytes(values.AsSpan())) };
            tensor.Dims.Add(values.Length);
            graph.Initializer.Add(tensor);
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

    /// <summary>The model's bytes.</summary>
    public byte[] ToBytes()
    {
        var model = new ModelProto { IrVersion = IrVersion, Graph = graph };
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "", Version = Opset });
        return model.ToByteArray();
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

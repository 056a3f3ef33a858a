using Google.Protobuf;
using StableQuant.Calibration.Import.Onnx;
using StableQuant.Graph;
using DataType = StableQuant.Calibration.Import.Onnx.TensorProto.Types.DataType;

namespace StableQuant.Calibration.Tests.Simulate;

/// <summary>
/// A quantized model as a float one would be that suffers the same rounding: the float ONNX model, with a
/// QuantizeLinear/DequantizeLinear pair wherever a value enters a product, and weights rounded to int8. It takes the
/// grids from the description and everything else from the ONNX file, none of it by the product's own code.
/// </summary>
internal sealed class SimulatedModel
{
    // What may stand between a value and the product that it enters: it moves numbers or scales them, no more.
    private static readonly HashSet<string> Carriers = ["Transpose", "Reshape", "Squeeze", "Unsqueeze", "Pad", "Mul"];
    private static readonly HashSet<string> Products = ["Conv", "MatMul"];

    private readonly ModelProto model;
    private readonly HashSet<string> constants;
    private readonly ILookup<string, NodeProto> readers;
    private readonly List<TensorProto> added = [];
    private readonly Dictionary<string, List<NodeProto>> after = [];

    private SimulatedModel(ModelProto model)
    {
        this.model = model;
        constants = [.. model.Graph.Initializer.Select(t => t.Name), .. model.Graph.Node.Where(n => n.OpType == "Constant").SelectMany(n => n.Output)];
        readers = model.Graph.Node.SelectMany(node => node.Input.Distinct().Select(input => (input, node))).ToLookup(p => p.input, p => p.node);
    }

    /// <summary>Builds the simulation.</summary>
    /// <param name="file">The float model.</param>
    /// <param name="onnxValues">For each operation of the description, the ONNX value that holds the same numbers.</param>
    /// <param name="description">The quantized model.</param>
    /// <returns>An ONNX file.</returns>
    public static byte[] Build(OnnxFile file, IReadOnlyDictionary<string, string> onnxValues, ModelDescription description) =>
        Build(file, onnxValues, description, []);

    /// <summary>Builds the simulation so that it shows some values, beside the logits.</summary>
    /// <param name="file">The float model.</param>
    /// <param name="onnxValues">For each operation of the description, the ONNX value that holds the same numbers.</param>
    /// <param name="description">The quantized model.</param>
    /// <param name="shown">The ONNX values.</param>
    public static byte[] Build(OnnxFile file, IReadOnlyDictionary<string, string> onnxValues, ModelDescription description, IEnumerable<string> shown)
    {
        var simulated = new SimulatedModel(file.ToSelfContained());
        simulated.RoundWeights(leastSquares: description.Receipt.Levers.Contains("weight-scales"));
        foreach (Quantize quantize in description.Operations.OfType<Quantize>())
        {
            string value = onnxValues[quantize.Input];
            NodeProto[] products = [.. simulated.readers[value].Where(node => simulated.LeadsToProduct(node, value))];
            products.ShouldNotBeEmpty($"{quantize.Name}: no product reads {value}");
            if (quantize.Outliers == Outliers.Keep)
            {
                simulated.InsertUnbounded(value, products, quantize.Scale, quantize.IsDithered);
            }
            else if (quantize.IsDithered)
            {
                throw new NotSupportedException($"{quantize.Name} is dithered and clipped.");
            }
            else
            {
                simulated.Insert(value, products, quantize.Type, quantize.Scale, quantize.ZeroPoint);
            }
        }

        foreach (NodeProto softmax in simulated.model.Graph.Node.Where(n => n.OpType == "Softmax"))
        {
            string value = softmax.Output[0];
            simulated.InsertByRow(value, [.. simulated.readers[value]]);
        }

        foreach (string value in shown.Except(simulated.model.Graph.Output.Select(o => o.Name)))
        {
            var tensor = new TypeProto.Types.Tensor { ElemType = (int)DataType.Float };
            simulated.model.Graph.Output.Add(new ValueInfoProto { Name = value, Type = new TypeProto { TensorType = tensor } });
        }

        return simulated.Finish();
    }

    private bool LeadsToProduct(NodeProto node, string value) =>
        Products.Contains(node.OpType) ||
        Carriers.Contains(node.OpType) && node.Input[0] == value && node.Input.Skip(1).All(IsShapeOrConstant)
        && readers[node.Output[0]].Any(reader => LeadsToProduct(reader, node.Output[0]));

    // A Mul must be by a constant: the other one is half of a GELU. The shapes that a Reshape takes may be computed.
    private bool IsShapeOrConstant(string input) =>
        constants.Contains(input) || model.Graph.Node.Any(n => n.Output.Contains(input) && n.OpType == "Concat");

    /// <summary>Puts a pair behind a value, for some of those that read it; the others go on reading the value itself.</summary>
    private void Insert(string value, IEnumerable<NodeProto> products, QuantizedType type, float scale, int zeroPoint)
    {
        string name = $"{value}.simulated";
        bool signed = type == QuantizedType.S8;
        added.Add(Scalar($"{name}.scale", DataType.Float, BitConverter.GetBytes(scale)));
        added.Add(Scalar($"{name}.zero", signed ? DataType.Int8 : DataType.Uint8, [(byte)zeroPoint]));
        var pair = new List<NodeProto>();
        string source = value;
        if (signed)
        {
            // Symmetric: −127 … 127, where the operator alone would go to −128.
            added.Add(Scalar($"{name}.low", DataType.Float, BitConverter.GetBytes(-127 * scale)));
            pair.Add(Node("Clip", $"{name}.clipped", source, $"{name}.low"));
            source = $"{name}.clipped";
        }

        pair.Add(Node("QuantizeLinear", $"{name}.q", source, $"{name}.scale", $"{name}.zero"));
        pair.Add(Node("DequantizeLinear", name, $"{name}.q", $"{name}.scale", $"{name}.zero"));
        Redirect(value, name, pair, products);
    }

    /// <summary>The same where outliers are kept: no pair of operators has a grid without ends, but rounding does.</summary>
    private void InsertUnbounded(string value, IEnumerable<NodeProto> products, float scale, bool dither)
    {
        string name = $"{value}.simulated";
        added.Add(Scalar($"{name}.scale", DataType.Float, BitConverter.GetBytes(scale)));
        List<NodeProto> nodes = [Node("Div", $"{name}.steps", value, $"{name}.scale")];
        if (dither)
        {
            // What convolutions read is [1, channels, frames].
            products.ShouldAllBe(product => product.OpType == "Conv");
            nodes.AddRange(Dithered(name, channels: (int)model.Graph.Initializer.Single(t => t.Name == products.First().Input[1]).Dims[1]));
        }

        nodes.Add(Node("Round", $"{name}.whole", dither ? $"{name}.dithered" : $"{name}.steps"));
        nodes.Add(Node("Mul", name, $"{name}.whole", $"{name}.scale"));
        Redirect(value, name, nodes, products);
    }

    // Each channel's place in the sequence, [channels, 1], and each frame's, [frames]: their sum's number is taken.
    private NodeProto[] Dithered(string name, int channels)
    {
        float[] sequence = [.. Enumerable.Range(0, 1024).Select(i => Enumerable.Range(0, 10).Sum(bit => (i >> bit & 1) * MathF.Pow(2, -1 - bit)) + MathF.Pow(2, -11) - 0.5f)];
        added.Add(new TensorProto { Name = $"{name}.sequence", DataType = (int)DataType.Float, Dims = { 1024 }, RawData = ByteString.CopyFrom(System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(sequence)) });
        added.Add(new TensorProto
        {
            Name = $"{name}.channels", DataType = (int)DataType.Int64, Dims = { channels, 1 },
            RawData = ByteString.CopyFrom(System.Runtime.InteropServices.MemoryMarshal.AsBytes<long>([.. Enumerable.Range(0, channels).Select(c => (long)c)])),
        });
        foreach ((string constant, long number) in new[] { ("first", 0), ("every", 1), ("axis", 2), ("step", 2654435769), ("turn", 1L << 32), ("part", 1L << 22), ("length", 1024) })
        {
            added.Add(new TensorProto { Name = $"{name}.{constant}", DataType = (int)DataType.Int64, RawData = ByteString.CopyFrom(BitConverter.GetBytes(number)) });
        }

        return
        [
            Node("Shape", $"{name}.shape", $"{name}.steps"),
            Node("Gather", $"{name}.frames", $"{name}.shape", $"{name}.axis"),
            Node("Range", $"{name}.rows", $"{name}.first", $"{name}.frames", $"{name}.every"),
            Node("Mul", $"{name}.turns", $"{name}.rows", $"{name}.step"),
            Node("Mod", $"{name}.rest", $"{name}.turns", $"{name}.turn"),
            Node("Div", $"{name}.start", $"{name}.rest", $"{name}.part"),
            Node("Add", $"{name}.place", $"{name}.start", $"{name}.channels"),
            Node("Mod", $"{name}.wrapped", $"{name}.place", $"{name}.length"),
            Node("Gather", $"{name}.dither", $"{name}.sequence", $"{name}.wrapped"),
            Node("Add", $"{name}.dithered", $"{name}.steps", $"{name}.dither"),
        ];
    }

    /// <summary>The same for probabilities: a row's largest is 255 steps, and its steps are parts of their own sum.</summary>
    private void InsertByRow(string value, IEnumerable<NodeProto> products)
    {
        string name = $"{value}.simulated";
        added.Add(Scalar($"{name}.top", DataType.Float, BitConverter.GetBytes(255f)));
        added.Add(Integer($"{name}.one", 1));
        added.Add(Integer($"{name}.axis", -1));

        // TopK and ReduceSum take their axes alike in all opsets of the models here; ReduceMax does not.
        NodeProto largest = Node("TopK", $"{name}.largest", value, $"{name}.one");
        largest.Output.Add($"{name}.place");
        Redirect(
            value, name,
            [
                largest,
                Node("Div", $"{name}.relative", value, $"{name}.largest"),
                Node("Mul", $"{name}.steps", $"{name}.relative", $"{name}.top"),
                Node("Round", $"{name}.whole", $"{name}.steps"),
                Node("ReduceSum", $"{name}.sum", $"{name}.whole", $"{name}.axis"),
                Node("Div", name, $"{name}.whole", $"{name}.sum"),
            ],
            products);
    }

    private void Redirect(string value, string name, List<NodeProto> nodes, IEnumerable<NodeProto> products)
    {
        after.Add(value, nodes);
        foreach (NodeProto product in products)
        {
            for (int i = 0; i < product.Input.Count; i++)
            {
                product.Input[i] = product.Input[i] == value ? name : product.Input[i];
            }
        }
    }

    private void RoundWeights(bool leastSquares)
    {
        var stored = model.Graph.Initializer.ToDictionary(t => t.Name);
        int rounded = 0;
        foreach (NodeProto product in model.Graph.Node.Where(n => Products.Contains(n.OpType) && stored.ContainsKey(n.Input[1])))
        {
            // The channels made: a convolution has them first, a matrix product [inputs, outputs] last.
            TensorProto weights = stored[product.Input[1]];
            int outputs = (int)(product.OpType == "Conv" ? weights.Dims[0] : weights.Dims[^1]);
            weights.RawData = ByteString.CopyFrom(Rounded(weights.RawData.Span, outputs, outputsLast: product.OpType != "Conv", leastSquares));
            rounded++;
        }

        rounded.ShouldBeGreaterThan(0);
    }

    private static byte[] Rounded(ReadOnlySpan<byte> raw, int outputs, bool outputsLast, bool leastSquares)
    {
        float[] weights = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(raw).ToArray();
        int inputs = weights.Length / outputs;
        for (int output = 0; output < outputs; output++)
        {
            int first = outputsLast ? output : output * inputs;
            int step = outputsLast ? outputs : 1;
            double largest = Enumerable.Range(0, inputs).Max(i => Math.Abs((double)weights[first + i * step]));
            double[] row = [.. Enumerable.Range(0, inputs).Select(i => (double)weights[first + i * step])];
            double scale = largest / 127;
            if (leastSquares)
            {
                double Error(double candidate) => row.Sum(w => Math.Pow(w - OnGrid(w, candidate), 2));
                scale = Enumerable.Range(0, 26).Select(i => largest / 127 * (1 - 0.02 * i)).MinBy(Error);
            }

            for (int i = 0; i < inputs && scale > 0; i++)
            {
                weights[first + i * step] = (float)OnGrid(row[i], scale);
            }
        }

        return System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(weights).ToArray();
    }

    private static double OnGrid(double weight, double scale) => scale == 0 ? 0 : Math.Clamp(Math.Round(weight / scale), -127, 127) * scale;

    private byte[] Finish()
    {
        NodeProto[] nodes = [.. model.Graph.Node.SelectMany(node => node.Output
            .SelectMany(output => after.GetValueOrDefault(output, [])).Prepend(node))];
        nodes.Length.ShouldBe(model.Graph.Node.Count + after.Values.Sum(pair => pair.Count));
        model.Graph.Node.Clear();
        model.Graph.Node.AddRange(nodes);
        model.Graph.Initializer.AddRange(added);
        return model.ToByteArray();
    }

    private static NodeProto Node(string type, string output, params string[] inputs) =>
        new() { OpType = type, Name = output, Input = { inputs }, Output = { output } };

    private static TensorProto Integer(string name, long value) =>
        new() { Name = name, DataType = (int)DataType.Int64, Dims = { 1 }, RawData = ByteString.CopyFrom(BitConverter.GetBytes(value)) };

    private static TensorProto Scalar(string name, DataType type, byte[] value) =>
        new() { Name = name, DataType = (int)type, RawData = ByteString.CopyFrom(value) };
}

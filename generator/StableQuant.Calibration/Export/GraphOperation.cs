using StableQuant.Calibration.Import.Onnx;
using StableQuant.Graph;

namespace StableQuant.Calibration.Export;

/// <summary>An operation as nodes of ONNX. Values keep the operations' names and are [1, frames, channels].</summary>
/// <param name="writer">The graph.</param>
/// <param name="operand">The value to read for an operand of a product: itself, or what was made of it.</param>
/// <param name="softmax">Writes an attention's probabilities of its scaled scores.</param>
internal sealed class GraphOperation(OnnxWriter writer, Func<string, string> operand, Func<Attention, string, string> softmax)
{
    /// <summary>Operations as a float model has them.</summary>
    public static GraphOperation Float(OnnxWriter writer) => new(writer, value => value, (_, scores) => Softmax(writer, scores));

    /// <summary>Probabilities in float.</summary>
    public static string Softmax(OnnxWriter writer, string scores) => writer.Node("Softmax", [scores], null, OnnxWriter.Integer("axis", -1));

    /// <summary>Writes the nodes of an operation; the last one's output has the operation's name.</summary>
    /// <param name="operation">The operation, of a float model.</param>
    /// <param name="constants">Its constants; null where it has none.</param>
    public void Write(Operation operation, WeightTensors? constants)
    {
        switch (operation)
        {
            case Convolution c:
                WriteConvolution(c, constants!);
                break;
            case Convolution2d c:
                WriteConvolution2d(c, constants!);
                break;
            case Linear l:
                string product = writer.Node("MatMul", [operand(l.Input), writer.Weights(constants!.Weight)], constants.Bias is null ? l.Name : null);
                if (constants.Bias is { } bias)
                {
                    writer.Node("Add", [product, writer.Weights(bias)], l.Name);
                }

                break;
            case Attention a:
                WriteAttention(a, a switch { BiasedAttention biased => WriteBiases(biased, constants!), RelativeAttention relative => WritePositions(relative), RelativeKeyAttention keyed => WriteDistances(keyed), _ => null });
                break;
            case Sinusoids s:
                WriteSinusoids(s, constants!);
                break;
            case Rotary r:
                WriteRotary(r);
                break;
            case LayerNorm n:
                writer.Node("LayerNormalization", [n.Input, .. Affine(constants!)], n.Name, OnnxWriter.Integer("axis", -1), OnnxWriter.Float("epsilon", n.Epsilon));
                break;
            case GroupNorm n:
                string normalized = writer.Node("InstanceNormalization", [writer.Transpose(n.Input, null, 0, 2, 1), .. Affine(constants!)], null, OnnxWriter.Float("epsilon", n.Epsilon));
                writer.Transpose(normalized, n.Name, 0, 2, 1);
                break;
            case Activation a:
                WriteActivation(a);
                break;
            case GatedLinearUnit g:
                string[] halves = writer.Split(g.Input, 2);
                writer.Node("Mul", [halves[0], writer.Node("Sigmoid", [halves[1]])], g.Name);
                break;
            case AveragePool p:
                string pooled = writer.Node("AveragePool", [writer.Transpose(p.Input, null, 0, 2, 1)], null, OnnxWriter.Attribute("kernel_shape", p.Frames), OnnxWriter.Attribute("strides", p.Frames));
                writer.Transpose(pooled, p.Name, 0, 2, 1);
                break;
            case MeanPool p:
                writer.Node("ReduceMean", [p.Input, writer.Integers(1)], p.Name);
                break;
            case StatisticsPool p:
                WriteStatistics(p);
                break;
            case Scale s:
                writer.Node("Mul", [s.Input, writer.Scalar(s.Factor)], s.Name);
                break;
            case Upsample u:
                WriteUpsample(u);
                break;
            case Add add:
                writer.Node("Add", [add.Left, add.Right], add.Name);
                break;
            default:
                throw new ArgumentException($"'{operation.Name}' is of a kind that is none of ONNX.", nameof(operation));
        }
    }

    private string[] Affine(WeightTensors constants) => [writer.Weights(constants.Weight), writer.Weights(constants.Bias!)];

    private void WriteConvolution(Convolution c, WeightTensors constants)
    {
        string input = operand(c.Input);
        string channelsFirst = c.Input == Operation.Audio ? writer.Node("Unsqueeze", [input, writer.Integers(1)]) : writer.Transpose(input, null, 0, 2, 1);
        string[] inputs = [channelsFirst, .. new[] { constants.Weight, constants.Bias }.OfType<NativeTensor>().Select(writer.Weights)];
        string result = writer.Node(
            "Conv", inputs, null,
            OnnxWriter.Attribute("strides", c.Stride), OnnxWriter.Attribute("pads", c.PadLeft, c.PadRight), OnnxWriter.Integer("group", c.Groups));
        writer.Transpose(result, c.Name, 0, 2, 1);
    }

    private void WriteConvolution2d(Convolution2d c, WeightTensors constants)
    {
        string bands = writer.Node("Reshape", [operand(c.Input), writer.Integers(1, -1, c.Bands, c.InputChannels)]);
        string[] inputs = [writer.Transpose(bands, null, 0, 3, 1, 2), .. new[] { constants.Weight, constants.Bias }.OfType<NativeTensor>().Select(writer.Weights)];
        string result = writer.Node(
            "Conv", inputs, null,
            OnnxWriter.Attribute("strides", c.Stride, c.Stride), OnnxWriter.Attribute("pads", c.Padding, c.Padding, c.Padding, c.Padding), OnnxWriter.Integer("group", c.InputChannels));
        writer.Node("Reshape", [writer.Transpose(result, null, 0, 2, 3, 1), writer.Integers(1, -1, c.OutputChannels)], c.Name);
    }

    private void WriteStatistics(StatisticsPool p)
    {
        string mean = writer.Node("ReduceMean", [p.Input, writer.Integers(1)]);
        string squares = writer.Node("ReduceSumSquare", [writer.Node("Sub", [p.Input, mean]), writer.Integers(1)]);
        string others = writer.Node("Cast", [writer.Node("Sub", [Frames(p.Input), writer.Integer(1)])], null, OnnxWriter.Integer("to", 1));
        writer.Node("Concat", [mean, writer.Node("Sqrt", [writer.Node("Div", [squares, others])])], p.Name, OnnxWriter.Integer("axis", -1));
    }

    // So many zeros behind the frames that there are enough, of which as many are taken as the other value has.
    private void WriteUpsample(Upsample u)
    {
        string width = writer.Node("Shape", [u.Input], null, OnnxWriter.Integer("start", 2));
        string channels = writer.Node("Div", [width, writer.Integers(u.Factor)]);
        string frames = writer.Node("Reshape", [u.Input, writer.Node("Concat", [writer.Integers(1, -1), channels], null, OnnxWriter.Integer("axis", 0))]);
        string zeros = writer.Node("ConstantOfShape", [writer.Node("Concat", [writer.Integers(1, u.Factor), channels], null, OnnxWriter.Integer("axis", 0))]);
        string enough = writer.Node("Concat", [frames, zeros], null, OnnxWriter.Integer("axis", 1));
        string end = writer.Node("Shape", [u.Like], null, OnnxWriter.Integer("start", 1), OnnxWriter.Integer("end", 2));
        writer.Node("Slice", [enough, writer.Integers(0), end, writer.Integers(1)], u.Name);
    }

    private void WriteActivation(Activation a)
    {
        if (a.Function == ActivationFunction.Silu)
        {
            writer.Node("Mul", [a.Input, writer.Node("Sigmoid", [a.Input])], a.Name);
        }
        else if (a.Function == ActivationFunction.Relu)
        {
            writer.Node("Relu", [a.Input], a.Name);
        }
        else
        {
            writer.Node("Gelu", [a.Input], a.Name, OnnxWriter.Text("approximate", a.Function == ActivationFunction.GeluTanh ? "tanh" : "none"));
        }
    }

    private void WriteAttention(Attention a, string? biases)
    {
        string Heads(string value, params long[] permutation) =>
            writer.Transpose(writer.Node("Reshape", [operand(value), writer.Integers(1, -1, a.Heads, a.HeadSize)]), null, permutation);
        string scores = writer.Node("MatMul", [Heads(a.Query, 0, 2, 1, 3), Heads(a.Key, 0, 2, 3, 1)]);
        string scaled = writer.Node("Mul", [scores, writer.Scalar(a.Scale)]);
        string probabilities = softmax(a, biases is null ? scaled : writer.Node("Add", [scaled, biases]));
        string context = writer.Transpose(writer.Node("MatMul", [probabilities, Heads(a.Value, 0, 2, 1, 3)]), null, 0, 2, 1, 3);
        writer.Node("Reshape", [context, writer.Integers(1, -1, a.Heads * a.HeadSize)], a.Name);
    }

    // For each head, query and key the gated bias of their distance.
    private string WriteBiases(BiasedAttention a, WeightTensors constants)
    {
        string places = Places(a.Query, a.Behind, a.Ahead);
        string biases = writer.Node("Gather", [writer.Weights(constants.Weight), places], null, OnnxWriter.Integer("axis", 1));
        string gates = writer.Node("Sigmoid", [writer.Transpose(writer.Node("Reshape", [a.Gate, writer.Integers(1, -1, 2, a.Heads)]), null, 2, 3, 1, 0)]);
        string Half(int half) => writer.Node("Gather", [gates, writer.Integer(half)], null, OnnxWriter.Integer("axis", 0));
        string gains = writer.Node("Reshape", [writer.Weights(constants.Bias!), writer.Integers(-1, 1, 1)]);
        string inner = writer.Node("Sub", [writer.Node("Mul", [Half(1), gains]), writer.Scalar(1)]);
        string gate = writer.Node("Add", [writer.Node("Mul", [Half(0), inner]), writer.Scalar(2)]);
        return writer.Node("Mul", [biases, gate]);
    }

    // For each head, query and key the query's product with the position of their distance, and its bias. The distances, from the furthest key
    // behind to the furthest ahead: the first half of the positions backwards, and the second without its first.
    private string WritePositions(RelativeAttention a)
    {
        string frames = Frames(a.Query), last = writer.Node("Sub", [frames, writer.Integer(1)]);
        string behind = writer.Node("Range", [last, writer.Integer(-1), writer.Integer(-1)]);
        string ahead = writer.Node("Range", [writer.Node("Add", [frames, writer.Integer(1)]), writer.Node("Add", [frames, frames]), writer.Integer(1)]);
        string order = writer.Node("Concat", [behind, ahead], null, OnnxWriter.Integer("axis", 0));
        string places = writer.Node("Add", [Distances(a.Query), last]);
        string Spread(string value, int channels)
        {
            string halves = writer.Transpose(writer.Node("Reshape", [value, writer.Integers(1, -1, 2, a.Heads, channels)]), null, 0, 3, 2, 1, 4);
            string rows = writer.Node("Reshape", [halves, writer.Integers(1, a.Heads, -1, channels)]);
            return writer.Transpose(writer.Node("Gather", [rows, order], null, OnnxWriter.Integer("axis", 2)), null, 0, 1, 3, 2);
        }

        string query = writer.Transpose(writer.Node("Reshape", [operand(a.Query), writer.Integers(1, -1, a.Heads, a.HeadSize)]), null, 0, 2, 1, 3);
        string products = writer.Node("Mul", [writer.Node("MatMul", [query, Spread(operand(a.Position), a.HeadSize)]), writer.Scalar(a.Scale)]);
        return Chosen(a, writer.Node("Add", [products, Spread(a.Bias, 1)]), places);
    }

    // For each head, query and key the query's score for their distance.
    private string WriteDistances(RelativeKeyAttention a) => Chosen(
        a, writer.Transpose(writer.Node("Reshape", [a.Distances, writer.Integers(1, -1, a.Heads, a.Behind + 1 + a.Ahead)]), null, 0, 2, 1, 3), Places(a.Query, a.Behind, a.Ahead));

    // Of rows of each head and query those elements that the places [queries, keys] name.
    private string Chosen(Attention a, string rows, string places)
    {
        string shape = writer.Node("Concat", [writer.Integers(1, a.Heads), writer.Node("Shape", [places])], null, OnnxWriter.Integer("axis", 0));
        return writer.Node("GatherElements", [rows, writer.Node("Expand", [places, shape])], null, OnnxWriter.Integer("axis", 3));
    }

    // Halves of [1, frames, heads, head size] turned by angles [1, frames, 1, half of it].
    private void WriteRotary(Rotary r)
    {
        string Shaped(string value, params long[] shape) => writer.Node("Reshape", [value, writer.Integers(shape)]);
        string[] waves = [.. writer.Split(Shaped(r.Waves, 0, 0, -1, 2), 2).Select(wave => Shaped(wave, 0, 0, 1, -1))];
        string[] halves = writer.Split(Shaped(r.Input, 0, 0, r.Heads, -1), 2);
        string Product(int half, int wave) => writer.Node("Mul", [halves[half], waves[wave]]);
        string first = writer.Node("Sub", [Product(0, 1), Product(1, 0)]), second = writer.Node("Add", [Product(1, 1), Product(0, 0)]);
        writer.Node("Reshape", [writer.Node("Concat", [first, second], null, OnnxWriter.Integer("axis", -1)), writer.Integers(0, 0, -1)], r.Name);
    }

    private void WriteSinusoids(Sinusoids s, WeightTensors constants)
    {
        string frames = writer.Node("Cast", [writer.Node("Range", [writer.Integer(0), Frames(s.Input), writer.Integer(1)])], null, OnnxWriter.Integer("to", 1));
        string times = s.IsInBothDirections
            ? writer.Node("Reshape", [writer.Node("Concat", [Column(frames), Column(writer.Node("Neg", [frames]))], null, OnnxWriter.Integer("axis", 1)), writer.Integers(-1)])
            : frames;
        string angles = writer.Node("Mul", [Column(times), writer.Weights(constants.Weight)]);
        string Wave(string function) => writer.Node("Unsqueeze", [writer.Node(function, [angles]), writer.Integers(-1)]);
        string waves = writer.Node("Concat", [Wave("Sin"), Wave("Cos")], null, OnnxWriter.Integer("axis", -1));
        string Cast(string value, TensorProto.Types.DataType type) => writer.Node("Cast", [value], null, OnnxWriter.Integer("to", (long)type));
        string rounded = s.IsBFloat16 ? Cast(Cast(waves, TensorProto.Types.DataType.Bfloat16), TensorProto.Types.DataType.Float) : waves;
        writer.Node("Reshape", [rounded, writer.Integers(1, -1, s.Channels)], s.Name);

        string Column(string value) => writer.Node("Unsqueeze", [value, writer.Integers(1)]);
    }

    private string Frames(string value) => writer.Node("Gather", [writer.Node("Shape", [value]), writer.Integer(1)]);

    // Where each query and key find their distance among those that are told apart [queries, keys].
    private string Places(string value, int behind, int ahead) =>
        writer.Node("Add", [writer.Node("Clip", [Distances(value), writer.Integer(-behind), writer.Integer(ahead)]), writer.Integers(behind)]);

    // By how many frames each key is ahead of each query [queries, keys].
    private string Distances(string value)
    {
        string positions = writer.Node("Range", [writer.Integer(0), Frames(value), writer.Integer(1)]);
        return writer.Node("Sub", [positions, writer.Node("Unsqueeze", [positions, writer.Integers(1)])]);
    }
}

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
            case Linear l:
                string product = writer.Node("MatMul", [operand(l.Input), writer.Weights(constants!.Weight)], constants.Bias is null ? l.Name : null);
                if (constants.Bias is { } bias)
                {
                    writer.Node("Add", [product, writer.Weights(bias)], l.Name);
                }

                break;
            case Attention a:
                WriteAttention(a);
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

    private void WriteAttention(Attention a)
    {
        string Heads(string value, params long[] permutation) =>
            writer.Transpose(writer.Node("Reshape", [operand(value), writer.Integers(1, -1, a.Heads, a.HeadSize)]), null, permutation);
        string scores = writer.Node("MatMul", [Heads(a.Query, 0, 2, 1, 3), Heads(a.Key, 0, 2, 3, 1)]);
        string probabilities = softmax(a, writer.Node("Mul", [scores, writer.Scalar(a.Scale)]));
        string context = writer.Transpose(writer.Node("MatMul", [probabilities, Heads(a.Value, 0, 2, 1, 3)]), null, 0, 2, 1, 3);
        writer.Node("Reshape", [context, writer.Integers(1, -1, a.Heads * a.HeadSize)], a.Name);
    }
}

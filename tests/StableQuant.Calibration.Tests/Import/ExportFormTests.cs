using System.Runtime.InteropServices;
using Google.Protobuf;
using StableQuant.Calibration.Evaluate;
using StableQuant.Calibration.Float;
using StableQuant.Calibration.Import;
using StableQuant.Calibration.Import.Onnx;
using DataType = StableQuant.Calibration.Import.Onnx.TensorProto.Types.DataType;

namespace StableQuant.Calibration.Tests.Import;

/// <summary>Forms in which the same model is published: PyTorch's logits are the judge of what is imported, ONNX Runtime of what is run.</summary>
public class ExportFormTests
{
    private GraphEditor edit = GraphEditor.Open(TinyModel.GroupNorm);

    private string Logits => edit.Graph.Output[0].Name;

    [Theory]
    [InlineData(true, "logits")]
    [InlineData(false, "logits")]
    [InlineData(true, "scores")]
    public void Hidden_states_and_lengths_may_be_outputs_too(bool first, string name)
    {
        edit.AddTo("named", "Identity", Logits);
        edit.Maker("named").Output[0] = name == "logits" ? edit.Fresh("unread") : name;
        edit.Graph.Output[0].Name = name;
        var hidden = new ValueInfoProto { Name = edit.All("LayerNormalization").Last().Output[0], Type = edit.Graph.Output[0].Type.Clone() };
        hidden.Type.TensorType.Shape.Dim[2].DimValue = 64;
        var frames = new ValueInfoProto { Name = edit.Add("Shape", hidden.Name), Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)DataType.Int64 } } };
        edit.Graph.Output.Insert(first || name != "logits" ? 1 : 0, hidden);
        edit.Graph.Output.Add(frames);
        FloatModel model = ShouldBeTheSame();
        model.Notes.ShouldHaveSingleItem().ShouldEndWith($": takes the output '{name}' as the logits, and leaves out '{hidden.Name}', '{frames.Name}'.");
    }

    [Fact]
    public void Outputs_beside_the_logits_need_not_be_understood()
    {
        string odd = edit.Add("TopK", edit.All("Softmax")[0].Output[0], edit.Long(1));
        edit.Graph.Output.Add(new ValueInfoProto { Name = odd });
        TinyModel.Difference(TinyModel.Import(edit.Model), TinyModel.GroupNorm).ShouldBeLessThan(1e-5);
    }

    [Theory]
    [InlineData("LogSoftmax", ModelOutput.LogProbabilities)]
    [InlineData("Softmax", ModelOutput.Probabilities)]
    [InlineData("Softmax Log", ModelOutput.LogProbabilities)]
    public void Probabilities_at_the_end_are_taken_as_their_logits(string operators, ModelOutput made)
    {
        string value = Logits;
        foreach (string op in operators.Split(' '))
        {
            NodeProto node = edit.AddTo(edit.Fresh("ended"), op, value);
            value = (op == "Log" ? node : GraphEditor.With(node, "axis", -1)).Output[0];
        }

        edit.Graph.Output[0].Name = value;
        FloatModel model = ShouldBeTheSame();
        model.Output.ShouldBe(made);
        model.Notes.ShouldHaveSingleItem().ShouldContain("softmax");
    }

    [Theory]
    [InlineData("input_lengths", (int)DataType.Int64, 1)]
    [InlineData("x_lens", (int)DataType.Int32, 1)]
    [InlineData("input_size", (int)DataType.Int64, 0)]
    [InlineData("num_samples", (int)DataType.Int32, 2)]
    public void Lengths_of_utterances_may_be_an_input(string name, int type, int rank)
    {
        // As padded batches are masked: a one for each frame that samples reach.
        string hidden = edit.Maker(edit.All("Conv").Last().Input[0]).Input[0];
        var shape = new TensorShapeProto { Dim = { Enumerable.Range(0, rank).Select(i => i == 0 ? new TensorShapeProto.Types.Dimension { DimParam = "batch" } : new() { DimValue = 1 }) } };
        edit.Graph.Input.Add(new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = type, Shape = shape } } });
        string reached = edit.Add("Div", edit.Add("Sub", edit.Add("Reshape", edit.Add("Cast", ("to", (long)DataType.Int64), name), edit.Long(1)), edit.Long(80)), edit.Long(320));
        string places = edit.Add("Range", edit.LongScalar(0), edit.Add("Gather", edit.Add("Shape", hidden), edit.LongScalar(1)), edit.LongScalar(1));
        string ones = edit.Add("Cast", ("to", (long)DataType.Float), edit.Add("Unsqueeze", edit.Add("Less", places, reached), edit.Long(0, 2)));
        NodeProto maker = edit.Maker(hidden);
        string unmasked = maker.Output[0] = edit.Fresh("unmasked");
        edit.AddTo(hidden, "Mul", unmasked, ones);
        edit.All("Shape").Where(s => s.Input[0] == hidden).ToList().ForEach(s => s.Input[0] = unmasked);
        ShouldBeTheSame();
    }

    [Theory]
    [InlineData(TinyModel.GroupNorm, true)]
    [InlineData(TinyModel.GroupNorm, false)]
    [InlineData("w2v2layer-dynamo18", true)]
    [InlineData("w2v2eager-ts14", false)]
    public void Half_precision_is_read(string name, bool floatInput)
    {
        edit = GraphEditor.Open(name);
        edit.Narrow(DataType.Float16, floatInput);

        // Weights of 11 bits.
        ShouldBeTheSame(name, 1e-2);
    }

    [Fact]
    public void Brain_floats_are_read()
    {
        edit.Narrow(DataType.Bfloat16, floatInput: true);
        TinyModel.Difference(TinyModel.Import(edit.Model), TinyModel.GroupNorm).ShouldBeLessThan(5e-2);
    }

    [Theory]
    [InlineData("w2v2group-ts14", 12)]
    [InlineData("w2v2group-ts14", 11)]
    [InlineData("w2v2group-ts14", 10)]
    [InlineData("w2v2eager-ts14", 12)]
    [InlineData("w2v2eager-ts14", 9)]
    public void Parameters_of_operators_are_attributes_in_old_opsets(string name, int opset)
    {
        edit = GraphEditor.Open(name);
        Cover();
        foreach (NodeProto node in edit.Graph.Node)
        {
            string[] attributes = (node.OpType, opset) switch
            {
                ("Squeeze" or "Unsqueeze" or "ReduceSum", < 13) => ["axes"],
                ("Split", < 13) => ["split"],
                ("Slice", < 10) => ["starts", "ends", "axes"],
                ("Pad", < 11) => ["pads"],
                ("Clip", < 11) => ["min", "max"],
                _ => [],
            };
            if (node.OpType == "Reshape" && GraphEditor.Attribute(node, "allowzero") is { } later)
            {
                node.Attribute.Remove(later);
            }

            if (node.OpType == "Slice" && opset < 10 && node.Input.Count > 4)
            {
                // Steps came later; these are 1.
                node.Input.RemoveAt(4);
            }

            for (int i = attributes.Length; i > 0; i--)
            {
                if (i < node.Input.Count)
                {
                    ToAttribute(node, i, attributes[i - 1]);
                }
            }
        }

        edit.Opset(opset);
        if (opset == 12)
        {
            ShouldBeTheSame(name);
        }
        else
        {
            // ONNX Runtime refuses this graph's Range and GreaterOrEqual under the oldest numbers; what they mean is the same.
            TinyModel.Difference(TinyModel.Import(edit.Model), name).ShouldBeLessThan(1e-5);
        }
    }

    /// <summary>Operators that the miniatures lack: each changes nothing.</summary>
    private void Cover()
    {
        string whole = edit.Add("Slice", edit.Add("Pad", Logits, edit.Long(0, 0, 2, 0, 0, 1)), edit.Long(2), edit.Long(34), edit.Long(2));
        string[] parts = [edit.Fresh("left"), edit.Fresh("right")];
        GraphEditor.With(edit.AddTo(parts[0], "Split", edit.Float([32], new float[32]), edit.Long(12, 20)), "axis", 0).Output.Add(parts[1]);
        string same = edit.Add("Add", whole, edit.Add("Concat", ("axis", 0), parts));
        string squeezed = edit.Add("Squeeze", edit.Add("Unsqueeze", same, edit.Long(0)), edit.Long(0));
        edit.Graph.Output[0].Name = edit.Add("Clip", squeezed, edit.Float(-1e9f), edit.Float(1e9f));
    }

    private void ToAttribute(NodeProto node, int input, string name)
    {
        TensorProto constant = edit.Constant(node.Input[input])!;
        if (constant.DataType == (int)DataType.Float)
        {
            GraphEditor.With(node, name, edit.Scalar(node.Input[input]));
        }
        else
        {
            GraphEditor.With(node, name, MemoryMarshal.Cast<byte, long>(constant.RawData.Span).ToArray());
        }

        node.Input.RemoveAt(input);
    }

    /// <summary>Imports and runs the model: PyTorch's logits, and those of ONNX Runtime for any audio.</summary>
    private FloatModel ShouldBeTheSame(string name = TinyModel.GroupNorm, double tolerance = 1e-5)
    {
        using TemporaryFolder folder = new();
        string path = folder.Write("edited.onnx", edit.Model.ToByteArray());
        FloatModel model = OnnxImporter.Import(path);
        TinyModel.Difference(model, name).ShouldBeLessThan(tolerance);
        ExecutorCheck check = ExecutorCheck.Run(path, model, threads: 1);
        check.Passed.ShouldBeTrue(check.ToString());
        return model;
    }
}

using Google.Protobuf;
using StableQuant.Calibration.Float;
using StableQuant.Calibration.Import.Onnx;
using StableQuant.Calibration.Tests.Simulate;
using StableQuant.Graph;

namespace StableQuant.Calibration.Tests.Import;

/// <summary>Activations and gates as exporters write them, against what ONNX Runtime computes of the same graph.</summary>
public class ActivationTests
{
    private readonly GraphEditor edit = GraphEditor.Open(TinyModel.GroupNorm);

    [Theory]
    [InlineData("relu", "relu")]
    [InlineData("relu as a maximum", "relu")]
    [InlineData("relu as a clip", "relu")]
    [InlineData("silu", "silu")]
    [InlineData("silu as a quotient", "silu")]
    [InlineData("swish operator", "silu")]
    [InlineData("tanh operator", "gelu-tanh")]
    [InlineData("tanh with a power", "gelu-tanh")]
    [InlineData("tanh with products", "gelu-tanh")]
    [InlineData("tanh factored", "gelu-tanh")]
    public void An_activation_is_recognised_however_it_is_written(string form, string kind)
    {
        edit.Opset(form == "swish operator" ? 24 : 20);
        foreach (NodeProto erf in edit.All("Erf"))
        {
            NodeProto last = edit.Reader(edit.Reader(edit.Reader(erf.Output[0], "Add").Output[0], "Mul").Output[0], "Mul");
            edit.Redirect(last.Output[0], Write(form, edit.Maker(erf.Input[0]).Input[0]));
        }

        FloatModel model = ShouldBeAsOnnxRuntimeHasIt();
        model.Operations.OfType<Activation>().Select(a => a.Kind).Distinct().ShouldBe([kind]);
    }

    [Theory]
    [InlineData("split", false)]
    [InlineData("slices", false)]
    [InlineData("split", true)]
    public void A_module_of_gate_depthwise_convolution_batch_norm_and_swish_is_recognised(string halves, bool isLinear)
    {
        NodeProto norm = edit.All("LayerNormalization")[1];
        string stream = norm.Output[0], after = edit.Fresh("after");
        edit.Redirect(stream, after);
        string turned = Turned(stream);
        string wide = isLinear
            ? Turned(edit.Add("Add", edit.Add("MatMul", stream, Values(64, 128)), Values(128)))
            : edit.Add("Conv", turned, Values(128, 64, 1), Values(128));
        (string first, string second) = Halves(wide, halves);
        string gated = edit.Add("Mul", first, edit.Add("Sigmoid", second));
        NodeProto depthwise = edit.AddTo(edit.Fresh("depthwise"), "Conv", halves == "slices" ? edit.Add("Pad", gated, edit.Long(0, 0, 8, 0, 0, 0)) : gated, Values(64, 1, 9), Values(64));
        GraphEditor.With(GraphEditor.With(depthwise, "group", 64), "pads", halves == "slices" ? [0, 0] : [4, 4]);
        string normed = edit.Add("BatchNormalization", depthwise.Output[0], Values(64), Values(64), Values(64), edit.Float([64], [.. Enumerable.Repeat(2f, 64)]));
        string swish = edit.Add("Mul", edit.Add("Sigmoid", normed), normed);
        GraphEditor.With(edit.AddTo(after, "Transpose", edit.Add("Conv", swish, Values(64, 64, 1), Values(64))), "perm", [0, 2, 1]);

        FloatModel model = ShouldBeAsOnnxRuntimeHasIt();
        Convolution found = model.Operations.OfType<Convolution>().Single(c => c.IsDepthwise);
        (found.Kernel, found.PadLeft, found.PadRight).ShouldBe(halves == "slices" ? (9, 8, 0) : (9, 4, 4));
        model.Operations.OfType<GatedLinearUnit>().Single().Name.ShouldBe(found.Inputs[0]);
        model.Operations.OfType<Activation>().Single(a => a.Function == ActivationFunction.Silu).Inputs[0].ShouldBe(found.Name);
    }

    private string Write(string form, string x)
    {
        string Tanh(string inner) => edit.Add("Mul", edit.Add("Mul", edit.Float(0.5f), x), edit.Add("Add", edit.Float(1), edit.Add("Tanh", inner)));
        string Cubic(string cube) => edit.Add("Mul", edit.Float(0.7978846f), edit.Add("Add", x, edit.Add("Mul", edit.Float(0.044715f), cube)));
        return form switch
        {
            "relu" => edit.Add("Relu", x),
            "relu as a maximum" => edit.Add("Max", x, edit.Float(0)),
            "relu as a clip" => edit.Add("Clip", x, edit.Float(0)),
            "silu" => edit.Add("Mul", x, edit.Add("Sigmoid", x)),
            "silu as a quotient" => edit.Add("Div", x, edit.Add("Add", edit.Float(1), edit.Add("Exp", edit.Add("Neg", x)))),
            "swish operator" => edit.Add("Swish", x),
            "tanh operator" => GraphEditor.With(edit.AddTo(edit.Fresh("gelu"), "Gelu", x), "approximate", "tanh").Output[0],
            "tanh with a power" => Tanh(Cubic(edit.Add("Pow", x, edit.Float(3)))),
            "tanh with products" => Tanh(Cubic(edit.Add("Mul", edit.Add("Mul", x, x), x))),
            _ => Tanh(edit.Add("Mul", edit.Add("Mul", x, edit.Float(0.7978846f)), edit.Add("Add", edit.Float(1), edit.Add("Mul", edit.Add("Mul", edit.Float(0.044715f), x), x)))),
        };
    }

    private (string First, string Second) Halves(string value, string how)
    {
        if (how == "slices")
        {
            return (edit.Add("Slice", value, edit.Long(0), edit.Long(64), edit.Long(1)), edit.Add("Slice", value, edit.Long(64), edit.Long(128), edit.Long(1)));
        }

        NodeProto split = GraphEditor.With(edit.AddTo(edit.Fresh("first"), "Split", value, edit.Long(64, 64)), "axis", 1);
        split.Output.Add(edit.Fresh("second"));
        return (split.Output[0], split.Output[1]);
    }

    private string Turned(string value) => GraphEditor.With(edit.AddTo(edit.Fresh("turned"), "Transpose", value), "perm", [0, 2, 1]).Output[0];

    // Some numbers of either sign, the same each time.
    private string Values(params int[] dims) =>
        edit.Float(dims, [.. Enumerable.Range(0, dims.Aggregate((a, b) => a * b)).Select(i => 0.4f * MathF.Sin(1.7f * i + dims[0]))]);

    private FloatModel ShouldBeAsOnnxRuntimeHasIt()
    {
        FloatModel model = TinyModel.Import(edit.Model);
        float[] pcm = TinyModel.Input(TinyModel.GroupNorm);
        using var runner = new OnnxRunner(edit.Model.ToByteArray());
        float[] expected = runner.Logits(pcm);
        float[] logits = new ReferenceExecutor(model).Run(FloatFrontEnd.Normalized.Apply(pcm), out _);
        logits.Length.ShouldBe(expected.Length);
        logits.Zip(expected, (a, b) => Math.Abs(a - b)).Max().ShouldBeLessThan(1e-5f * expected.Max(Math.Abs));
        return model;
    }
}

using StableQuant.Calibration.Float;
using StableQuant.Calibration.Import;
using StableQuant.Calibration.Import.Onnx;
using StableQuant.Graph;

namespace StableQuant.Calibration.Tests.Import;

/// <summary>Batch norm in inference is a gain and a bias a channel, which go into the weights before it.</summary>
public class BatchNormTests
{
    private const string BeforePosition = "hubertbn-ts17";

    private readonly GraphEditor edit = GraphEditor.Open(TinyModel.GroupNorm);

    [Fact]
    public void Before_the_positional_convolution_it_makes_a_second_projection()
    {
        // Folded into the convolution, its bias would be missing where the kernel reaches beyond the ends.
        FloatModel model = OnnxImporter.Import(TinyModel.PathOf(BeforePosition));
        TinyModel.Difference(model, BeforePosition).ShouldBeLessThan(1e-5);
        Operation Find(string name) => model.Operations.Single(o => o.Name == name);

        Find("position.projection").Inputs.ShouldBe(["projection.norm"]);
        Find("position").Inputs.ShouldBe(["position.projection"]);
        Find("position.add").Inputs.ShouldBe(["projection", "position.gelu"]);
        Find("encoder.norm").Inputs.ShouldBe(["position.add"]);
    }

    [Fact]
    public void After_a_convolution_it_goes_into_its_weights()
    {
        // The norm gives 2 · x + c − 1 for channel c; what follows undoes that.
        NodeProto convolution = edit.All("Conv")[3];
        float[] channels = [.. Enumerable.Range(0, 32).Select(c => (float)c)];
        string result = convolution.Output[0];
        convolution.Output[0] = edit.Fresh("raw");
        string normed = Norm(convolution.Output[0], edit.Float([32], All(4)), edit.Float([32], channels), edit.Float([32], All(0.5f)), edit.Float([32], All(4))).Output[0];
        edit.AddTo(result, "Sub", edit.Add("Div", normed, edit.Float(2)), edit.Float([32, 1], [.. channels.Select(c => (c - 1) / 2)]));

        FloatModel model = TinyModel.Import(edit.Model);
        TinyModel.Difference(model, TinyModel.GroupNorm).ShouldBeLessThan(1e-4);
        model.Operations.Count.ShouldBe(OnnxImporter.Import(TinyModel.PathOf(TinyModel.GroupNorm)).Operations.Count);
    }

    [Fact]
    public void It_may_be_the_same_for_all_channels()
    {
        NodeProto convolution = edit.All("Conv")[3];
        string result = convolution.Output[0], ones = edit.Float([32], All(1)), zeros = edit.Float([32], All(0));
        convolution.Output[0] = edit.Fresh("raw");
        NodeProto norm = Norm(convolution.Output[0], ones, zeros, zeros, edit.Float([32], All(1.0001f)));
        norm.Output[0] = result;
        TinyModel.Difference(TinyModel.Import(edit.Model), TinyModel.GroupNorm).ShouldBeLessThan(1e-3);
    }

    [Fact]
    public void After_something_without_weights_it_is_refused()
    {
        NodeProto convolution = edit.All("Conv")[3];
        string constants = edit.Float([32], [.. Enumerable.Range(1, 32).Select(c => (float)c)]);
        NodeProto norm = Norm(convolution.Input[0], constants, constants, constants, constants);
        convolution.Input[0] = norm.Output[0];
        string why = TinyModel.Refused(edit.Model).Message;
        why.ShouldContain($"node '{norm.Name}' (BatchNormalization)");
        why.ShouldContain("which has no weights to fold them into");
    }

    [Fact]
    public void In_training_it_is_refused()
    {
        NodeProto convolution = edit.All("Conv")[3];
        string ones = edit.Float([32], All(1));
        NodeProto norm = GraphEditor.With(Norm(convolution.Input[0], ones, ones, ones, ones), "training_mode", 1);
        convolution.Input[0] = norm.Output[0];
        TinyModel.Refused(edit.Model).Message.ShouldContain("evaluation mode");
    }

    private static float[] All(float value) => [.. Enumerable.Repeat(value, 32)];

    private NodeProto Norm(string x, string scale, string bias, string mean, string variance) =>
        GraphEditor.With(edit.AddTo(edit.Fresh("normed"), "BatchNormalization", x, scale, bias, mean, variance), "epsilon", 1e-9f);
}

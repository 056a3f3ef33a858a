using StableQuant.Calibration.Float;
using StableQuant.Calibration.Import;
using StableQuant.Graph;

namespace StableQuant.Calibration.Tests.Import;

public class TinyModelTests
{
    [Theory]
    [InlineData("hubert-ts17")]
    [InlineData("w2v2eager-ts14")]
    [InlineData("w2v2group-dynamo18")]
    [InlineData("w2v2group-dynamo18-mask")]
    [InlineData("w2v2group-ts14")]
    [InlineData("w2v2group-ts17")]
    [InlineData("w2v2layer-dynamo18")]
    [InlineData("w2v2layer-ts17")]
    [InlineData("wavlm-ts17")]
    public void The_imported_model_gives_the_logits_of_PyTorch(string name) =>
        TinyModel.Difference(OnnxImporter.Import(TinyModel.PathOf(name)), name).ShouldBeLessThan(1e-5);

    [Theory]
    [InlineData("w2v2group-ts14")]
    [InlineData("w2v2group-dynamo18")]
    [InlineData("w2v2group-dynamo18-mask")]
    [InlineData("w2v2eager-ts14")]
    [InlineData("hubert-ts17")]
    public void Every_exporter_and_opset_gives_the_same_operations(string name) =>
        Shapes(OnnxImporter.Import(TinyModel.PathOf(name))).ShouldBe(Shapes(OnnxImporter.Import(TinyModel.PathOf(TinyModel.GroupNorm))));

    [Fact]
    public void A_model_with_group_norm_and_post_norm_blocks_has_these_operations() =>
        OnnxImporter.Import(TinyModel.PathOf(TinyModel.GroupNorm)).Operations.Select(o => o.Name).ShouldBe(
        [
            "conv0", "conv0.norm", "conv0.gelu", "conv1", "conv1.gelu", "conv2", "conv2.gelu", "conv3", "conv3.gelu",
            "conv4", "conv4.gelu", "conv5", "conv5.gelu", "conv6", "conv6.gelu",
            "projection.norm", "projection", "position", "position.gelu", "position.add", "encoder.norm",
            .. Block("block0"), .. Block("block1"), "head",
        ]);

    [Fact]
    public void A_model_with_layer_norm_and_pre_norm_blocks_has_these_operations() =>
        OnnxImporter.Import(TinyModel.PathOf(TinyModel.LayerNorm)).Operations.Select(o => o.Name).ShouldBe(
        [
            .. Enumerable.Range(0, 7).SelectMany(i => new[] { $"conv{i}", $"conv{i}.norm", $"conv{i}.gelu" }),
            "projection.norm", "projection", "position", "position.gelu", "position.add",
            .. PreNormBlock("block0"), .. PreNormBlock("block1"), "encoder.norm", "head",
        ]);

    [Fact]
    public void Shapes_pads_and_scales_are_recognised()
    {
        FloatModel model = OnnxImporter.Import(TinyModel.PathOf(TinyModel.GroupNorm));
        Operation Find(string name) => model.Operations.Single(o => o.Name == name);

        Find("conv0").ShouldBeOfType<Convolution>().ShouldSatisfyAllConditions(
            c => c.Input.ShouldBe(Operation.Audio), c => c.InputChannels.ShouldBe(1), c => c.OutputChannels.ShouldBe(32), c => c.Kernel.ShouldBe(10), c => c.Stride.ShouldBe(5));
        Find("conv0.norm").ShouldBeOfType<GroupNorm>().Epsilon.ShouldBe(1e-5f);
        Find("position").ShouldBeOfType<Convolution>().ShouldSatisfyAllConditions(
            c => c.PadLeft.ShouldBe(8), c => c.PadRight.ShouldBe(7), c => c.Groups.ShouldBe(4), c => c.Kernel.ShouldBe(16));
        Find("block1.attention").ShouldBeOfType<Attention>().ShouldSatisfyAllConditions(
            a => a.Heads.ShouldBe(4), a => a.HeadSize.ShouldBe(16), a => a.Scale.ShouldBe(0.25f), a => a.Query.ShouldBe("block1.query"));
        Find("position.add").ShouldBeOfType<Add>().Left.ShouldBe("projection");
        Find("head").ShouldBeOfType<Linear>().OutputChannels.ShouldBe(32);
        model.Name.ShouldBe(TinyModel.GroupNorm);
        model.ParameterCount.ShouldBeGreaterThan(100_000);
    }

    [Theory]
    [InlineData(TinyModel.GroupNorm)]
    [InlineData("w2v2layer-dynamo18")]
    public void Every_operation_names_an_ONNX_value_and_a_node_of_the_file(string name)
    {
        FloatModel model = OnnxImporter.Import(TinyModel.PathOf(name));
        var nodes = TinyModel.Load(name).Graph.Node;
        foreach (Operation operation in model.Operations)
        {
            nodes.ShouldContain(n => n.Output.Contains(model.OnnxValues[operation.Name]));
            nodes.ShouldContain(n => n.Name == operation.Source);
        }
    }

    [Fact]
    public void Attention_with_gated_biases_tells_apart_as_many_frames_as_it_was_trained_to()
    {
        FloatModel model = OnnxImporter.Import(TinyModel.PathOf("wavlm-ts17"));
        BiasedAttention[] attentions = [.. model.Operations.OfType<BiasedAttention>()];
        attentions.Select(a => a.Name).ShouldBe(["block0.attention", "block1.attention"]);
        attentions.Select(a => a.Gate).ShouldBe(["block0.gate", "block1.gate"]);

        // Of 16 buckets for each direction, 8 of them of one frame each, the last begins at 8 · 10^(7/8) frames.
        attentions.ShouldAllBe(a => a.Behind == 60 && a.Ahead == 60);
        foreach (float[] biases in attentions.Select(a => model.Parameters[a.Name].Weight))
        {
            biases.ShouldBe(model.Parameters["block0.attention"].Weight);
        }
    }

    private static IEnumerable<Operation> Shapes(FloatModel model) => model.Operations.Select(o => o with { Source = "" });

    private static string[] Block(string b) =>
    [
        b + ".query", b + ".key", b + ".value", b + ".attention", b + ".output", b + ".attention.add", b + ".attention.norm",
        b + ".up", b + ".gelu", b + ".down", b + ".add", b + ".norm",
    ];

    private static string[] PreNormBlock(string b) =>
    [
        b + ".attention.norm", b + ".query", b + ".key", b + ".value", b + ".attention", b + ".output", b + ".attention.add",
        b + ".norm", b + ".up", b + ".gelu", b + ".down", b + ".add",
    ];
}

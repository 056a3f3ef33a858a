using System.Runtime.InteropServices;
using Google.Protobuf;
using StableQuant.Benchmarks.Models;
using StableQuant.Calibration.Import.Onnx;

namespace StableQuant.Calibration.Tests.Benchmarks;

public sealed class SkeletonTests
{
    [Fact]
    public void The_same_skeleton_gives_the_same_bytes()
    {
        ModelProto first = Stripped();
        ModelProto second = Stripped();
        Skeleton.Fill(first);
        Skeleton.Fill(second);
        first.ToByteArray().ShouldBe(second.ToByteArray());
    }

    [Fact]
    public void Values_have_the_mean_and_deviation_that_are_asked_for()
    {
        ModelProto model = Stripped();
        Skeleton.Fill(model);
        float[] weights = MemoryMarshal.Cast<byte, float>(model.Graph.Initializer[0].RawData.Span).ToArray();
        weights.Length.ShouldBe(10001);
        double mean = weights.Average();
        mean.ShouldBe(0.5, 0.01);
        Math.Sqrt(weights.Average(w => (w - mean) * (w - mean))).ShouldBe(0.25, 0.01);
    }

    [Fact]
    public void Constants_are_filled_scales_are_positive_and_others_left_alone()
    {
        ModelProto model = Stripped();
        Skeleton.Fill(model);
        model.Graph.Node[0].Attribute[0].T.RawData.Length.ShouldBe(4 * 8);
        MemoryMarshal.Cast<byte, float>(model.Graph.Initializer[1].RawData.Span).ToArray().ShouldAllBe(scale => scale > 0);
        model.Graph.Initializer[2].FloatData.ShouldBe([7]);
        model.MetadataProps.ShouldBeEmpty();
    }

    [Fact]
    public void A_model_with_weights_is_refused() =>
        Should.Throw<InvalidDataException>(() => Skeleton.Fill(new ModelProto { Graph = new GraphProto() })).Message.ShouldContain("stripped");

    private static ModelProto Stripped()
    {
        var model = new ModelProto { Graph = new GraphProto() };
        model.Graph.Initializer.Add(new TensorProto { Name = "w", DataType = 1 });
        model.Graph.Initializer.Add(new TensorProto { Name = "w_scale", DataType = 1 });
        model.Graph.Initializer.Add(new TensorProto { Name = "kept", DataType = 1, FloatData = { 7 } });
        model.Graph.Node.Add(new NodeProto
        {
            OpType = "Constant",
            Output = { "c" },
            Attribute = { new AttributeProto { Name = "value", T = new TensorProto { DataType = 1 } } },
        });
        model.MetadataProps.Add(new StringStringEntryProto
        {
            Key = "stripped",
            Value = """{"w": [[73, 137], "float32", 0.5, 0.25], "w_scale": [[100], "float32", 0, 0.01], "const:c": [[2, 4], "float32", 0, 1]}""",
        });
        return model;
    }
}

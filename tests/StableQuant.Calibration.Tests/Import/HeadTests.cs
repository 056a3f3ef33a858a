using System.Runtime.InteropServices;
using StableQuant.Calibration.Float;
using StableQuant.Calibration.Import;
using StableQuant.Graph;

namespace StableQuant.Calibration.Tests.Import;

/// <summary>Models that classify or embed, as checkpoints and as exports, against what PyTorch computed with them.</summary>
public class HeadTests
{
    [Theory]
    [InlineData("w2v2-classify-weighted", HeadKind.Classes)]
    [InlineData("w2v2-xvector", HeadKind.Embedding)]
    public void Checkpoint_and_export_give_what_PyTorch_gives(string name, HeadKind head)
    {
        FloatModel checkpoint = CheckpointImporter.Import(PathOf(name)), exported = OnnxImporter.Import(Path.Combine(PathOf(name), "model.onnx"));

        // An exporter computes the softmax of the layers' weights in float32.
        static Operation Rounded(Operation operation) => operation is Scale scale ? scale with { Factor = MathF.Round(scale.Factor, 6) } : operation;
        static string[] Text(FloatModel model) => [.. model.Operations.Select(operation => (Rounded(operation) with { Source = "" }).ToString())];
        Text(checkpoint).ShouldBe(Text(exported), ignoreOrder: true);
        foreach (FloatModel model in new[] { checkpoint, exported })
        {
            model.Head.ShouldBe(head);
            Difference(model, Path.Combine(PathOf(name), "reference.input.f32"), Path.Combine(PathOf(name), "reference.output.f32")).ShouldBeLessThan(1e-5);
        }
    }

    [SharedTheory("models/zoo/shapes.json")]
    [InlineData("w2v2-classify", HeadKind.Classes)]
    [InlineData("hubert-classify-weighted", HeadKind.Classes)]
    [InlineData("w2v2-frames", HeadKind.Ctc)]
    [InlineData("wavlm-xvector", HeadKind.Embedding)]
    [InlineData("w2v2-hidden", HeadKind.Embedding)]
    [InlineData("hubert-hidden", HeadKind.Embedding)]
    public void An_export_gives_what_PyTorch_gives(string name, HeadKind head)
    {
        FloatModel model = OnnxImporter.Import(TestFiles.Shared($"models/zoo/{name}-ts17.onnx")!);
        model.Head.ShouldBe(head);
        Difference(model, TestFiles.Shared($"models/zoo/{name}-ts17.input.f32")!, TestFiles.Shared($"models/zoo/{name}-ts17.output.f32")!).ShouldBeLessThan(1e-5);
    }

    [Fact]
    public void A_weighted_sum_of_layers_is_summed_as_they_come()
    {
        string[] names = [.. CheckpointImporter.Import(PathOf("w2v2-classify-weighted")).Operations.Select(o => o.Name)];
        Array.IndexOf(names, "weighted.add1").ShouldBeLessThan(Array.IndexOf(names, "block1.query"));
        names.Where(name => name.StartsWith("weighted", StringComparison.Ordinal))
            .ShouldBe(["weighted.scale0", "weighted.scale1", "weighted.add1", "weighted.scale2", "weighted.add2"], ignoreOrder: true);
        names[^3..].ShouldBe(["projector", "pool", "head"]);

        // Version 5 of transformers leaves the norm behind the encoder out of the sum, and so the model.
        names.ShouldNotContain("encoder.norm");
    }

    // A checkpoint means what the version meant that wrote it: before 5, the last term came behind the norm.
    [Fact]
    public void The_last_term_of_a_checkpoint_of_version_4_is_normed()
    {
        using var folder = new TemporaryFolder();
        foreach (string file in Directory.GetFiles(PathOf("w2v2-classify-weighted")))
        {
            folder.Write(Path.GetFileName(file), File.ReadAllBytes(file));
        }

        string config = Path.Combine(folder.Path, "config.json");
        File.WriteAllText(config, File.ReadAllText(config).Replace("\"transformers_version\": \"5.17.0\"", "\"transformers_version\": \"4.49.0\"", StringComparison.Ordinal));
        FloatModel model = CheckpointImporter.Import(folder.Path);
        model.Operations.OfType<Scale>().Last().Input.ShouldBe("encoder.norm");
    }

    [Fact]
    public void The_operations_of_an_x_vector_have_these_names()
    {
        FloatModel model = OnnxImporter.Import(Path.Combine(PathOf("w2v2-xvector"), "model.onnx"));
        model.Operations.Select(o => o.Name).TakeLast(13).ShouldBe(
            ["projector", .. Enumerable.Range(0, 5).SelectMany(i => new[] { $"tdnn{i}", $"tdnn{i}.relu" }), "pool", "head"]);

        // Dilations of 2 and 3 are zeros between taps.
        model.Operations.OfType<Convolution>().TakeLast(5).Select(c => c.Kernel).ShouldBe([5, 5, 7, 1, 1]);
        float[] weights = model.Parameters["tdnn2"].Weight;
        weights.Chunk(32).Where((_, tap) => tap % 7 % 3 != 0).ShouldAllBe(tap => tap.All(w => w == 0));
        weights.Chunk(32).Where((_, tap) => tap % 7 % 3 == 0).ShouldAllBe(tap => tap.Any(w => w != 0));
        model.Operations[^2].ShouldBeOfType<StatisticsPool>();
        new FrameGeometry(model).Frames(16000).ShouldBe(1);

        // 15 frames make one behind the convolutions; of one there is no deviation.
        new FrameGeometry(model).MinSamples.ShouldBe(400 + (15 * 320));
    }

    private static string PathOf(string name) => TestFiles.Model("heads/" + name);

    internal static double Difference(FloatModel model, string input, string output)
    {
        static float[] Floats(string path) => MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(path)).ToArray();
        float[] actual = new ReferenceExecutor(model).Run(Floats(input), out _), expected = Floats(output);
        actual.Length.ShouldBe(expected.Length);
        return actual.Zip(expected, (a, b) => Math.Abs(a - b)).Max() / expected.Max(Math.Abs);
    }
}

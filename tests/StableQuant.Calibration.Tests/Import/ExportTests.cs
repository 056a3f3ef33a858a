using System.Runtime.InteropServices;
using Google.Protobuf;
using StableQuant.Calibration.Float;
using StableQuant.Calibration.Import;
using StableQuant.Calibration.Import.Onnx;

namespace StableQuant.Calibration.Tests.Import;

/// <summary>Exports of further members, by both exporters, against what PyTorch computed with them.</summary>
public class ExportTests
{
    // Biases for distances that depend on frames behind which an adapter makes fewer; rotary positions whose angles the graph computes, of features;
    // positions that are one frame more than the pool's of an odd number of frames, and as many of an even one; positions of 500 frames at most.
    [Theory]
    [InlineData("w2v-bert-relative-500-ts")]
    [InlineData("sew-odd-kernel-ts")]
    [InlineData("wavlm-addadapter-dyn")]
    [InlineData("w2v-bert-rotary-ts")]
    public void An_export_gives_the_logits_of_PyTorch(string name)
    {
        FloatModel model = OnnxImporter.Import(TestFiles.Model($"exports/{name}.onnx"));
        float[] expected = Floats($"{name}.output.f32"), logits = new ReferenceExecutor(model).Run(Floats($"{name}.input.f32"), out _);
        logits.Length.ShouldBe(expected.Length);
        logits.Zip(expected, (a, b) => Math.Abs(a - b)).Max().ShouldBeLessThan(1e-5f * expected.Max(Math.Abs));
    }

    [Fact]
    public void Features_are_taken_as_models_of_the_kind_have_them_and_that_is_said()
    {
        FloatModel model = OnnxImporter.Import(TestFiles.Model("exports/w2v-bert-rotary-ts.onnx"));
        model.FrontEnd.ShouldBe(FloatFrontEnd.Kaldi(bands: 80, stack: 2));
        model.Notes.ShouldHaveSingleItem().ShouldEndWith("reads 160 features a frame, which are taken as w2v-BERT 2.0 makes them: 80 mel bands of 2 frames.");
    }

    // The classic exporter writes what the model had at hand, sines and cosines of as many frames as the traced utterance has.
    [SharedFact("models/zoo/shapes.json")]
    public void Rotary_positions_of_some_frames_are_computed_for_longer_utterances()
    {
        FloatModel model = OnnxImporter.Import(TestFiles.Shared("models/zoo/conformer-rotary-ts17.onnx")!);
        model.Notes.ShouldHaveSingleItem().ShouldContain("for 99 frames only");
        new ReferenceExecutor(model).Run(new float[48000], out int frames);
        frames.ShouldBe(149);
    }

    // Its table has bfloat16's values: taken as float32's, logits would be 6e-4 away.
    [SharedFact("models/commands-conformer.onnx")]
    public void Sinusoids_in_bfloat16_are_rounded_as_the_file_has_them()
    {
        string path = TestFiles.Shared("models/commands-conformer.onnx")!;
        FloatModel model = OnnxImporter.Import(path);
        model.Notes.ShouldBeEmpty();
        model.Operations.OfType<Graph.Sinusoids>().ShouldHaveSingleItem().IsBFloat16.ShouldBeTrue();
        Calibration.Evaluate.ExecutorCheck check = Calibration.Evaluate.ExecutorCheck.Run(path, model, threads: 1);
        check.Passed.ShouldBeTrue($"{check.MaxDifference} of {check.MaxLogit}");
    }

    // Frequencies of eleven bits, or of eight: after a thousand frames their waves are elsewhere, so that models are read with those that they were trained with.
    [Theory]
    [InlineData("parakeet-nobias-ts", false, 1e-2)]
    [InlineData("parakeet-nobias-ts", true, 8e-2)]
    [InlineData("w2v-bert-rotary-ts", false, 1e-2)]
    [InlineData("w2v-bert-rotary-ts", true, 8e-2)]
    public void Positions_in_half_precision_are_taken_as_they_were_meant(string name, bool isBFloat16, double tolerance)
    {
        var edit = new GraphEditor(ModelProto.Parser.ParseFrom(File.ReadAllBytes(TestFiles.Model($"exports/{name}.onnx"))));
        edit.Narrow(isBFloat16 ? TensorProto.Types.DataType.Bfloat16 : TensorProto.Types.DataType.Float16, floatInput: true);
        using TemporaryFolder folder = new();
        FloatModel model = OnnxImporter.Import(folder.Write("half.onnx", edit.Model.ToByteArray())), meant = OnnxImporter.Import(TestFiles.Model($"exports/{name}.onnx"));
        model.Notes.ShouldContain(note => note.Contains("in half precision; they are taken as they were meant"));
        Graph.Sinusoids waves = model.Operations.OfType<Graph.Sinusoids>().ShouldHaveSingleItem();
        model.Parameters[waves.Name].Weight.ShouldBe(meant.Parameters[waves.Name].Weight);
        float[] expected = Floats($"{name}.output.f32"), logits = new ReferenceExecutor(model).Run(Floats($"{name}.input.f32"), out _);
        logits.Zip(expected, (a, b) => Math.Abs(a - b)).Max().ShouldBeLessThan((float)tolerance * expected.Max(Math.Abs));
    }

    private static float[] Floats(string name) => MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(TestFiles.Model($"exports/{name}"))).ToArray();
}

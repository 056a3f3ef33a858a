using StableQuant.Calibration.Evaluate;
using StableQuant.Calibration.Float;
using StableQuant.Calibration.Import;
using StableQuant.Calibration.Tests.Import;
using StableQuant.Graph;

namespace StableQuant.Calibration.Tests.Evaluate;

/// <summary>An export that takes one length only: the graph that is written of it takes any.</summary>
public sealed class FixedLengthTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly string path;

    public FixedLengthTests()
    {
        GraphEditor edit = GraphEditor.Open(TinyModel.GroupNorm);
        var dimensions = edit.Graph.Input[0].Type.TensorType.Shape.Dim;
        (dimensions[0].DimValue, dimensions[1].DimValue) = (1, 9001);
        path = folder.Write("fixed.onnx", Google.Protobuf.MessageExtensions.ToByteArray(edit.Model));
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void The_check_runs_at_that_length() =>
        ExecutorCheck.Run(path, OnnxImporter.Import(path), threads: 1).Passed.ShouldBeTrue();

    [Fact]
    public void On_speech_it_runs_at_every_length()
    {
        Vocabulary vocabulary = new(new EquatableArray<string>(Enumerable.Range(0, 32).Select(i => $"<{i}>")), 0, -1);
        using var source = new FloatModelSource(OnnxImporter.Import(path) with { FrontEnd = FloatFrontEnd.AsIs }, vocabulary);
        using ISpeechModel model = source.Create(maxSeconds: 2);
        float[] expected = TinyModel.Logits(TinyModel.GroupNorm), logits = new float[expected.Length];
        model.Logits(TinyModel.Input(TinyModel.GroupNorm), logits).ShouldBe(62);
        logits.Zip(expected, (a, b) => Math.Abs(a - b)).Max().ShouldBeLessThan(1e-5f * expected.Max(Math.Abs));
    }
}

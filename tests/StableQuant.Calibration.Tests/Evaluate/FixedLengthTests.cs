using StableQuant.Calibration.Evaluate;
using StableQuant.Calibration.Import;
using StableQuant.Calibration.Tests.Import;
using StableQuant.Graph;

namespace StableQuant.Calibration.Tests.Evaluate;

/// <summary>An export that takes one length only: it can be imported and checked, but not run on speech.</summary>
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
    public void Running_it_on_speech_is_refused_with_the_mend()
    {
        Vocabulary vocabulary = new(new EquatableArray<string>(Enumerable.Range(0, 32).Select(i => $"<{i}>")), 0, -1);
        Should.Throw<StableQuantException>(() => OnnxModelSource.Load(path, vocabulary)).Message
            .ShouldBe($"{path}: takes utterances of exactly 9001 samples; export the model with a dynamic length of its input input_values.");
    }
}

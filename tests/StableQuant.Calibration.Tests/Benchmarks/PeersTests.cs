using System.Numerics.Tensors;
using Microsoft.ML.OnnxRuntime;
using StableQuant.Audio;
using StableQuant.Benchmarks.Models;
using StableQuant.Calibration.Import.Onnx;
using StableQuant.Calibration.Speech;
using StableQuant.Calibration.Tests.Import;
using StableQuant.Calibration.Tests.Simulate;
using StableQuant.Calibration.Vocabularies;
using StableQuant.Graph;

namespace StableQuant.Calibration.Tests.Benchmarks;

[Trait("Ring", "Full")]
public sealed class PeersTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly string folded;

    public PeersTests()
    {
        folded = folder["folded.onnx"];
        Peers.Fold(TestFiles.FloatCommands, folded);
    }

    [Fact]
    public void The_static_peer_hears_what_the_float_model_hears_and_runs_in_integer_operators()
    {
        string peer = folder["static.onnx"];
        Peers.WriteStatic(folded, peer, SpeechDataset.Load(TestFiles.Data("speech.tsv")));
        Likeness(peer).ShouldBeGreaterThan(0.98);

        Dictionary<string, int> operators = Operators(peer);
        operators.GetValueOrDefault("Conv").ShouldBe(0);
        operators.GetValueOrDefault("MatMul").ShouldBe(0);
        operators["QLinearConv"].ShouldBe(8);
        operators["QLinearMatMul"].ShouldBeGreaterThan(30);
    }

    [Fact]
    public void The_dynamic_peer_hears_what_the_float_model_hears_and_runs_in_integer_operators()
    {
        string peer = folder["dynamic.onnx"];
        Peers.WriteDynamic(folded, peer);
        Likeness(peer).ShouldBeGreaterThan(0.999);
        Operators(peer).Where(o => o.Key is "MatMulIntegerToFloat" or "DynamicQuantizeMatMul").Sum(o => o.Value).ShouldBeGreaterThan(30);
    }

    public void Dispose() => folder.Dispose();

    /// <summary>Cosine of the angle between the float model's logits and a peer's.</summary>
    private static double Likeness(string peer) => TensorPrimitives.CosineSimilarity<float>(Logits(TestFiles.FloatCommands), Logits(peer));

    private static float[] Logits(string path)
    {
        using var runner = new OnnxRunner(File.ReadAllBytes(path));
        return runner.Logits(AudioFile.Load16k(TestFiles.Data("0055.wav")));
    }

    /// <summary>How many nodes of each operator ONNX Runtime really runs.</summary>
    private Dictionary<string, int> Operators(string path)
    {
        string optimised = folder["optimised.onnx"];
        using var options = new SessionOptions { OptimizedModelFilePath = optimised, LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
        new InferenceSession(path, options).Dispose();
        return ModelProto.Parser.ParseFrom(File.ReadAllBytes(optimised)).Graph.Node.CountBy(n => n.OpType).ToDictionary();
    }
}

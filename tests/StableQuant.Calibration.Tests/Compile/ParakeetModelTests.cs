using StableQuant.Audio;
using StableQuant.Calibration.Compile;
using StableQuant.Calibration.Float;
using StableQuant.Calibration.Import;
using StableQuant.Calibration.Quantization;
using StableQuant.Graph;

namespace StableQuant.Calibration.Tests.Compile;

/// <summary>A miniature of Parakeet-CTC, compiled: from samples to logits.</summary>
public class ParakeetModelTests
{
    private static readonly FloatModel Model = CheckpointImporter.Import(TestFiles.Model("checkpoints/parakeet"));
    private static readonly float[] Pcm = AudioFile.Load16k(TestFiles.Data("Features/0.wav"));

    // A second and a half, one frame, and numbers of frames that no step divides.
    [Theory]
    [InlineData(24000)]
    [InlineData(320)]
    [InlineData(1440)]
    [InlineData(5121)]
    public void In_float32_the_logits_are_those_that_the_executor_makes_of_the_same_features(int samples)
    {
        float[] pcm = Pcm[5000..(5000 + samples)];
        using CompiledModelSource source = CompiledModelSource.Compile(Quantize(_ => true), "test.sqweights");
        float[] meant = new ReferenceExecutor(Model).Run(Model.FrontEnd.Apply(pcm), out int frames), logits = Logits(source, pcm);
        logits.Length.ShouldBe(frames * 33);
        logits.Zip(meant, (a, b) => Math.Abs(a - b)).Max().ShouldBeLessThan(1e-5f * meant.Max(Math.Abs));
    }

    [Fact]
    public void In_int8_they_are_what_the_description_means()
    {
        float[] pcm = Pcm[..12000];
        QuantizedModel quantized = Quantize(_ => false);
        using CompiledModelSource source = CompiledModelSource.Compile(quantized, "test.sqweights");
        var reference = new ReferenceInterpreter(quantized);
        double[] meant = [.. reference.Run(pcm).SelectMany(row => row)];

        // Next to a tie, float32 may take the other integer, which later layers spread.
        Logits(source, pcm).Zip(meant, (a, b) => Math.Abs(a - b)).Max().ShouldBeLessThan((reference.ClosestTie > 3e-5 ? 1e-5 : 0.1) * meant.Max(Math.Abs));
    }

    [Fact]
    public void A_class_that_mounts_its_weights_hears_the_same()
    {
        float[] pcm = Pcm[..12000];
        QuantizedModel quantized = Quantize(_ => false);
        using CompiledModelSource own = CompiledModelSource.Compile(quantized, "test.sqweights");
        using var folder = new TempFolder();
        using var mounting = new MountedClass(quantized);
        using ISpeechModel mounted = mounting.Mount(SpeechWeights.Open(folder.Write("parakeet.sqweights", quantized.Weights)));
        Logits(mounted, pcm).ShouldBe(Logits(own, pcm));
    }

    [Fact]
    public void A_frame_of_logits_is_every_eighth_of_the_features()
    {
        using CompiledModelSource source = CompiledModelSource.Compile(Quantize(_ => false), "test.sqweights");
        using ISpeechModel model = source.Create(2);
        model.SamplesPerFrame.ShouldBe(8 * 160);
        for (int features = 2; features < 40; features++)
        {
            model.FrameCount(160 * features).ShouldBe((features + 7) / 8);
        }
    }

    private static float[] Logits(CompiledModelSource source, float[] pcm)
    {
        using ISpeechModel model = source.Create(2);
        return Logits(model, pcm);
    }

    private static float[] Logits(ISpeechModel model, float[] pcm)
    {
        var logits = new float[model.FrameCount(pcm.Length) * model.VocabularySize];
        model.Logits(pcm, logits);
        return logits;
    }

    private static QuantizedModel Quantize(Func<string, bool> isFloat)
    {
        HashSet<string> layers = [.. Model.Operations.Where(o => o is Graph.Product or Attention).Select(o => o.Layer).Where(isFloat)];
        var grids = Quantizer.Operands(Model, layers).ToDictionary(
            o => o.Key, o => new QuantizationGrid(o.Value, o.Value == QuantizedType.U8 ? 0.04f : 0.03f, o.Value == QuantizedType.U8 ? 128 : 0, Outliers.Clip, 100, "test"));
        var vocabulary = new Vocabulary(new(Enumerable.Range(0, Model.LogitCount).Select(i => $"<{i}>")), Model.LogitCount - 1, -1);
        return Quantizer.Quantize(Model, new QuantizedWeights(Model, leastSquares: false), grids, vocabulary, new Receipt("test", new([]), new([]), new([])), layers);
    }
}

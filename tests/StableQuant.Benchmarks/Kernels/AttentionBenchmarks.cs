using BenchmarkDotNet.Attributes;
using StableQuant.Calibration.Compile;
using StableQuant.Calibration.Quantization;

namespace StableQuant.Benchmarks.Kernels;

/// <summary>
/// The attentions of a base model on 10 s of audio, 12 heads of 64, through generated code, on one thread: eight of a kind. What a kind takes
/// longer than the first is what its positions cost.
/// </summary>
[Config(typeof(KernelSettings))]
[MemoryDiagnoser(displayGenColumns: false)]
public class AttentionBenchmarks
{
    private const int Rows = 499, Heads = 12, Size = 64;

    private CompiledModelSource? source;
    private ISpeechModel? model;
    private float[] input = [], logits = [];

    /// <summary>The kind, as descriptions call it.</summary>
    [Params("attention", "biased-attention", "relative-attention")]
    public string Kind { get; set; } = "";

    /// <summary>Compiles the model.</summary>
    [GlobalSetup]
    public void Setup()
    {
        (QuantizedModel quantized, int samples, _) = ProductModel.Attention(Kind, Rows, Heads, Size);
        source = CompiledModelSource.Compile(quantized, "attention");
        model = source.Create((double)samples / 16000);
        var random = new Random(1);
        input = [.. Enumerable.Range(0, samples).Select(_ => random.NextSingle() - 0.5f)];
        logits = new float[model.FrameCount(samples) * model.VocabularySize];
    }

    /// <summary>Frees it.</summary>
    [GlobalCleanup]
    public void Cleanup()
    {
        model?.Dispose();
        source?.Dispose();
    }

    /// <summary>The attentions, with what stands before and after them.</summary>
    [Benchmark]
    public int Run() => model!.Logits(input, logits);
}

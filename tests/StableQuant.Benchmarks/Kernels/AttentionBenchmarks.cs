using BenchmarkDotNet.Attributes;
using StableQuant.Calibration.Quantization;

namespace StableQuant.Benchmarks.Kernels;

/// <summary>
/// The attentions of a base model on 10 s of audio, 12 heads of 64, through generated code, on one thread: eight of a kind. What a kind takes
/// longer than the first is what its positions cost.
/// </summary>
[Config(typeof(KernelSettings))]
[MemoryDiagnoser(displayGenColumns: false)]
public class AttentionBenchmarks : CompiledBenchmark
{
    private const int Rows = 499, Heads = 12, Size = 64;

    /// <summary>The kind, as descriptions call it.</summary>
    [Params("attention", "biased-attention", "relative-attention", "relative-key-attention")]
    public string Kind { get; set; } = "";

    /// <summary>Compiles the model.</summary>
    [GlobalSetup]
    public void Setup()
    {
        (QuantizedModel quantized, int samples, _) = ProductModel.Attention(Kind, Rows, Heads, Size);
        Compile(quantized, samples);
    }
}

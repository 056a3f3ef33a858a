using BenchmarkDotNet.Attributes;
using StableQuant.Calibration.Quantization;

namespace StableQuant.Benchmarks.Kernels;

/// <summary>Activations, gates, pools, and convolutions over time, or over time and bands, of each channel by itself, over 10 s of frames of 512 channels, through generated code, on one thread.</summary>
[Config(typeof(Settings))]
[MemoryDiagnoser(displayGenColumns: false)]
public class LayerBenchmarks : CompiledBenchmark
{
    private const int Rows = 499;

    /// <summary>The layer; of a depthwise convolution its taps, and whether it sees no later frame.</summary>
    [Params("gelu", "gelu-tanh", "relu", "silu", "glu", "rotary", "depthwise x9", "depthwise x31", "depthwise x31 causal", "bands x3", "average-pool", "mean-pool", "statistics-pool")]
    public string Layer { get; set; } = "";

    /// <summary>Share of a convolution's inputs that lie beyond their grid and are kept; with 0 they are clipped.</summary>
    [Params(0, 0.01)]
    public double Kept { get; set; }

    /// <summary>Compiles the model.</summary>
    [GlobalSetup]
    public void Setup()
    {
        (QuantizedModel quantized, int samples, _) = ProductModel.Layer(Rows, Layer, Kept);
        Compile(quantized, samples);
    }

    private sealed class Settings : KernelSettings
    {
        public Settings() => AddColumn(new SpeedColumn(
            "Gvalues/s", "10^9 values that the layers make, or pools read, a second", "F2", benchmark => ProductModel.Layer(Rows, (string)benchmark.Parameters[nameof(Layer)], 0).Values));
    }
}

using System.Globalization;
using BenchmarkDotNet.Attributes;
using StableQuant.Calibration.Quantization;

namespace StableQuant.Benchmarks.Kernels;

/// <summary>The products of wav2vec2-base on 10 s of audio, and one of the sample's, through generated code, on one thread.</summary>
[Config(typeof(Settings))]
[MemoryDiagnoser(displayGenColumns: false)]
public class ProductBenchmarks : CompiledBenchmark
{
    /// <summary>Rows × inputs × outputs; a convolution's inputs are its taps times its channels.</summary>
    [Params("499x768x768", "499x768x3072", "499x512x768", "1599x1536x512 conv", "7999x384x128 conv")]
    public string Product { get; set; } = "";

    /// <summary>Share of the values that lie beyond their grid and are kept as remainders; with 0 they are clipped.</summary>
    [Params(0, 0.001, 0.01, 0.1, 0.5)]
    public double Kept { get; set; }

    /// <summary>Compiles the model.</summary>
    [GlobalSetup]
    public void Setup()
    {
        (QuantizedModel quantized, int samples, _) = Make(Product, Kept);
        Compile(quantized, samples, recordings: 16);
    }

    private static (QuantizedModel Model, int Samples, long Macs) Make(string product, double kept)
    {
        int[] sizes = [.. product.Split(' ')[0].Split('x').Select(s => int.Parse(s, CultureInfo.InvariantCulture))];
        return product.Contains(' ', StringComparison.Ordinal)
            ? ProductModel.Convolution(sizes[0], sizes[2], kept)
            : ProductModel.Linear(sizes[0], sizes[1], sizes[2], kept);
    }

    private sealed class Settings : KernelSettings
    {
        public Settings() => AddColumn(new SpeedColumn(
            "GMAC/s", "10^9 multiply-accumulates a second", "F0", benchmark => Make((string)benchmark.Parameters[nameof(Product)], 0).Macs));
    }
}

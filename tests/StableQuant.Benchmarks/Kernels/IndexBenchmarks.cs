using System.Globalization;
using BenchmarkDotNet.Attributes;
using StableQuant.Calibration.Quantization;

namespace StableQuant.Benchmarks.Kernels;

/// <summary>Products whose weights are stored as indices beside those of 8 bits: what expanding panels, block by block, costs. Few rows pay the most.</summary>
[Config(typeof(KernelSettings))]
[MemoryDiagnoser(displayGenColumns: false)]
public class IndexBenchmarks : CompiledBenchmark
{
    /// <summary>Rows × inputs × outputs.</summary>
    [Params("49x768x768", "499x768x768", "499x768x3072")]
    public string Product { get; set; } = "";

    /// <summary>Bits of a weight.</summary>
    [Params(8, 4, 3)]
    public int Bits { get; set; }

    /// <summary>Compiles the model.</summary>
    [GlobalSetup]
    public void Setup()
    {
        (QuantizedModel quantized, int samples) = Make(Product, Bits);
        Compile(quantized, samples);
    }

    /// <summary>The model, and the samples of so many rows.</summary>
    internal static (QuantizedModel Model, int Samples) Make(string product, int bits)
    {
        int[] sizes = [.. product.Split('x').Select(s => int.Parse(s, CultureInfo.InvariantCulture))];
        (QuantizedModel model, int samples, _) = ProductModel.Linear(sizes[0], sizes[1], sizes[2], kept: 0, bits);
        return (model, samples);
    }
}

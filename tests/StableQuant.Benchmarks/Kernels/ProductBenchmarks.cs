using System.Globalization;
using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using StableQuant.Calibration.Compile;
using StableQuant.Calibration.Quantization;

namespace StableQuant.Benchmarks.Kernels;

/// <summary>The products of wav2vec2-base on 10 s of audio, and one of the sample's, through generated code, on one thread.</summary>
[Config(typeof(Settings))]
[MemoryDiagnoser(displayGenColumns: false)]
public class ProductBenchmarks
{
    private CompiledModelSource? source;
    private ISpeechModel? model;
    private float[][] inputs = [];
    private float[] logits = [];
    private int call;

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
        source = CompiledModelSource.Compile(quantized, "product");
        model = source.Create((double)samples / 16000);
        var random = new Random(1);

        // Several: a processor learns where the outliers of a single one lie.
        inputs = [.. Enumerable.Range(0, 16).Select(_ => Enumerable.Range(0, samples).Select(_ => random.NextSingle() - 0.5f).ToArray())];
        logits = new float[model.FrameCount(samples) * model.VocabularySize];
    }

    /// <summary>Frees it.</summary>
    [GlobalCleanup]
    public void Cleanup()
    {
        model?.Dispose();
        source?.Dispose();
    }

    /// <summary>The product, with what stands before and after it.</summary>
    [Benchmark]
    public int Run() => model!.Logits(inputs[call++ % inputs.Length], logits);

    private static (QuantizedModel Model, int Samples, long Macs) Make(string product, double kept)
    {
        int[] sizes = [.. product.Split(' ')[0].Split('x').Select(s => int.Parse(s, CultureInfo.InvariantCulture))];
        return product.Contains(' ', StringComparison.Ordinal)
            ? ProductModel.Convolution(sizes[0], sizes[2], kept)
            : ProductModel.Linear(sizes[0], sizes[1], sizes[2], kept);
    }

    private sealed class Settings : KernelSettings
    {
        public Settings() => AddColumn(new SpeedColumn());
    }

    /// <summary>Multiply-accumulates a second.</summary>
    private sealed class SpeedColumn : IColumn
    {
        public string Id => nameof(SpeedColumn);

        public string ColumnName => "GMAC/s";

        public string Legend => "10^9 multiply-accumulates a second";

        public bool AlwaysShow => true;

        public ColumnCategory Category => ColumnCategory.Custom;

        public int PriorityInCategory => 0;

        public bool IsNumeric => true;

        public UnitType UnitType => UnitType.Dimensionless;

        public bool IsAvailable(Summary summary) => true;

        public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;

        public string GetValue(Summary summary, BenchmarkCase benchmarkCase)
        {
            string product = (string)benchmarkCase.Parameters[nameof(Product)];
            return summary[benchmarkCase]?.ResultStatistics is { } statistics
                ? string.Create(CultureInfo.InvariantCulture, $"{Make(product, 0).Macs / statistics.Median:F0}")
                : "-";
        }

        public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style) => GetValue(summary, benchmarkCase);
    }
}

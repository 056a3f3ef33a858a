using System.Globalization;
using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using StableQuant.Benchmarks.Models;
using StableQuant.Calibration.Calibrate;
using StableQuant.Calibration.Compile;
using StableQuant.Graph;

namespace StableQuant.Benchmarks.Kernels;

/// <summary>The products of wav2vec2-base on 10 s of audio, through generated code, on one thread.</summary>
[Config(typeof(Settings))]
[MemoryDiagnoser(displayGenColumns: false)]
public class ProductBenchmarks
{
    private CompiledModelSource? source;
    private ISpeechModel? model;
    private float[] pcm = [];
    private float[] logits = [];

    /// <summary>Rows × inputs × outputs; a convolution's inputs are its taps times its channels.</summary>
    [Params("499x768x768", "499x768x3072", "499x512x768", "1599x1536x512 conv")]
    public string Product { get; set; } = "";

    /// <summary>What happens to 1 value in 1000, which lies beyond its grid.</summary>
    [Params(Outliers.Clip, Outliers.Keep)]
    public Outliers Outliers { get; set; }

    /// <summary>Compiles the model.</summary>
    [GlobalSetup]
    public void Setup()
    {
        (QuantizedModel quantized, int samples, _) = Make(Product, Outliers);
        source = CompiledModelSource.Compile(quantized, "product");
        model = source.Create((double)samples / 16000);
        var random = new Random(1);
        pcm = [.. Enumerable.Range(0, samples).Select(_ => (float)(random.NextDouble() - 0.5))];
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
    public int Run() => model!.Logits(pcm, logits);

    private static (QuantizedModel Model, int Samples, long Macs) Make(string product, Outliers outliers)
    {
        int[] sizes = [.. product.Split(' ')[0].Split('x').Select(s => int.Parse(s, CultureInfo.InvariantCulture))];
        return product.Contains(' ', StringComparison.Ordinal)
            ? ProductModel.Convolution(sizes[0], sizes[2], outliers)
            : ProductModel.Linear(sizes[0], sizes[1], sizes[2], outliers);
    }

    /// <summary>In this very process: what BenchmarkDotNet would build elsewhere needs packages that mirrors lack.</summary>
    private sealed class Settings : ManualConfig
    {
        public Settings()
        {
            AddJob(Job.MediumRun.WithLaunchCount(1).WithToolchain(InProcessEmitToolchain.Instance));
            AddColumn(new SpeedColumn());
            ArtifactsPath = Path.Combine(Repository.Artifacts, "kernels");
        }
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
                ? string.Create(CultureInfo.InvariantCulture, $"{Make(product, Outliers.Clip).Macs / statistics.Median:F0}")
                : "-";
        }

        public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style) => GetValue(summary, benchmarkCase);
    }
}

using System.Globalization;
using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using StableQuant.Calibration.Compile;
using StableQuant.Calibration.Quantization;

namespace StableQuant.Benchmarks.Kernels;

/// <summary>Activations, gates and depthwise convolutions over 10 s of frames of 512 channels, through generated code, on one thread.</summary>
[Config(typeof(Settings))]
[MemoryDiagnoser(displayGenColumns: false)]
public class LayerBenchmarks
{
    private const int Rows = 499;

    private CompiledModelSource? source;
    private ISpeechModel? model;
    private float[] input = [];
    private float[] logits = [];

    /// <summary>The layer; of a depthwise convolution its taps, and whether it sees no later frame.</summary>
    [Params("gelu", "gelu-tanh", "relu", "silu", "glu", "depthwise x9", "depthwise x31", "depthwise x31 causal")]
    public string Layer { get; set; } = "";

    /// <summary>Share of a convolution's inputs that lie beyond their grid and are kept; with 0 they are clipped.</summary>
    [Params(0, 0.01)]
    public double Kept { get; set; }

    /// <summary>Compiles the model.</summary>
    [GlobalSetup]
    public void Setup()
    {
        (QuantizedModel quantized, int samples, _) = ProductModel.Layer(Rows, Layer, Kept);
        source = CompiledModelSource.Compile(quantized, "layer");
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

    /// <summary>The layers, with what stands before and after them.</summary>
    [Benchmark]
    public int Run() => model!.Logits(input, logits);

    private sealed class Settings : KernelSettings
    {
        public Settings() => AddColumn(new SpeedColumn());
    }

    /// <summary>Values a second.</summary>
    private sealed class SpeedColumn : IColumn
    {
        public string Id => nameof(SpeedColumn);

        public string ColumnName => "Gvalues/s";

        public string Legend => "10^9 values that the layers make, a second";

        public bool AlwaysShow => true;

        public ColumnCategory Category => ColumnCategory.Custom;

        public int PriorityInCategory => 0;

        public bool IsNumeric => true;

        public UnitType UnitType => UnitType.Dimensionless;

        public bool IsAvailable(Summary summary) => true;

        public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;

        public string GetValue(Summary summary, BenchmarkCase benchmarkCase) => summary[benchmarkCase]?.ResultStatistics is { } statistics
            ? string.Create(CultureInfo.InvariantCulture, $"{ProductModel.Layer(Rows, (string)benchmarkCase.Parameters[nameof(Layer)], 0).Values / statistics.Median:F2}")
            : "-";

        public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style) => GetValue(summary, benchmarkCase);
    }
}

using BenchmarkDotNet.Attributes;
using StableQuant.Calibration.Float;
using StableQuant.Graph;

namespace StableQuant.Benchmarks.Kernels;

/// <summary>Log-mel features of 10 s of audio as models have them, NeMo's and Kaldi's, of which two frames are one, and a head, through generated code, on one thread.</summary>
[Config(typeof(Settings))]
[MemoryDiagnoser(displayGenColumns: false)]
public class FrontEndBenchmarks : CompiledBenchmark
{
    private const int Samples = 160_000, Bands = 80;

    /// <summary>Whose details.</summary>
    [Params(LogMelConvention.Nemo, LogMelConvention.Kaldi)]
    public LogMelConvention Convention { get; set; }

    /// <summary>Compiles the model.</summary>
    [GlobalSetup]
    public void Setup() => Compile(ProductModel.OnFeatures(Convention == LogMelConvention.Nemo ? FloatFrontEnd.Nemo(Bands) : FloatFrontEnd.Kaldi(Bands, 2), Samples), Samples);

    private sealed class Settings : KernelSettings
    {
        public Settings() => AddColumn(new SpeedColumn("Gsamples/s", "10^9 samples a second", "F4", _ => Samples));
    }
}

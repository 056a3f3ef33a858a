using BenchmarkDotNet.Attributes;
using StableQuant.Calibration.Compile;
using StableQuant.Calibration.Quantization;

namespace StableQuant.Benchmarks.Kernels;

/// <summary>Times a model through generated code, on one thread.</summary>
public abstract class CompiledBenchmark
{
    private CompiledModelSource? source;
    private ICompiledModel? model;
    private Action<float[]> answer = _ => { };
    private float[][] inputs = [];
    private int call;

    /// <summary>Frees the model.</summary>
    [GlobalCleanup]
    public void Cleanup()
    {
        model?.Dispose();
        source?.Dispose();
    }

    /// <summary>What is timed, with what stands before and after it.</summary>
    [Benchmark]
    public void Run() => answer(inputs[call++ % inputs.Length]);

    /// <summary>Compiles the model.</summary>
    /// <param name="quantized">The model.</param>
    /// <param name="samples">The samples of a call.</param>
    /// <param name="recordings">How many are taken in turn: a processor learns where the outliers of a single one lie.</param>
    private protected void Compile(QuantizedModel quantized, int samples, int recordings = 1)
    {
        source = CompiledModelSource.Compile(quantized, "benchmark");
        model = source.CreateAny((double)samples / 16000);
        var random = new Random(1);
        inputs = [.. Enumerable.Range(0, recordings).Select(_ => Enumerable.Range(0, samples).Select(_ => random.NextSingle() - 0.5f).ToArray())];
        float[] outputs = new float[model.FrameCount(samples) * source.Width];
        answer = model is ISpeechEmbedder embedder ? pcm => embedder.Embed(pcm, outputs) : pcm => ((ISpeechModel)model).Logits(pcm, outputs);
    }
}

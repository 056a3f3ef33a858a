using StableQuant.Calibration.Compile;

namespace StableQuant.Benchmarks.Compare;

/// <summary>The generated class: from samples as recorded to text.</summary>
internal sealed class CompiledCandidate : ICandidate
{
    private readonly ISpeechModel model;
    private readonly float[] pcm;
    private readonly char[] text;

    public CompiledCandidate(CompiledModelSource source, float[] pcm, int threads)
    {
        model = source.Create((double)pcm.Length / Speech.SampleRate, threads);
        this.pcm = pcm;
        text = new char[model.MaxTextLength(pcm.Length)];
    }

    /// <summary>Name of the kernels in use.</summary>
    public string Kernels => model.Kernels;

    /// <inheritdoc/>
    public void Run() => model.Transcribe(pcm, text);

    /// <inheritdoc/>
    public void Dispose() => model.Dispose();
}

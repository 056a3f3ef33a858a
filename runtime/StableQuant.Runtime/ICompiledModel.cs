namespace StableQuant;

/// <summary>
/// What every compiled model shares, whatever it answers: an <see cref="ISpeechModel"/> words, an <see cref="ISpeechClassifier"/> classes, an
/// <see cref="ISpeechEmbedder"/> embeddings. One instance owns one workspace and serves one call at a time; instances share the
/// weights. No call allocates managed memory. <see cref="IDisposable.Dispose"/> during a call on another thread does not wait: the call ends
/// as if nothing had happened, and the memory is freed behind it.
/// </summary>
public interface ICompiledModel : IDisposable
{
    /// <summary>Samples a second that the model expects: 16000.</summary>
    int SampleRate { get; }

    /// <summary>The longest utterance, in samples, that this instance accepts.</summary>
    int MaxSamples { get; }

    /// <summary>The shortest utterance, in samples, that makes one frame: what one frame hears.</summary>
    int MinSamples { get; }

    /// <summary>
    /// Samples from one frame to the next: frame i is made of the samples from i · <see cref="SamplesPerFrame"/> on, and its middle lies
    /// half of <see cref="MinSamples"/> behind that. What lies further away is heard by attention and norms alone. Where a model answers once an
    /// utterance, these are the frames that it makes its answer of.
    /// </summary>
    int SamplesPerFrame { get; }

    /// <summary>Name of the kernels in use: <c>scalar</c>, <c>avx2</c>, <c>avx512</c>, <c>avx512vnni</c>, <c>avxvnni</c>, <c>amx</c>, <c>neon</c>, <c>armdp</c>, <c>armi8mm</c> or <c>vector128</c>.</summary>
    string Kernels { get; }

    /// <summary>Number of frames that the answer to <paramref name="samples"/> samples has; 1 where it is of the utterance as a whole.</summary>
    /// <param name="samples">Length of an utterance.</param>
    int FrameCount(int samples);
}

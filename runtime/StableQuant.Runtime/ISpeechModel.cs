using StableQuant.Decoding;

namespace StableQuant;

/// <summary>
/// A compiled speech model. One instance owns one workspace and serves one call at a time; instances share the
/// weights. No call allocates managed memory. <see cref="IDisposable.Dispose"/> during a call on another thread does not wait: the call ends
/// as if nothing had happened, and the memory is freed behind it.
/// </summary>
public interface ISpeechModel : IDisposable
{
    /// <summary>Samples a second that the model expects: 16000.</summary>
    int SampleRate { get; }

    /// <summary>The longest utterance, in samples, that this instance accepts.</summary>
    int MaxSamples { get; }

    /// <summary>The shortest utterance, in samples, that makes one frame: what one frame hears.</summary>
    int MinSamples { get; }

    /// <summary>
    /// Samples from one frame to the next: frame i is made of the samples from i · <see cref="SamplesPerFrame"/> on, and its middle lies
    /// half of <see cref="MinSamples"/> behind that. What lies further away is heard by attention and norms alone.
    /// </summary>
    int SamplesPerFrame { get; }

    /// <summary>The CTC tokens: what each logit of a frame stands for, and which is the blank.</summary>
    CtcVocabulary Vocabulary { get; }

    /// <summary>Number of CTC tokens: the width of one frame of logits.</summary>
    int VocabularySize { get; }

    /// <summary>Name of the kernels in use: <c>scalar</c>, <c>avx2</c>, <c>avx512</c>, <c>avx512vnni</c>, <c>avxvnni</c>, <c>amx</c>, <c>neon</c>, <c>armdp</c>, <c>armi8mm</c> or <c>vector128</c>.</summary>
    string Kernels { get; }

    /// <summary>Number of frames of logits that <paramref name="samples"/> samples make.</summary>
    /// <param name="samples">Length of an utterance.</param>
    int FrameCount(int samples);

    /// <summary>Computes the logits of one utterance.</summary>
    /// <param name="pcm16k">Samples, mono, nominally in −1 … 1, at <see cref="SampleRate"/>; any gain, it is normalised here.</param>
    /// <param name="logits">Receives [frames, vocabulary] values, row by row; it must hold that many.</param>
    /// <returns>The number of frames.</returns>
    /// <exception cref="ArgumentException">The utterance is too short or too long, holds a sample that is not finite, or <paramref name="logits"/> is too small.</exception>
    /// <exception cref="InvalidOperationException">The instance is in another call.</exception>
    /// <exception cref="ObjectDisposedException">The instance is disposed of.</exception>
    /// <exception cref="InvalidDataException">The file of the weights has changed since they were loaded.</exception>
    int Logits(ReadOnlySpan<float> pcm16k, Span<float> logits);

    /// <summary>Transcribes one utterance by greedy CTC decoding.</summary>
    /// <param name="pcm16k">As for <see cref="Logits"/>.</param>
    /// <param name="text">Receives the text; <see cref="MaxTextLength"/> tells how much any utterance can need.</param>
    /// <returns>The number of characters written.</returns>
    /// <exception cref="ArgumentException">As for <see cref="Logits"/>, or <paramref name="text"/> is too small.</exception>
    /// <exception cref="InvalidOperationException">As for <see cref="Logits"/>.</exception>
    /// <exception cref="ObjectDisposedException">As for <see cref="Logits"/>.</exception>
    /// <exception cref="InvalidDataException">As for <see cref="Logits"/>.</exception>
    int Transcribe(ReadOnlySpan<float> pcm16k, Span<char> text);

    /// <summary>The most characters that the text of <paramref name="samples"/> samples can have.</summary>
    /// <param name="samples">Length of an utterance.</param>
    int MaxTextLength(int samples);
}

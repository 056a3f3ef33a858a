using StableQuant;
using StableQuant.Decoding;

namespace TranscriptionServer.Live;

/// <summary>
/// The model that a stream hears with, which is another instance in each call: so a stream holds an instance only while it computes, and a few instances serve
/// many people who mostly listen or pause.
/// </summary>
/// <param name="first">Any instance: all are of one kind.</param>
internal sealed class LentModel(ISpeechModel first) : ISpeechModel
{
    /// <summary>The instance of this call.</summary>
    public ISpeechModel Instance { get; set; } = first;

    public int SampleRate => Instance.SampleRate;

    public int MaxSamples => Instance.MaxSamples;

    public int MinSamples => Instance.MinSamples;

    public int SamplesPerFrame => Instance.SamplesPerFrame;

    public CtcVocabulary Vocabulary => Instance.Vocabulary;

    public int VocabularySize => Instance.VocabularySize;

    public string Kernels => Instance.Kernels;

    public int FrameCount(int samples) => Instance.FrameCount(samples);

    public int Logits(ReadOnlySpan<float> pcm16k, Span<float> logits) => Instance.Logits(pcm16k, logits);

    public int Transcribe(ReadOnlySpan<float> pcm16k, Span<char> text) => Instance.Transcribe(pcm16k, text);

    public int MaxTextLength(int samples) => Instance.MaxTextLength(samples);

    /// <summary>Nothing: the instance is the pool's.</summary>
    public void Dispose()
    {
    }
}

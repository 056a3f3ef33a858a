using StableQuant.Calibration.Evaluate;
using StableQuant.Decoding;
using StableQuant.Graph;

namespace StableQuant.Calibration.Tests.Evaluate;

/// <summary>A stand-in for a model: it "hears" each utterance's length and first sample.</summary>
internal sealed class LoudnessModel : IModelSource
{
    private int living;

    public string Name => "loudness";

    public Head Head { get; } = new Vocabulary(new EquatableArray<string>(["<pad>"]), 0, -1);

    public int Width => 1;

    /// <summary>Instances that were made and not disposed.</summary>
    public int Living => living;

    public ICompiledModel CreateAny(double maxSeconds) => Create(maxSeconds);

    public ISpeechModel Create(double maxSeconds)
    {
        Interlocked.Increment(ref living);
        return new Instance(this, (int)(maxSeconds * 16000));
    }

    public void Dispose()
    {
    }

    private sealed class Instance(LoudnessModel source, int maxSamples) : ISpeechModel
    {
        public int SampleRate => 16000;

        public int MaxSamples => maxSamples;

        public int MinSamples => 2;

        public int SamplesPerFrame => 1;

        public CtcVocabulary Vocabulary { get; } = new(["<pad>"], 0, -1);

        public int VocabularySize => 1;

        public string Kernels => "none";

        public int FrameCount(int samples) => 1;

        public int MaxTextLength(int samples) => 40;

        public int Logits(ReadOnlySpan<float> pcm16k, Span<float> logits) => throw new NotSupportedException();

        public int Transcribe(ReadOnlySpan<float> pcm16k, Span<char> text)
        {
            string heard = FormattableString.Invariant($"LENGTH {pcm16k.Length} FIRST {(int)MathF.Round(pcm16k[0] * 32768)}");
            heard.CopyTo(text);
            return pcm16k.Length <= maxSamples ? heard.Length : throw new ArgumentException("too long");
        }

        public void Dispose() => Interlocked.Decrement(ref source.living);
    }
}

using StableQuant.Alignment;
using StableQuant.Decoding;

namespace StableQuant.Runtime.Tests;

public class AlignerTests
{
    private const string Keys = "_|ABCDE";

    [Theory]
    [InlineData(30, 20)]
    [InlineData(4, 20)]
    [InlineData(60, 5.1)]
    [InlineData(20.01, 20)]
    [InlineData(61.7, 0.2)]
    [InlineData(3, 0.03)]
    public void A_recording_of_any_length_is_aligned_as_if_its_logits_came_at_once(double seconds, double maxSeconds)
    {
        var random = new Random(9);
        var pcm = new float[(int)(seconds * 16000)];
        for (int i = 0; i < pcm.Length; i++)
        {
            pcm[i] = i % 320 == 0 ? random.Next(Keys.Length) : 0;
        }

        string text = string.Concat(Enumerable.Range(0, (int)(seconds * 5)).Select(i => i % 5 == 4 ? ' ' : "abcde"[random.Next(5)]));
        using var model = new EchoModel(maxSeconds);
        TextAlignment found = new Aligner(model).Align(pcm, text);

        using var large = new EchoModel(100);
        var logits = new float[large.FrameCount(pcm.Length) * Keys.Length];
        int frames = large.Logits(pcm, logits);
        var session = new AlignmentSession(large.Vocabulary, new(16000, 320, 400), text, frames);
        session.AddLogits(logits, frames);
        session.AddAudio(pcm);
        found.Words.ShouldBe(session.Align().Words);
        model.Longest.ShouldBeLessThanOrEqualTo(Math.Min(model.MaxSamples, 320_000));
    }

    [Fact]
    public void Too_short_recordings_and_cancelled_calls_are_errors()
    {
        using var model = new EchoModel(1);
        var aligner = new Aligner(model);
        Should.Throw<ArgumentException>(() => aligner.Align(new float[399], "a")).ParamName.ShouldBe("pcm16k");
        Should.Throw<InvalidOperationException>(() => aligner.Align(new float[400], "abc"));
        Should.Throw<OperationCanceledException>(() => aligner.Align(new float[400], "a", new CancellationToken(true)));
        aligner.Align(new float[400], "a").Words.Count.ShouldBe(1);
    }

    /// <summary>A model whose frames say what their first sample is.</summary>
    private sealed class EchoModel(double maxSeconds) : ISpeechModel
    {
        public int Longest { get; private set; }

        public int SampleRate => 16000;

        public int MaxSamples { get; } = (int)(maxSeconds * 16000);

        public int MinSamples => 400;

        public int SamplesPerFrame => 320;

        public CtcVocabulary Vocabulary { get; } = new(["<pad>", "|", "A", "B", "C", "D", "E"], blank: 0, wordDelimiter: 1);

        public int VocabularySize => Vocabulary.Count;

        public string Kernels => "echo";

        public int FrameCount(int samples) => samples < 400 ? 0 : ((samples - 400) / 320) + 1;

        public int Logits(ReadOnlySpan<float> pcm16k, Span<float> logits)
        {
            pcm16k.Length.ShouldBeLessThanOrEqualTo(MaxSamples);
            Longest = Math.Max(Longest, pcm16k.Length);
            int frames = FrameCount(pcm16k.Length);
            logits[..(frames * VocabularySize)].Clear();
            for (int frame = 0; frame < frames; frame++)
            {
                logits[(frame * VocabularySize) + (int)pcm16k[frame * 320]] = 5;
            }

            return frames;
        }

        public int Transcribe(ReadOnlySpan<float> pcm16k, Span<char> text) => throw new NotSupportedException();

        public int MaxTextLength(int samples) => 0;

        public void Dispose()
        {
        }
    }
}

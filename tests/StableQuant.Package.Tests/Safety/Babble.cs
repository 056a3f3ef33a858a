using System.Globalization;
using StableQuant.Decoding;

namespace StableQuant.Package.Tests.Safety;

/// <summary>A model with so many tokens that choosing among them takes most of a call: frame t's is token t.</summary>
internal sealed unsafe class Babble : SpeechModel
{
    private const int Tokens = 300_000, Frames = 40, FrameSamples = 400;

    private static readonly CtcVocabulary Numbers = new([.. Enumerable.Range(0, Tokens).Select(i => i.ToString(CultureInfo.InvariantCulture) + ",")], 0, -1);

    public Babble()
        : base(Numbers, FrameSamples, FrameSamples, Frames * FrameSamples / 16000.0, threads: 1) => Allocate((long)Frames * Tokens * sizeof(float));

    /// <summary>An utterance as long as it takes.</summary>
    public static float[] Second { get; } = new float[Frames * FrameSamples];

    /// <summary>What it makes of one.</summary>
    public static string Text { get; } = string.Concat(Enumerable.Range(1, Frames - 1).Select(i => i.ToString(CultureInfo.InvariantCulture) + ","));

    public override int FrameCount(int samples) => samples / FrameSamples;

    protected override float* Forward(ReadOnlySpan<float> pcm, byte* memory)
    {
        float* logits = (float*)memory;
        new Span<float>(logits, FrameCount(pcm.Length) * Tokens).Clear();
        for (int frame = 0; frame < FrameCount(pcm.Length); frame++)
        {
            logits[frame * Tokens + frame] = 1;
        }

        return logits;
    }
}

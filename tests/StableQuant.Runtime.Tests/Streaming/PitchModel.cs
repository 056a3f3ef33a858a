using StableQuant.Decoding;

namespace StableQuant.Runtime.Tests.Streaming;

/// <summary>
/// A model that hears letters in tones: 400 Hz are an A, 800 Hz a B and so on, blanks are what is quiet.
/// Its loudness is that of the utterance, as with models that normalise.
/// </summary>
internal sealed class PitchModel(double maxSeconds = 30) : ISpeechModel
{
    public const int Letters = 6;
    private const int Field = 400;

    public int SampleRate => 16000;

    public int MaxSamples { get; } = (int)(maxSeconds * 16000);

    public int MinSamples => Field;

    public int SamplesPerFrame => 320;

    public CtcVocabulary Vocabulary { get; } = new(["<pad>", "|", "A", "B", "C", "D", "E", "F"], 0, 1);

    public int VocabularySize => Vocabulary.Count;

    public string Kernels => "none";

    /// <summary>Logit of what is heard, over 0 for all else.</summary>
    public float Certainty { get; set; } = 10;

    /// <summary>Calls so far, and the longest utterance among them.</summary>
    public int Calls { get; private set; }

    public int LongestCall { get; private set; }

    public int FrameCount(int samples) => samples < Field ? 0 : ((samples - Field) / SamplesPerFrame) + 1;

    public int Logits(ReadOnlySpan<float> pcm16k, Span<float> logits)
    {
        Calls++;
        LongestCall = Math.Max(LongestCall, pcm16k.Length);
        if (pcm16k.Length < MinSamples || pcm16k.Length > MaxSamples)
        {
            throw new ArgumentException("The utterance is too short or too long.", nameof(pcm16k));
        }

        double energy = 0;
        foreach (float sample in pcm16k)
        {
            energy += sample * sample;
        }

        int frames = FrameCount(pcm16k.Length);
        for (int i = 0; i < frames; i++)
        {
            Span<float> row = logits.Slice(i * VocabularySize, VocabularySize);
            row.Clear();
            row[Hear(pcm16k.Slice(i * SamplesPerFrame, Field), energy / pcm16k.Length)] = Certainty;
        }

        return frames;
    }

    public int Transcribe(ReadOnlySpan<float> pcm16k, Span<char> text) => throw new NotSupportedException();

    public int MaxTextLength(int samples) => FrameCount(samples);

    public void Dispose()
    {
    }

    /// <summary>Frequency of the tone that is heard as a letter, in Hz.</summary>
    public static double Frequency(char letter) => 400.0 * (letter - 'A' + 1);

    // By the time between the first and the last zero crossing: so a frame may be partly silent.
    private static int Hear(ReadOnlySpan<float> frame, double loudness)
    {
        int crossings = 0, first = 0, last = 0;
        double energy = 0;
        for (int i = 1; i < frame.Length; i++)
        {
            energy += frame[i] * frame[i];
            if (frame[i] >= 0 != frame[i - 1] >= 0)
            {
                first = crossings++ == 0 ? i : first;
                last = i;
            }
        }

        // 400 Hz cross zero every 20 samples.
        int letter = crossings < 6 ? 0 : (int)Math.Round(20.0 * (crossings - 1) / (last - first));
        return energy / frame.Length < 0.05 * loudness || letter is < 1 or > Letters ? 0 : letter + 1;
    }
}

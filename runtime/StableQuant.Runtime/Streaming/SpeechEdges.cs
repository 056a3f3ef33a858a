namespace StableQuant.Streaming;

/// <summary>
/// Where an utterance really begins and ends. A detector hears loud speech; before it and behind it there are weak consonants and dying vowels,
/// and without these a model misspells the word. But of the background beside them it makes letters. So an utterance reaches beyond the
/// detector's speech as far as there is more than the background.
/// </summary>
/// <param name="sampleRate">Samples a second.</param>
/// <param name="margin">The most samples that an utterance reaches beyond the speech on one side.</param>
internal sealed class SpeechEdges(int sampleRate, int margin)
{
    // The background's level is that of the quietest 30 ms nearby, and above this multiple there is more.
    private const double OverBackground = 1.7;

    // The closure before a plosive is quiet, too: so many blocks, with sound beyond them.
    private const int Closure = 3;

    // Blocks of 10 ms.
    private readonly int block = sampleRate / 100;
    private readonly double[] energies = new double[((margin + (sampleRate / 5)) / (sampleRate / 100)) + 1];

    /// <summary>Samples beside the speech that tell how far it reaches: those that an utterance may take, and 200 ms that show the background.</summary>
    public int Reach { get; } = margin + (sampleRate / 5);

    /// <summary>How much of what lies before the speech belongs to it.</summary>
    /// <param name="before">The samples up to the speech, at most <see cref="Reach"/> of them.</param>
    /// <returns>A number of samples, the last of <paramref name="before"/>.</returns>
    public int Before(ReadOnlySpan<float> before)
    {
        int count = before.Length / block;
        before = before[(before.Length - (count * block))..];
        Fill(before, count);
        energies.AsSpan(0, count).Reverse();
        return Belonging(count, before.Length);
    }

    /// <summary>How much of what lies behind the speech belongs to it.</summary>
    /// <param name="behind">The samples from the end of the speech on, at most <see cref="Reach"/> of them.</param>
    /// <returns>A number of samples, the first of <paramref name="behind"/>.</returns>
    public int Behind(ReadOnlySpan<float> behind)
    {
        int count = behind.Length / block;
        Fill(behind, count);
        return Belonging(count, behind.Length);
    }

    /// <summary>
    /// Whether a frame consists of zeros for its greater part. No microphone makes these: they were put before a recording, and models take
    /// the edge of it for a sound.
    /// </summary>
    /// <param name="frame">The frame's samples.</param>
    public static bool IsMostlyZero(ReadOnlySpan<float> frame)
    {
        int zeros = frame.IndexOfAnyExcept(0f);
        return zeros < 0 || zeros > frame.Length / 2;
    }

    private void Fill(ReadOnlySpan<float> samples, int count)
    {
        double previous = samples.IsEmpty ? 0 : samples[0];
        for (int i = 0; i < count; i++)
        {
            energies[i] = BlockEnergy.Of(samples.Slice(i * block, block), ref previous);
        }
    }

    // Of blocks in the order of their distance from the speech.
    private int Belonging(int count, int samples)
    {
        double background = double.PositiveInfinity;
        for (int i = 0; i + 3 <= count; i++)
        {
            background = Math.Min(background, (energies[i] + energies[i + 1] + energies[i + 2]) / 3);
        }

        int belonging = 0;
        for (int i = 0, quiet = 0; i < Math.Min(count, margin / block) && quiet <= Closure; i++)
        {
            double level = (energies[i] + energies[Math.Min(i + 1, count - 1)]) / 2;
            quiet = level > OverBackground * background ? 0 : quiet + 1;
            belonging = quiet == 0 ? i + 1 : belonging;
        }

        return Math.Min(belonging * block, samples);
    }
}

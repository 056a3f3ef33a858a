namespace StableQuant.Runtime.Tests.Streaming;

/// <summary>Recordings for <see cref="PitchModel"/>: words of tones, and what is no speech.</summary>
internal sealed class Recordings(int seed = 1)
{
    private readonly Random random = new(seed);
    private readonly List<float> samples = [];

    public float[] Samples => [.. samples];

    public int Length => samples.Count;

    /// <summary>Adds letters of 100 ms, each swelling and fading as syllables do, with 60 ms of silence between them.</summary>
    public Recordings Word(string letters, double amplitude = 0.3)
    {
        foreach (char letter in letters)
        {
            for (int i = 0; i < 1600; i++)
            {
                double envelope = Math.Sin(Math.PI * (i + 0.5) / 1600);
                samples.Add((float)(amplitude * envelope * Math.Sin(2 * Math.PI * PitchModel.Frequency(letter) * i / 16000)));
            }

            Silence(0.06);
        }

        return this;
    }

    /// <summary>Adds white noise between −<paramref name="amplitude"/> and <paramref name="amplitude"/>.</summary>
    public Recordings Noise(double seconds, double amplitude)
    {
        for (int i = (int)(seconds * 16000); i > 0; i--)
        {
            samples.Add((float)(amplitude * ((2 * random.NextDouble()) - 1)));
        }

        return this;
    }

    /// <summary>Adds digital silence.</summary>
    public Recordings Silence(double seconds) => Noise(seconds, 0);
}

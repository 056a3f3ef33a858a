using StableQuant.Audio;

namespace StableQuant.Calibration.Evaluate;

/// <summary>Sounds without speech: what a model hears in them is its own invention.</summary>
internal static class NoiseSounds
{
    /// <summary>Length of each sound.</summary>
    public const int Seconds = 10;

    private const int Samples = Seconds * AudioFile.ModelRate;

    /// <summary>The sounds by name, the same on every machine.</summary>
    public static IReadOnlyList<(string Name, float[] Pcm)> All { get; } =
    [
        ("silence", new float[Samples]),
        ("white noise at -50 dBFS", White(-50)),
        ("white noise at -30 dBFS", White(-30)),
        ("pink noise at -50 dBFS", Pink(-50)),
        ("pink noise at -30 dBFS", Pink(-30)),
    ];

    private static float[] White(double level)
    {
        var random = new Random(1);
        return Scaled([.. Enumerable.Range(0, Samples).Select(_ => random.NextDouble() - 0.5)], level);
    }

    // Sums of values that change at octaves of the rate (R. F. Voss): a spectrum of 1/f within half a decibel.
    private static float[] Pink(double level)
    {
        var random = new Random(2);
        var octaves = new double[14];
        var noise = new double[Samples];
        for (int i = 0; i < Samples; i++)
        {
            octaves[Math.Min(int.TrailingZeroCount(i + 1), octaves.Length - 1)] = random.NextDouble() - 0.5;
            noise[i] = octaves.Sum() + random.NextDouble() - 0.5;
        }

        return Scaled(noise, level);
    }

    // To a root mean square below full scale, in decibels.
    private static float[] Scaled(double[] noise, double level)
    {
        double mean = noise.Average();
        double deviation = Math.Sqrt(noise.Average(x => (x - mean) * (x - mean)));
        return [.. noise.Select(x => (float)((x - mean) / deviation * Math.Pow(10, level / 20)))];
    }
}

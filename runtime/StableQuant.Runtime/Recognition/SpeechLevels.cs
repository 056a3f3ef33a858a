using StableQuant.Decoding;

namespace StableQuant.Recognition;

/// <summary>The level of audio, cell of 10 ms by cell of 10 ms, and how loud speech and its background are around a place.</summary>
internal sealed class SpeechLevels
{
    /// <summary>Cells a second.</summary>
    public const int CellsPerSecond = 100;

    // Background and speech are taken from 5 s on either side: a pause is in there, and a passing car is not everywhere.
    private const int Reach = 5 * CellsPerSecond;

    // A histogram of half decibels from −100 dB on.
    private const int Bins = 256;
    private const double Lowest = -100;

    private readonly float[] levels;
    private readonly int[] histogram = new int[Bins];
    private readonly int cellSamples;
    private double energy;
    private int samplesInCell;

    /// <summary>Makes room for the levels of some audio.</summary>
    /// <param name="maxSamples">The most samples.</param>
    /// <param name="sampleRate">Samples a second.</param>
    public SpeechLevels(long maxSamples, int sampleRate)
    {
        cellSamples = sampleRate / CellsPerSecond;
        levels = new float[maxSamples / cellSamples];
    }

    /// <summary>Whole cells heard so far.</summary>
    public int Count { get; private set; }

    /// <summary>Level of a cell, in decibels of full scale; −100 at least.</summary>
    public double this[int cell] => levels[cell];

    /// <summary>The cell that a sample lies in.</summary>
    public int CellOf(long sample) => (int)(sample / cellSamples);

    /// <summary>When a cell begins, in seconds.</summary>
    public static double Seconds(int cell) => cell / (double)CellsPerSecond;

    /// <summary>Forgets all.</summary>
    public void Clear()
    {
        Count = 0;
        energy = 0;
        samplesInCell = 0;
    }

    /// <summary>Hears the samples that follow. What the levels have no room for is left out.</summary>
    public void Append(ReadOnlySpan<float> pcm)
    {
        foreach (float sample in pcm)
        {
            energy += (double)sample * sample;
            if (++samplesInCell == cellSamples)
            {
                if (Count < levels.Length)
                {
                    levels[Count++] = (float)Decibels(energy / cellSamples);
                }

                energy = 0;
                samplesInCell = 0;
            }
        }
    }

    /// <summary>The background and the speech around a place.</summary>
    /// <param name="first">First cell of the place.</param>
    /// <param name="end">The cell behind its last.</param>
    /// <returns>
    /// The level that a fifth of the cells around lie below, and the one that a twentieth lie above. The former is at most 60 dB below the
    /// latter: digital silence would make any dither speech.
    /// </returns>
    public (double Background, double Speech) Around(int first, int end)
    {
        int middle = first + ((end - first) / 2);
        int from = Math.Clamp(middle - Reach, 0, Count);
        int to = Math.Clamp(middle + Reach, 0, Count);
        Array.Clear(histogram);
        for (int cell = from; cell < to; cell++)
        {
            histogram[Math.Clamp((int)((levels[cell] - Lowest) * 2), 0, Bins - 1)]++;
        }

        double speech = Quantile((to - from) * 19 / 20);
        return (Math.Max(Quantile((to - from) / 5), speech - 60), speech);
    }

    private double Quantile(int rank)
    {
        int bin = 0;
        for (int below = histogram[0]; bin < Bins - 1 && below <= rank; below += histogram[bin])
        {
            bin++;
        }

        return Lowest + (bin / 2.0) + 0.25;
    }

    private static double Decibels(double meanSquare) =>
        double.IsFinite(meanSquare) ? 10 / Ln10 * LogMath.Log(meanSquare + 1e-10) : Lowest;

    private const double Ln10 = 2.302585092994046;
}

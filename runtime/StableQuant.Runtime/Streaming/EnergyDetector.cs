namespace StableQuant.Streaming;

/// <summary>
/// Voice activity by energy: louder than the noise floor around, not far below the speech heard so far, and not steady as noise is.
/// Thresholds are ratios of energies, without a logarithm: the same answers on every platform.
/// </summary>
internal sealed class EnergyDetector : IVoiceActivityDetector
{
    // Blocks of 10 ms at 16 kHz.
    private const int Block = 160;

    // 300 ms: noise keeps its level for so long, speech does not; and the floor is looked for so far ahead.
    private const int Steady = 30;
    private const double SteadyRange = 1.6;

    // The floor is the quietest place of the last 2 s: speech has gaps more often.
    private const int FloorReach = 200;
    private const double OverFloor = 2.5;

    // 35 dB below the speech so far nothing is a word; that level is forgotten by 1 dB a second.
    private const double BelowSpeech = 3.2e-4;
    private const double Forgetting = 0.9977;

    // Half of what begins speech keeps it up.
    private const double Hysteresis = 0.5;

    // The least step of 16-bit audio.
    private const double MinEnergy = 1e-9;

    // Levels are means of three blocks, known one block late. A power of two above all that is looked back on.
    private const int RingSize = 256;

    private readonly double[] energies = new double[3];
    private readonly double[] levels = new double[RingSize];
    private readonly bool[] steady = new bool[RingSize];
    private double previous;
    private double speechLevel;
    private bool isActive;
    private int heard;
    private long blocks;

    /// <inheritdoc/>
    public int BlockSamples => Block;

    /// <inheritdoc/>
    public int Delay => Steady + 1;

    /// <inheritdoc/>
    public bool IsSpeech(ReadOnlySpan<float> block)
    {
        energies[(int)(blocks % 3)] = BlockEnergy.Of(block, ref previous);
        heard = Math.Min(heard + 1, RingSize);
        Add((energies[0] + energies[1] + energies[2]) / Math.Min(heard, 3));
        blocks++;

        // The newest level is of block `blocks` − 2.
        return blocks > Delay && Judge(blocks - 1 - Delay);
    }

    /// <inheritdoc/>
    public void Reset()
    {
        Array.Clear(energies);
        Array.Clear(levels);
        Array.Clear(steady);
        previous = 0;
        speechLevel = 0;
        isActive = false;
        heard = 0;
        blocks = 0;
    }

    // Level of the block before the newest; marks the stretch that it ends if that is steady.
    private void Add(double level)
    {
        long newest = blocks - 1;
        levels[Slot(newest)] = level;
        steady[Slot(newest)] = false;
        if (newest < Steady - 1)
        {
            return;
        }

        (double min, double max) = Range(newest - Steady + 1, newest);
        for (long i = newest - Steady + 1; i <= newest && max <= SteadyRange * min; i++)
        {
            steady[Slot(i)] = true;
        }
    }

    private bool Judge(long block)
    {
        double level = levels[Slot(block)];
        double floor = Range(Math.Max(block - FloorReach, 0), block + Steady - 1).Min;
        double threshold = Math.Max(Math.Max(OverFloor * floor, BelowSpeech * speechLevel), MinEnergy);
        isActive = level > (isActive ? threshold * Hysteresis : threshold) && !steady[Slot(block)];
        speechLevel *= Forgetting;
        speechLevel = isActive ? Math.Max(speechLevel, level) : speechLevel;
        return isActive;
    }

    private (double Min, double Max) Range(long first, long last)
    {
        double min = double.PositiveInfinity;
        double max = 0;
        for (long i = first; i <= last; i++)
        {
            double level = levels[Slot(i)];
            min = Math.Min(min, level);
            max = Math.Max(max, level);
        }

        return (min, max);
    }

    private static int Slot(long block) => (int)(block & (RingSize - 1));
}

namespace StableQuant.Audio.Resampling;

/// <summary>
/// The taps of every phase of a rational resampler. Output time n·down/up lies a fraction phase/up after an input
/// sample; tap j of that phase weighs the input sample that many places after the first one touched.
/// </summary>
/// <remarks>
/// Up to <see cref="MaxTableTaps"/> taps in all are computed beforehand. Beyond that (44101 to 16000, say) the taps of one
/// phase are interpolated when they are needed, by a cubic through four neighbours of a coarser table with
/// <see cref="PointsPerSample"/> points a sample of the lower rate: the error, like the filter's own, stays below −100 dB.
/// </remarks>
internal sealed class PhaseBank
{
    /// <summary>Taps come in whole vectors of this many; the surplus ones are 0.</summary>
    public const int Multiple = 8;

    private const int MaxTableTaps = 1 << 20;
    private const int PointsPerSample = 512;

    private readonly int up;
    private readonly double[] table;

    /// <summary>Steps of the coarse table from one input sample to the next; 0 where the table holds every phase.</summary>
    private readonly int steps;
    private readonly double[] interpolated;

    public PhaseBank(int fromRate, int toRate, int up)
    {
        var response = new KaiserSinc(fromRate, toRate);
        this.up = up;
        Before = (int)Math.Ceiling(response.HalfLength) - 1;
        // One tap beyond the response: the cubic looks a step past either end.
        int needed = (2 * Before) + 3;
        Taps = (needed + Multiple - 1) / Multiple * Multiple;
        if ((long)up * Taps <= MaxTableTaps)
        {
            interpolated = [];
            table = new double[up * Taps];
            for (int phase = 0; phase < up; phase++)
            {
                Fill(Row(phase), response, (double)phase / up);
            }
        }
        else
        {
            steps = (int)Math.Ceiling(PointsPerSample * Math.Min(1.0, (double)toRate / fromRate));
            interpolated = new double[Taps];
            // Row i stands for the fraction (i − 1)/steps: one before the first, two after the last.
            table = new double[(steps + 3) * Taps];
            for (int i = 0; i < steps + 3; i++)
            {
                Fill(Row(i), response, (double)(i - 1) / steps);
            }
        }
    }

    /// <summary>Taps of one phase, padding included.</summary>
    public int Taps { get; }

    /// <summary>Tap 0 weighs the input sample this many places before the one at or before the output time.</summary>
    public int Before { get; }

    /// <summary>The taps of one phase; valid until the next call.</summary>
    public ReadOnlySpan<double> Phase(int phase)
    {
        if (steps == 0)
        {
            return Row(phase);
        }

        // The cubic of Lagrange through the rows at −1, 0, 1 and 2 steps from the one at or before the fraction.
        long scaled = (long)phase * steps;
        int row = (int)(scaled / up);
        double t = (double)(scaled % up) / up;
        Span<double> before = Row(row), at = Row(row + 1), after = Row(row + 2), beyond = Row(row + 3);
        double weightBefore = -t * (t - 1) * (t - 2) / 6;
        double weightAt = (t + 1) * (t - 1) * (t - 2) / 2;
        double weightAfter = -(t + 1) * t * (t - 2) / 2;
        double weightBeyond = (t + 1) * t * (t - 1) / 6;
        for (int j = 0; j < interpolated.Length; j++)
        {
            interpolated[j] = (weightBefore * before[j]) + (weightAt * at[j]) + (weightAfter * after[j]) + (weightBeyond * beyond[j]);
        }

        return interpolated;
    }

    private Span<double> Row(int index) => table.AsSpan(index * Taps, Taps);

    /// <summary>Computes the taps of one fraction and scales them to the sum 1, so that every phase passes DC exactly.</summary>
    private void Fill(Span<double> taps, KaiserSinc response, double fraction)
    {
        double sum = 0;
        for (int j = 0; j < taps.Length; j++)
        {
            taps[j] = response.At(j - Before - fraction);
            sum += taps[j];
        }

        double scale = 1 / sum;
        for (int j = 0; j < taps.Length; j++)
        {
            taps[j] *= scale;
        }
    }
}

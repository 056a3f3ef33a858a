using System.Runtime.Intrinsics;
using StableQuant.Audio.Resampling;

namespace StableQuant.Audio;

/// <summary>
/// Changes the sample rate of a recording: rational, polyphase, band-limited by a sinc under a Kaiser window.
/// </summary>
/// <remarks>
/// <para>With N the lower of the two Nyquist frequencies: flat within 0.001 dB from 0 to 0.92·N, at least 95 dB down from
/// N on, for aliases and images alike; gain 1 at 0 Hz; linear phase, and its delay is compensated, so that output
/// sample n stands for the time n / toRate. Sound outside the recording counts as silence.</para>
/// <para>The result is the same bits on every machine: sums run in double precision in eight interleaved partial sums
/// and a fixed tree, whatever the vector width, and no C library function is used.</para>
/// <para>Any pair of rates works. When the reduced factors are large the taps are interpolated as they are needed,
/// which is several times slower and just as exact.</para>
/// </remarks>
public static class Resampler
{
    /// <summary>The largest ratio of the two rates, either way.</summary>
    public const int MaxRatio = 1000;

    /// <summary>Resamples one channel.</summary>
    /// <param name="samples">The recording; finite.</param>
    /// <param name="fromRate">Its rate, in samples a second.</param>
    /// <param name="toRate">The rate wanted; when it is the same the samples are copied.</param>
    /// <returns>⌈samples · toRate / fromRate⌉ samples.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A rate is not positive, or one is more than <see cref="MaxRatio"/> times the other.</exception>
    /// <exception cref="ArgumentException">The result would be longer than an array can be.</exception>
    public static float[] Resample(ReadOnlySpan<float> samples, int fromRate, int toRate)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(fromRate);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(toRate);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(fromRate, (long)toRate * MaxRatio);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(toRate, (long)fromRate * MaxRatio);
        if (fromRate == toRate)
        {
            return samples.ToArray();
        }

        int divisor = GreatestCommonDivisor(fromRate, toRate);
        int up = toRate / divisor;
        int down = fromRate / divisor;
        // Below 2^31 · 2^31: no overflow.
        long length = (((long)samples.Length * up) + down - 1) / down;
        if (length > Array.MaxLength)
        {
            throw new ArgumentException($"{samples.Length} samples at {fromRate} make {length} at {toRate}, more than an array holds; resample it in parts.", nameof(samples));
        }

        var output = new float[length];
        if (length > 0)
        {
            Run(samples, new PhaseBank(fromRate, toRate, up), up, down, output);
        }

        return output;
    }

    private static void Run(ReadOnlySpan<float> samples, PhaseBank bank, int up, int down, float[] output)
    {
        // Silence on both sides, so that no output needs a special case: input sample i lies at i + bank.Before.
        var padded = new float[samples.Length + bank.Before + bank.Taps];
        samples.CopyTo(padded.AsSpan(bank.Before));
        for (int n = 0; n < output.Length; n++)
        {
            long time = (long)n * down;
            int sample = (int)(time / up);
            int phase = (int)(time % up);
            output[n] = (float)Dot(padded.AsSpan(sample, bank.Taps), bank.Phase(phase));
        }
    }

    /// <summary>Σ x·h in eight partial sums, then a fixed tree; multiply and add are rounded one by one everywhere.</summary>
    private static double Dot(ReadOnlySpan<float> samples, ReadOnlySpan<double> taps)
    {
        Vector256<double> low = Vector256<double>.Zero;
        Vector256<double> high = Vector256<double>.Zero;
        for (int i = 0; i < taps.Length; i += PhaseBank.Multiple)
        {
            Vector256<float> x = Vector256.Create(samples.Slice(i, PhaseBank.Multiple));
            (Vector256<double> xLow, Vector256<double> xHigh) = Vector256.Widen(x);
            low += xLow * Vector256.Create(taps.Slice(i, 4));
            high += xHigh * Vector256.Create(taps.Slice(i + 4, 4));
        }

        Vector256<double> sum = low + high;
        return (sum.GetElement(0) + sum.GetElement(1)) + (sum.GetElement(2) + sum.GetElement(3));
    }

    private static int GreatestCommonDivisor(int a, int b)
    {
        while (b != 0)
        {
            (a, b) = (b, a % b);
        }

        return a;
    }
}

using System.ComponentModel;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using StableQuant.Layout;

namespace StableQuant.FrontEnd;

/// <summary>
/// One utterance as the first convolution reads it: 16-bit samples, and the numbers that undo gain and mean, which the
/// epilogue of a convolution in int8 applies.
/// </summary>
/// <remarks>
/// Samples are scaled by the largest power of two that keeps them within 16 bits, so that 16-bit recordings, whatever
/// their level, are carried without any rounding and nothing is ever clipped. With x the normalised sample and q the
/// 16-bit one, x = (q − mean) · step; where samples are taken as they are, the mean is 0 and the step the gain's inverse.
/// </remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly unsafe struct Waveform
{
    private const int LargestExponent = 40;

    private Waveform(short* samples, int mean, float remainder, float step)
    {
        Samples = samples;
        Mean = mean;
        Remainder = remainder;
        Step = step;
    }

    /// <summary>The 16-bit samples.</summary>
    public short* Samples { get; }

    /// <summary>Their mean, to the nearest integer.</summary>
    public int Mean { get; }

    /// <summary>The mean less the nearest integer, in steps.</summary>
    public float Remainder { get; }

    /// <summary>One step of the 16-bit grid in units of the normalised signal.</summary>
    public float Step { get; }

    /// <summary>Bytes of <paramref name="samples"/> samples, with the few more that kernels may read.</summary>
    public static long Bytes(long samples) => (samples + FrontEndLayout.SamplePadding) * sizeof(short);

    /// <summary>Rounds to 16 bits, and measures what normalises to zero mean and unit variance over the utterance.</summary>
    /// <param name="pcm">The samples; any gain.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="memory">Receives them: <see cref="Bytes"/>.</param>
    /// <exception cref="ArgumentException">A sample is NaN or infinite.</exception>
    public static Waveform Of(ReadOnlySpan<float> pcm, float epsilon, short* memory)
    {
        double mean = Sum(pcm, out float lowest, out float highest) / pcm.Length;
        double squares = SumOfSquares(pcm, mean);
        double gain = Gain(lowest, highest);
        Fill(pcm, gain, memory);
        double wholeMean = Math.Round(mean * gain);
        double inverseDeviation = 1 / Math.Sqrt(squares / pcm.Length + epsilon);
        return new Waveform(memory, (int)wholeMean, (float)(mean * gain - wholeMean), (float)(inverseDeviation / gain));
    }

    /// <summary>Rounds to 16 bits, and measures what undoes that alone: for models that take samples as they are.</summary>
    /// <param name="pcm">The samples; any gain.</param>
    /// <param name="memory">Receives them: <see cref="Bytes"/>.</param>
    /// <exception cref="ArgumentException">A sample is NaN or infinite.</exception>
    public static Waveform AsIs(ReadOnlySpan<float> pcm, short* memory)
    {
        _ = Sum(pcm, out float lowest, out float highest);
        double gain = Gain(lowest, highest);
        Fill(pcm, gain, memory);
        return new Waveform(memory, 0, 0, (float)(1 / gain));
    }

    /// <summary>The normalised samples, as a convolution in float32 reads them: the same 16-bit samples, gain and mean undone.</summary>
    /// <param name="target">Receives them.</param>
    /// <param name="samples">How many.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Normalised(float* target, int samples)
    {
        for (int i = 0; i < samples; i++)
        {
            target[i] = ((Samples[i] - Mean) - Remainder) * Step;
        }
    }

    // Sums of samples run in eight interleaved partial sums, which are then added in order.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double Sum(ReadOnlySpan<float> pcm, out float lowest, out float highest)
    {
        Vector256<double> lower = default, upper = default;
        Vector256<float> lowestLanes = default, highestLanes = default;
        int whole = pcm.Length & ~7;
        for (int i = 0; i < whole; i += 8)
        {
            Vector256<float> x = Vector256.Create(pcm[i..]);
            (Vector256<double> first, Vector256<double> last) = Vector256.Widen(x);
            lower += first;
            upper += last;
            lowestLanes = Vector256.Min(lowestLanes, x);
            highestLanes = Vector256.Max(highestLanes, x);
        }

        double sum = Sum(lower, upper);
        lowest = 0;
        highest = 0;
        for (int lane = 0; lane < 8; lane++)
        {
            lowest = Math.Min(lowest, lowestLanes[lane]);
            highest = Math.Max(highest, highestLanes[lane]);
        }

        foreach (float x in pcm[whole..])
        {
            sum += x;
            lowest = Math.Min(lowest, x);
            highest = Math.Max(highest, x);
        }

        // What is not finite makes a sum that is not.
        if (!double.IsFinite(sum))
        {
            throw FiniteSamples.Error(pcm);
        }

        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double SumOfSquares(ReadOnlySpan<float> pcm, double mean)
    {
        Vector256<double> lower = default, upper = default, center = Vector256.Create(mean);
        int whole = pcm.Length & ~7;
        for (int i = 0; i < whole; i += 8)
        {
            (Vector256<double> first, Vector256<double> last) = Vector256.Widen(Vector256.Create(pcm[i..]));
            first -= center;
            last -= center;
            lower += first * first;
            upper += last * last;
        }

        double sum = Sum(lower, upper);
        foreach (float x in pcm[whole..])
        {
            sum += (x - mean) * (x - mean);
        }

        return sum;
    }

    /// <summary>Eight interleaved partial sums, added in order.</summary>
    internal static double Sum(Vector256<double> lower, Vector256<double> upper)
    {
        double sum = 0;
        for (int lane = 0; lane < 4; lane++)
        {
            sum += lower[lane];
        }

        for (int lane = 0; lane < 4; lane++)
        {
            sum += upper[lane];
        }

        return sum;
    }

    // The largest power of two that keeps every rounded sample within −32768 … 32767; 2^15 for silence.
    private static double Gain(float lowest, float highest)
    {
        if (lowest == 0 && highest == 0)
        {
            return 32768;
        }

        int exponent = LargestExponent;
        while (Math.Round(highest * Math.ScaleB(1, exponent)) > 32767 || Math.Round(lowest * Math.ScaleB(1, exponent)) < -32768)
        {
            exponent--;
        }

        return Math.ScaleB(1, exponent);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Fill(ReadOnlySpan<float> pcm, double gain, short* samples)
    {
        // A power of two changes no digit, so that float32 is enough.
        Vector256<float> factor = Vector256.Create((float)gain);
        int whole = pcm.Length & ~7;
        for (int i = 0; i < whole; i += 8)
        {
            Vector256<int> rounded = Vector256.ConvertToInt32(Vector256.Round(Vector256.Create(pcm[i..]) * factor, MidpointRounding.ToEven));
            Vector128.Narrow(rounded.GetLower(), rounded.GetUpper()).Store(samples + i);
        }

        for (int i = whole; i < pcm.Length; i++)
        {
            samples[i] = (short)Math.Round(pcm[i] * gain);
        }

        new Span<short>(samples + pcm.Length, FrontEndLayout.SamplePadding).Clear();
    }
}

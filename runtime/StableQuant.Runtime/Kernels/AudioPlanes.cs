using System.Runtime.CompilerServices;

namespace StableQuant.Runtime;

/// <summary>
/// One utterance as the first convolution reads it: 16-bit samples, split exactly into two planes of bytes, and the
/// numbers that undo gain and mean, which the epilogue of a convolution in int8 applies.
/// </summary>
/// <remarks>
/// Samples are scaled by the largest power of two that keeps them within 16 bits, so that 16-bit recordings, whatever
/// their level, are carried without any rounding and nothing is ever clipped. With x the normalised sample and q the
/// 16-bit one, x = (q − mean) · step, and q = 256 · high + low − 32768.
/// </remarks>
public readonly unsafe struct AudioPlanes
{
    private const int Offset = 32768;
    private const int LargestExponent = 40;

    private AudioPlanes(byte* high, byte* low, int mean, float remainder, float step)
    {
        High = high;
        Low = low;
        ZeroPoint = Offset + mean;
        Remainder = remainder;
        Step = step;
    }

    /// <summary>The high bytes, one a sample.</summary>
    public byte* High { get; }

    /// <summary>The low bytes, one a sample.</summary>
    public byte* Low { get; }

    /// <summary>What stands for the mean, to the nearest integer, in 256 · high + low.</summary>
    public int ZeroPoint { get; }

    /// <summary>The mean less the nearest integer, in steps.</summary>
    public float Remainder { get; }

    /// <summary>One step of the 16-bit grid in units of the normalised signal.</summary>
    public float Step { get; }

    /// <summary>Bytes of one plane of <paramref name="samples"/> samples, with the few more that kernels may read.</summary>
    public static long PlaneBytes(long samples) => samples + 64;

    /// <summary>Normalises (zero mean, unit variance over the utterance) and splits.</summary>
    /// <param name="pcm">The samples; any gain.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="planes">Two planes of <see cref="PlaneBytes"/> each.</param>
    /// <exception cref="ArgumentException">A sample is NaN or infinite.</exception>
    public static AudioPlanes Split(ReadOnlySpan<float> pcm, float epsilon, byte* planes)
    {
        double sum = 0;
        float lowest = 0;
        float highest = 0;
        for (int i = 0; i < pcm.Length; i++)
        {
            float x = pcm[i];
            if (!float.IsFinite(x))
            {
                throw new ArgumentException($"Sample {i} is {x}; samples must be finite numbers.", nameof(pcm));
            }

            sum += x;
            lowest = x < lowest ? x : lowest;
            highest = x > highest ? x : highest;
        }

        double mean = sum / pcm.Length;
        double squares = 0;
        foreach (float x in pcm)
        {
            squares += (x - mean) * (x - mean);
        }

        double gain = Gain(lowest, highest);
        byte* high = planes;
        byte* low = planes + PlaneBytes(pcm.Length);
        Fill(pcm, gain, high, low);
        double wholeMean = Math.Round(mean * gain);
        double inverseDeviation = 1 / Math.Sqrt(squares / pcm.Length + epsilon);
        return new AudioPlanes(high, low, (int)wholeMean, (float)(mean * gain - wholeMean), (float)(inverseDeviation / gain));
    }

    /// <summary>The normalised samples, as a convolution in float32 reads them: the same 16-bit samples, gain and mean undone.</summary>
    /// <param name="target">Receives them.</param>
    /// <param name="samples">How many.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Normalised(float* target, int samples)
    {
        for (int i = 0; i < samples; i++)
        {
            target[i] = ((256 * High[i] + Low[i] - ZeroPoint) - Remainder) * Step;
        }
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
    private static void Fill(ReadOnlySpan<float> pcm, double gain, byte* high, byte* low)
    {
        for (int i = 0; i < pcm.Length; i++)
        {
            int value = (int)Math.Round(pcm[i] * gain) + Offset;
            high[i] = (byte)(value >> 8);
            low[i] = (byte)value;
        }

        // Kernels read whole groups of 4 samples, whose last ones meet zero weights.
        new Span<byte>(high + pcm.Length, 64).Clear();
        new Span<byte>(low + pcm.Length, 64).Clear();
    }
}

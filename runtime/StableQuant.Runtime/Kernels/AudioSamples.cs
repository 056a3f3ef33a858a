using System.Runtime.CompilerServices;

namespace StableQuant.Runtime;

/// <summary>
/// One utterance as the first convolution reads it: 16-bit samples, and the numbers that undo gain and mean, which the
/// epilogue of a convolution in int8 applies.
/// </summary>
/// <remarks>
/// Samples are scaled by the largest power of two that keeps them within 16 bits, so that 16-bit recordings, whatever
/// their level, are carried without any rounding and nothing is ever clipped. With x the normalised sample and q the
/// 16-bit one, x = (q − mean) · step.
/// </remarks>
public readonly unsafe struct AudioSamples
{
    private const int LargestExponent = 40;

    /// <summary>Samples behind the last one that kernels may read; they meet zero weights.</summary>
    private const int Padding = 32;

    private AudioSamples(short* samples, int mean, float remainder, float step)
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
    public static long Bytes(long samples) => (samples + Padding) * sizeof(short);

    /// <summary>Rounds to 16 bits, and measures what normalises to zero mean and unit variance over the utterance.</summary>
    /// <param name="pcm">The samples; any gain.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="memory">Receives them: <see cref="Bytes"/>.</param>
    /// <exception cref="ArgumentException">A sample is NaN or infinite.</exception>
    public static AudioSamples Of(ReadOnlySpan<float> pcm, float epsilon, short* memory)
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
        Fill(pcm, gain, memory);
        double wholeMean = Math.Round(mean * gain);
        double inverseDeviation = 1 / Math.Sqrt(squares / pcm.Length + epsilon);
        return new AudioSamples(memory, (int)wholeMean, (float)(mean * gain - wholeMean), (float)(inverseDeviation / gain));
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
        for (int i = 0; i < pcm.Length; i++)
        {
            samples[i] = (short)Math.Round(pcm[i] * gain);
        }

        new Span<short>(samples + pcm.Length, Padding).Clear();
    }
}

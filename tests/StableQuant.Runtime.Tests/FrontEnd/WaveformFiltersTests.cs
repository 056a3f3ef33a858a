using System.Runtime.InteropServices;
using StableQuant.FrontEnd;
using StableQuant.Kernels.Layers;
using StableQuant.Layout;

namespace StableQuant.Runtime.Tests.Kernels;

/// <summary>The first convolution's filters, against a convolution and a norm over time written down in double.</summary>
public unsafe class WaveformFiltersTests
{
    private const int Taps = 10;
    private const int Stride = 5;
    private const int Channels = 48;
    private const float Epsilon = 1e-5f;

    private readonly Random random = new(11);
    private readonly sbyte[,] weights = new sbyte[Channels, Taps];
    private readonly float[] multipliers = new float[Channels];
    private readonly float[] gains = new float[Channels];
    private readonly float[] biases = new float[Channels];

    public WaveformFiltersTests()
    {
        for (int c = 0; c < Channels; c++)
        {
            for (int k = 0; k < Taps; k++)
            {
                // Some channels only differentiate: almost nothing is left of slow audio, whose moments are huge.
                weights[c, k] = c % 3 == 0 ? (sbyte)((k & 1) == 0 ? 100 : -100) : (sbyte)random.Next(-127, 128);
            }

            multipliers[c] = 1e-3f * (float)(1 + random.NextDouble());
            gains[c] = (float)(random.NextDouble() * 2 - 1);
            biases[c] = (float)(random.NextDouble() * 2 - 1);
        }
    }

    [Theory]
    [InlineData(0.1, 0)]
    [InlineData(0.001, 0)]
    [InlineData(0.001, 0.9)]
    [InlineData(1, 0)]
    public void A_norm_over_time_is_applied_without_a_pass_over_the_results(double level, double offset)
    {
        float[] pcm = Audio(4000, level, offset);
        double[][] results = Convolve(pcm);
        for (int c = 0; c < Channels; c++)
        {
            double mean = results[c].Average();
            double deviation = Math.Sqrt(results[c].Average(y => (y - mean) * (y - mean)) + Epsilon);
            results[c] = [.. results[c].Select(y => (y - mean) / deviation * gains[c] + biases[c])];
        }

        ShouldBe(Run(pcm, normalised: true, parts: 1), results);
    }

    [Theory]
    [InlineData(0.1, 0)]
    [InlineData(0.001, 0.9)]
    public void Without_a_norm_gain_and_mean_of_the_audio_are_undone(double level, double offset)
    {
        float[] pcm = Audio(4000, level, offset);
        double[][] results = Convolve(pcm);
        ShouldBe(Run(pcm, normalised: false, parts: 1), [.. results.Select((row, c) => row.Select(y => y + biases[c]).ToArray())]);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(16)]
    public void Threads_change_no_bit(int parts)
    {
        float[] pcm = Audio(1234, 0.3, 0.01);
        Run(pcm, normalised: true, parts).ShouldBe(Run(pcm, normalised: true, parts: 1));
    }

    [Fact]
    public void One_frame_has_no_variance()
    {
        float[][] results = Run(Audio(Taps, 0.3, 0), normalised: true, parts: 1);
        results.ShouldAllBe(row => row.Length == 1);
        results.Select(row => row[0]).ShouldBe(biases);
    }

    private float[] Audio(int samples, double level, double offset) => [.. Enumerable.Range(0, samples)
        .Select(i => (float)(Math.Round(32768 * (offset + level * (0.8 * Math.Sin(i * 0.01) + 0.1 * (random.NextDouble() - 0.5)))) / 32768))];

    // Results are of the order of 1; float32 rounds sums of millions, the factor and the bias once each.
    private static void ShouldBe(float[][] actual, double[][] expected)
    {
        for (int c = 0; c < Channels; c++)
        {
            for (int frame = 0; frame < expected[c].Length; frame++)
            {
                ((double)actual[c][frame]).ShouldBe(expected[c][frame], tolerance: 2e-6 * (1 + Math.Abs(expected[c][frame])));
            }
        }
    }

    private double[][] Convolve(float[] pcm)
    {
        double mean = pcm.Average(x => (double)x);
        double deviation = Math.Sqrt(pcm.Average(x => (x - mean) * (x - mean)) + 1e-7f);
        double[] x = [.. pcm.Select(sample => (sample - mean) / deviation)];
        int frames = (x.Length - Taps) / Stride + 1;
        return [.. Enumerable.Range(0, Channels).Select(c => Enumerable.Range(0, frames)
            .Select(frame => multipliers[c] * Enumerable.Range(0, Taps).Sum(k => weights[c, k] * x[Stride * frame + k])).ToArray())];
    }

    /// <summary>What a kernel makes of the filters.</summary>
    private float[][] Run(float[] pcm, bool normalised, int parts)
    {
        int frames = (pcm.Length - Taps) / Stride + 1;
        byte[] samples = new byte[Waveform.Bytes(pcm.Length)];
        byte* memory = (byte*)NativeMemory.AlignedAlloc((nuint)(sizeof(int) * ((Channels + 15) / 16 * 16) * ((Taps + 1) / 2 + 3)), 64);
        byte* moments = (byte*)NativeMemory.AlignedAlloc((nuint)(parts * FrontEndLayout.MomentBytes(Taps)), 64);
        fixed (byte* sample = samples, packed = Packed())
        fixed (int* sums = Enumerable.Range(0, Channels).Select(c => Enumerable.Range(0, Taps).Sum(k => weights[c, k])).ToArray())
        fixed (float* multiplier = multipliers, gain = gains, bias = biases)
        {
            var audio = Waveform.Of(pcm, 1e-7f, (short*)sample);
            var filters = new WaveformFilters(memory, moments, Taps, Stride, Channels);
            var layer = new LayerArguments { Weights = packed, Sums = sums, Multipliers = multiplier, Gain = gain, Bias = bias, Epsilon = Epsilon };
            for (int part = 0; part < parts && normalised; part++)
            {
                filters.Measure(audio, part, frames * part / parts, frames * (part + 1) / parts);
            }

            for (int first = 0; first < Channels; first += 16)
            {
                if (normalised)
                {
                    filters.MakeNormalised(audio, parts, frames, layer, first, first + 16);
                }
                else
                {
                    filters.Make(audio, layer, first, first + 16);
                }
            }

            var results = new float[Channels][];
            for (int c = 0; c < Channels; c++)
            {
                results[c] = new float[frames];
                for (int frame = 0; frame < frames; frame++)
                {
                    int sum = filters.Offsets[c];
                    for (int k = 0; k < Taps; k++)
                    {
                        int pair = filters.Weights[c / 16 * 16 * (Taps / 2) + k / 2 * 16 + c % 16];
                        sum += audio.Samples[frame * Stride + k] * (short)(k % 2 == 0 ? pair : pair >> 16);
                    }

                    results[c][frame] = MathF.FusedMultiplyAdd(sum, filters.Factors[c], filters.Biases[c]);
                }
            }

            NativeMemory.AlignedFree(memory);
            NativeMemory.AlignedFree(moments);
            return results;
        }
    }

    private byte[] Packed()
    {
        var packed = new byte[Channels / 16 * 3 * 64];
        for (int c = 0; c < Channels; c++)
        {
            for (int k = 0; k < Taps; k++)
            {
                packed[(c / 16 * 3 + k / 4) * 64 + c % 16 * 4 + k % 4] = (byte)weights[c, k];
            }
        }

        return packed;
    }
}

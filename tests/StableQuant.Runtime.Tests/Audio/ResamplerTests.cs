using StableQuant.Decoding;

namespace StableQuant.Audio.Tests;

public class ResamplerTests
{
    /// <summary>Half the filter, in samples of the lower rate: nearer than this to an end the sound fades in and out.</summary>
    private const int Edge = 82;

    /// <summary>Reduced factors small enough for a table, and large ones whose taps are interpolated.</summary>
    public static TheoryData<int, int> Pairs => new()
    {
        { 8000, 16000 }, { 16000, 8000 }, { 44100, 16000 }, { 48000, 16000 }, { 11025, 16000 }, { 22050, 16000 },
        { 96000, 16000 }, { 16000, 44100 }, { 44101, 16000 }, { 15999, 16000 }, { 16000, 15999 }, { 767999, 16000 },
    };

    private static float[] Sine(double frequency, int rate, int count, double phase = 0.3)
    {
        var samples = new float[count];
        for (int i = 0; i < count; i++)
        {
            samples[i] = (float)Math.Sin((2 * Math.PI * frequency * i / rate) + phase);
        }

        return samples;
    }

    private static double Decibels(double ratio) => 20 * Math.Log10(ratio);

    /// <summary>Root of the mean square away from the ends, as amplitude of a sine.</summary>
    private static double Amplitude(ReadOnlySpan<float> samples, int edge)
    {
        double sum = 0;
        ReadOnlySpan<float> inside = samples[edge..^edge];
        foreach (float sample in inside)
        {
            sum += (double)sample * sample;
        }

        return Math.Sqrt(2 * sum / inside.Length);
    }

    private static int OutputEdge(int from, int to) => (int)Math.Ceiling(Edge * (double)to / Math.Min(from, to)) + 1;

    [Theory]
    [MemberData(nameof(Pairs))]
    public void A_sine_in_the_pass_band_is_the_same_sine_at_the_new_rate(int from, int to)
    {
        int edge = OutputEdge(from, to);
        foreach (double share in new[] { 0.003, 0.1, 0.37, 0.6, 0.8, 0.9 })
        {
            double frequency = share * Math.Min(from, to) / 2;
            float[] output = Resampler.Resample(Sine(frequency, from, from / 8), from, to);
            float[] expected = Sine(frequency, to, output.Length);
            double worst = 0;
            for (int i = edge; i < output.Length - edge; i++)
            {
                worst = Math.Max(worst, Math.Abs(output[i] - expected[i]));
            }

            // Amplitude, frequency and phase at once: 1e-4 is -80 dB, 0.001 dB of amplitude.
            worst.ShouldBeLessThan(1e-4, $"{frequency} Hz");
        }
    }

    [Theory]
    [InlineData(16000, 8000)]
    [InlineData(44100, 16000)]
    [InlineData(48000, 16000)]
    [InlineData(44101, 16000)]
    public void What_would_alias_is_95_dB_down(int from, int to)
    {
        for (double frequency = to / 2.0; frequency < from / 2.0; frequency += to / 37.0)
        {
            float[] output = Resampler.Resample(Sine(frequency, from, from / 4), from, to);
            Decibels(Amplitude(output, OutputEdge(from, to))).ShouldBeLessThan(-95, $"{frequency} Hz");
        }
    }

    [Theory]
    [InlineData(8000, 16000)]
    [InlineData(11025, 16000)]
    public void Images_are_95_dB_down(int from, int to)
    {
        // What is left when the sine itself is subtracted are images and ripple.
        for (double frequency = 100; frequency < 0.92 * from / 2; frequency += from / 31.0)
        {
            float[] output = Resampler.Resample(Sine(frequency, from, from / 4), from, to);
            float[] wanted = Sine(frequency, to, output.Length);
            float[] rest = [.. output.Zip(wanted, (a, b) => a - b)];
            Decibels(Amplitude(rest, OutputEdge(from, to))).ShouldBeLessThan(-95, $"{frequency} Hz");
        }
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Silence_stays_silent_and_a_constant_stays_itself(int from, int to)
    {
        Resampler.Resample(new float[1000], from, to).ShouldAllBe(s => s == 0);
        float[] ones = Resampler.Resample([.. Enumerable.Repeat(1f, from / 4)], from, to);
        int edge = OutputEdge(from, to);
        foreach (float sample in ones.AsSpan(edge..^edge))
        {
            sample.ShouldBe(1f, 1e-6f);
        }
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void The_length_is_rounded_up(int from, int to)
    {
        foreach (int count in new[] { 0, 1, 2, 3, 17, 1000, 4097 })
        {
            long expected = (((long)count * to) + from - 1) / from;
            Resampler.Resample(new float[count], from, to).Length.ShouldBe((int)expected);
        }
    }

    [Theory]
    [InlineData(8000, 16000, 500)]
    [InlineData(48000, 16000, 3000)]
    [InlineData(44100, 16000, 4410)]
    [InlineData(11025, 16000, 1323)]
    public void An_impulse_keeps_its_place_and_symmetry(int from, int to, int at)
    {
        var impulse = new float[2 * at];
        impulse[at] = 1;
        float[] output = Resampler.Resample(impulse, from, to);
        int centre = (int)((long)at * to / from);
        Array.IndexOf(output, output.Max()).ShouldBe(centre);
        for (int i = 1; i < 100; i++)
        {
            output[centre - i].ShouldBe(output[centre + i], 1e-6f);
        }
    }

    [Fact]
    public void Up_and_down_again_gives_the_recording_back()
    {
        const int Rate = 8000;
        float[] original = [.. Sine(440, Rate, Rate).Zip(Sine(3000, Rate, Rate, 1), (a, b) => 0.5f * (a + b))];
        float[] back = Resampler.Resample(Resampler.Resample(original, Rate, 16000), 16000, Rate);
        back.Length.ShouldBe(original.Length);
        for (int i = 2 * Edge; i < back.Length - (2 * Edge); i++)
        {
            back[i].ShouldBe(original[i], 1e-4f);
        }
    }

    [Fact]
    public void The_same_rate_is_a_copy()
    {
        float[] samples = [1, 2, 3];
        float[] copy = Resampler.Resample(samples, 16000, 16000);
        copy.ShouldBe(samples);
        copy.ShouldNotBeSameAs(samples);
    }

    [Fact]
    public void Interpolated_taps_agree_with_the_table()
    {
        // 44100 → 16000 has 160 phases; the same ratio to within 1e-9 with large factors must give the same sound.
        float[] samples = Sine(1000, 44100, 4410);
        float[] table = Resampler.Resample(samples, 44100, 16000);
        float[] interpolated = Resampler.Resample(samples, 441000001, 160000000);
        for (int i = 0; i < table.Length; i++)
        {
            interpolated[i].ShouldBe(table[i], 2e-6f);
        }
    }

    [Fact]
    public void The_bits_are_the_same_everywhere()
    {
        // Reference made on x64; a change of these bits changes transcripts and has to be meant.
        var random = new Random(7);
        float[] noise = [.. Enumerable.Range(0, 3000).Select(_ => random.NextSingle() - 0.5f)];
        string Hash(int from, int to)
        {
            float[] output = Resampler.Resample(noise, from, to);
            return StableQuant.Weights.Sha256.HashHex(System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(output))[..16];
        }

        Hash(44100, 16000).ShouldBe("2f7f0f0a50535876");
        Hash(44101, 16000).ShouldBe("ee57de96430332ce");
    }

    [Fact]
    public void Impossible_rates_are_refused()
    {
        Should.Throw<ArgumentOutOfRangeException>(() => Resampler.Resample([1], 0, 16000));
        Should.Throw<ArgumentOutOfRangeException>(() => Resampler.Resample([1], 16000, -1));
        Should.Throw<ArgumentOutOfRangeException>(() => Resampler.Resample([1], 16001, 16));
        Should.Throw<ArgumentOutOfRangeException>(() => Resampler.Resample([1], 16, 16001));
        Resampler.Resample([1], 1, 1000).Length.ShouldBe(1000);
        Resampler.Resample(new float[1000], int.MaxValue, int.MaxValue / 1000 * 1000).Length.ShouldBe(1000);
    }
}

using System.Runtime.InteropServices;
using StableQuant.FrontEnd;

namespace StableQuant.Runtime.Tests.Kernels;

/// <summary>How an utterance enters the first convolution.</summary>
public unsafe class WaveformTests
{
    private const float Epsilon = 1e-7f;

    [Theory]
    [InlineData(0)]
    [InlineData(-9)]
    [InlineData(3)]
    public void Samples_taken_as_they_are_keep_mean_and_level(int exponent)
    {
        var random = new Random(exponent);
        float[] pcm = [.. Enumerable.Range(0, 1003).Select(_ => (float)Math.ScaleB(random.Next(-9000, 32767), exponent - 15))];
        short* memory = (short*)NativeMemory.AlignedAlloc((nuint)Waveform.Bytes(pcm.Length), 64);
        try
        {
            var audio = Waveform.AsIs(pcm, memory);
            (audio.Mean, audio.Remainder).ShouldBe((0, 0f));
            var read = new float[pcm.Length];
            fixed (float* target = read)
            {
                audio.Normalised(target, read.Length);
            }

            read.ShouldBe(pcm);
        }
        finally
        {
            NativeMemory.AlignedFree(memory);
        }
    }

    // 2⁻²⁵ is the least gain: there one step of 16 bits is still one step, and the audio is far below any microphone's noise.
    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(-7)]
    [InlineData(-25)]
    [InlineData(1)]
    [InlineData(12)]
    [InlineData(100)]
    public void Sixteen_bit_samples_at_any_gain_by_a_power_of_two_are_carried_exactly(int exponent)
    {
        var random = new Random(exponent);
        foreach (int loudest in (int[])[1, 2, 100, 20000, 32767, -32768])
        {
            int[] samples = [.. Enumerable.Range(0, 999).Select(_ => random.Next(-Math.Abs(loudest), Math.Abs(loudest))), loudest, 0];
            float[] pcm = [.. samples.Select(s => (float)Math.ScaleB(s, exponent - 15))];
            (int[] carried, Waveform audio) = Carry(pcm);

            // All are the samples times one power of two, and the loudest uses at least half of the range.
            int factor = carried[999] / loudest;
            int.IsPow2(factor).ShouldBeTrue();
            carried.ShouldBe([.. samples.Select(s => s * factor)]);
            (exponent < -10 || carried.Max(Math.Abs) >= 16384).ShouldBeTrue();

            double mean = pcm.Average(x => (double)x);
            double deviation = Math.Sqrt(pcm.Average(x => (x - mean) * (x - mean)) + Epsilon);
            for (int i = 0; i < pcm.Length; i++)
            {
                double normalised = (carried[i] - audio.Mean - (double)audio.Remainder) * audio.Step;
                normalised.ShouldBe((pcm[i] - mean) / deviation, tolerance: 1e-5);
            }
        }
    }

    [Fact]
    public void Normalised_samples_have_mean_and_gain_undone()
    {
        var random = new Random(3);
        float[] pcm = [.. Enumerable.Range(0, 333).Select(_ => random.Next(-20000, 9000) / 32768f)];
        double mean = pcm.Average(x => (double)x);
        double deviation = Math.Sqrt(pcm.Average(x => (x - mean) * (x - mean)) + Epsilon);
        byte[] memory = new byte[Waveform.Bytes(pcm.Length)];
        float[] normalised = [.. Enumerable.Repeat(float.NaN, pcm.Length + 1)];
        fixed (byte* samples = memory)
        fixed (float* target = normalised)
        {
            Waveform.Of(pcm, Epsilon, (short*)samples).Normalised(target, pcm.Length);
        }

        for (int i = 0; i < pcm.Length; i++)
        {
            ((double)normalised[i]).ShouldBe((pcm[i] - mean) / deviation, tolerance: 5e-7);
        }

        normalised[^1].ShouldBe(float.NaN);
    }

    [Fact]
    public void No_sample_is_ever_clipped()
    {
        var random = new Random(9);
        for (int round = 0; round < 300; round++)
        {
            double gain = Math.Exp(random.NextDouble() * 150 - 70);
            float[] pcm = [.. Enumerable.Range(0, 50).Select(_ => (float)(gain * (random.NextDouble() * 2 - 1)))];
            (int[] carried, Waveform audio) = Carry(pcm);
            double step = Math.Abs((double)pcm.MaxBy(Math.Abs)) / carried.Max(Math.Abs);
            int exponent = (int)Math.Round(Math.Log2(step));
            for (int i = 0; i < pcm.Length; i++)
            {
                ((double)carried[i]).ShouldBe(pcm[i] / Math.ScaleB(1, exponent), tolerance: 0.500001);
            }

            carried.Max(Math.Abs).ShouldBeLessThanOrEqualTo(32768);
            float.IsFinite(audio.Step).ShouldBeTrue();
        }
    }

    [Theory]
    [InlineData(32767.4f)]
    [InlineData(32767.5f)]
    [InlineData(32767.6f)]
    [InlineData(-32768.5f)]
    [InlineData(-32768.6f)]
    public void A_sample_at_the_very_edge_is_rounded_into_the_range(float edge)
    {
        (int[] carried, _) = Carry([edge / 32768, 0.25f]);
        ((double)carried[0] / carried[1]).ShouldBe(edge / 8192, tolerance: 1e-4);
    }

    [Fact]
    public void Silence_and_a_constant_become_zeros()
    {
        (int[] silence, Waveform quiet) = Carry(new float[10]);
        silence.ShouldAllBe(s => s == 0);
        quiet.Mean.ShouldBe(0);
        float.IsFinite(quiet.Step).ShouldBeTrue();
        (int[] constant, Waveform audio) = Carry([.. Enumerable.Repeat(0.3f, 10)]);
        constant.ShouldAllBe(s => s == audio.Mean);
        audio.Remainder.ShouldBeInRange(-0.5f, 0.5f);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void A_sample_that_is_not_finite_is_refused_by_its_index(float bad)
    {
        float[] pcm = new float[100];
        pcm[37] = bad;
        pcm[40] = float.NaN;
        Should.Throw<ArgumentException>(() => Carry(pcm)).Message.ShouldContain("Sample 37 ");
    }

    private static (int[] Carried, Waveform Audio) Carry(float[] pcm)
    {
        byte* memory = (byte*)NativeMemory.Alloc((nuint)Waveform.Bytes(pcm.Length));
        try
        {
            new Span<byte>(memory, (int)Waveform.Bytes(pcm.Length)).Fill(0xAA);
            Waveform audio = Waveform.Of(pcm, Epsilon, (short*)memory);
            new Span<short>(audio.Samples + pcm.Length, 32).ToArray().ShouldAllBe(s => s == 0);
            return ([.. Enumerable.Range(0, pcm.Length).Select(i => audio.Samples[i])], audio);
        }
        finally
        {
            NativeMemory.Free(memory);
        }
    }
}

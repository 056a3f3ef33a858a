using FsCheck.Fluent;
using StableQuant.Kernels;
using StableQuant.Kernels.Layers;

namespace StableQuant.Runtime.Tests.Kernels;

/// <summary>What is added before rounding: the sequence of docs/numbers.md, written down once more, and what it is for.</summary>
public unsafe class DitherTests
{
    [Fact]
    public void Each_element_has_the_number_that_the_documentation_says()
    {
        foreach (int row in (int[])[0, 1, 2, 3, 63, 1023, 1024, 3_200, 11_520_000, int.MaxValue])
        {
            foreach (int channel in (int[])[0, 1, 15, 16, 511, 512, 1007, 1008, 1023, 1024, 4095])
            {
                float* found = Dither.At(Dither.Values, row, channel);
                for (int lane = 0; lane < 16; lane++)
                {
                    ((double)found[lane]).ShouldBe(Number(row, channel + lane));
                }
            }
        }

        // Two of them by hand: the first, and of the second row the channel 16: 2654435769 / 2^22 is 632, and 648 = 1010001000b backwards 0001000101b = 69.
        Dither.Values[0].ShouldBe(1 / 2048f - 0.5f);
        Dither.At(Dither.Values, 1, 16)[0].ShouldBe(139 / 2048f - 0.5f);
    }

    [Fact]
    public void All_are_within_half_a_step_differ_and_are_nothing_on_average()
    {
        float[] values = new Span<float>(Dither.Values, 1024).ToArray();
        values.Order().ToArray().ShouldBe([.. Enumerable.Range(0, 1024).Select(i => (2 * i + 1 - 1024) / 2048f)]);
        values.Sum().ShouldBe(0);
    }

    [Theory]
    [OnInstructionSet(InstructionSet.Scalar)]
    [OnInstructionSet(InstructionSet.Avx2)]
    [OnInstructionSet(InstructionSet.Avx512)]
    [OnInstructionSet(InstructionSet.AvxVnni)]
    [OnInstructionSet(InstructionSet.ArmDp)]
    [OnInstructionSet(InstructionSet.Vector128)]
    public void Any_value_agrees_with_the_formula(InstructionSet path) =>
        Lanes.Check(
            from x in Lanes.Sixteen(Lanes.AnyFloat)
            from zero in Gen.Choose(0, 255)
            from scale in Gen.Choose(1, 100_000)
            from row in Gen.Choose(0, 20_000_000)
            from channel in Gen.Choose(0, 5000)
            select (x, zero, Inverse: 1f / (scale / 777f), row, channel),
            values =>
            {
                int[] expected = [.. values.x.Select((v, lane) => Quantized(v, values.Inverse, values.zero, Number(values.row, values.channel + lane)))];
                InstructionSetProbe.Of(path).Quantize(values.x, values.Inverse, values.zero, 0, 255, values.row, values.channel).ShouldBe(expected);
            },
            tests: 500);

    /// <summary>What dither is for. A channel that rests at a part of a step is rounded up in as many frames as that part is, whichever channel it is.</summary>
    [Theory]
    [InlineData(0.3f)]
    [InlineData(-0.05f)]
    [InlineData(0.004f)]
    [InlineData(0.5f)]
    [InlineData(-7.61f)]
    public void A_constant_is_itself_on_average(float steps)
    {
        const int Rows = 4096, Channels = 48;
        double[] sums = new double[Channels];
        for (int row = 0; row < Rows; row++)
        {
            for (int channel = 0; channel < Channels; channel += 16)
            {
                int[] rounded = InstructionSetProbe.Scalar.Quantize([.. Enumerable.Repeat(steps, 16)], 1, 128, 0, 255, row, channel);
                for (int lane = 0; lane < 16; lane++)
                {
                    sums[channel + lane] += rounded[lane] - 128;
                }
            }
        }

        foreach (double sum in sums)
        {
            (sum / Rows).ShouldBe(steps, 0.003);
        }

        // Of a frame alone, all channels together; without dither it is another number.
        double frame = Enumerable.Range(0, 64).Sum(i => InstructionSetProbe.Scalar.Quantize([.. Enumerable.Repeat(steps, 16)], 1, 128, 0, 255, 77, 16 * i).Sum(q => q - 128)) / 1024.0;
        frame.ShouldBe(steps, 0.001);
        InstructionSetProbe.Scalar.Quantize([.. Enumerable.Repeat(steps, 16)], 1, 128, 0, 255).ShouldAllBe(q => q == 128 + (int)MathF.Round(steps));
    }

    // Float64 holds a product of two float32 exactly; what is added then is a multiple of 2^-11.
    private static int Quantized(float x, float inverse, int zero, double dither) =>
        double.IsNaN(x) ? 0 : (int)Math.Clamp(Math.Round((double)(float)((double)x * inverse + dither), MidpointRounding.ToEven) + zero, 0, 255);

    private static double Number(long row, int channel)
    {
        long place = (row * 2654435769 % (1L << 32) / (1L << 22) + channel) % 1024;
        string bits = Convert.ToString(place, 2).PadLeft(10, '0');
        return (2 * Convert.ToInt32(new string([.. bits.Reverse()]), 2) + 1) / 2048.0 - 0.5;
    }
}

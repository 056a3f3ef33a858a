using StableQuant.Calibration.Calibrate;
using StableQuant.Graph;

namespace StableQuant.Calibration.Tests.Calibrate;

public sealed class Int16SumsTests
{
    // 255 · 128 = 32640 fits, 255 · 129 = 32895 does not, in either sign.
    [Theory]
    [InlineData(true, 127, 1)]
    [InlineData(false, 127, 2)]
    [InlineData(true, -128, 0)]
    [InlineData(true, -64, -64)]
    [InlineData(false, -64, -65)]
    [InlineData(false, -128, -1)]
    [InlineData(true, 127, -128)]
    [InlineData(true, 32, 32, 32, 32)]
    [InlineData(false, 32, 32, 33, 32)]
    [InlineData(true, 127, 1, -127, -1)]
    [InlineData(false, 127, 1, -127, -2)]
    [InlineData(false, 127, 0, 2, -127)]
    [InlineData(true, 0, 0, 0, 0)]
    public void Sums_fit_up_to_128_in_each_sign(bool fit, params int[] weights) =>
        Int16Sums.Fit([.. weights.Select(w => (sbyte)w)]).ShouldBe(fit);

    [Fact]
    public void They_fit_when_no_inputs_take_them_beyond()
    {
        var random = new Random(1);
        int fitting = 0;
        for (int trial = 0; trial < 5000; trial++)
        {
            int largest = random.Next(20, 129);
            sbyte[] weights = [.. Enumerable.Range(0, 4).Select(_ => (sbyte)Math.Clamp(random.Next(-largest, largest + 1), -128, 127))];

            // The extremes of a linear function lie in the corners.
            bool beyond = Enumerable.Range(0, 16).Any(corner => Enumerable.Range(0, 4).Sum(i => (corner >> i & 1) * 255 * weights[i]) is < short.MinValue or > short.MaxValue);
            Int16Sums.Fit(weights).ShouldBe(!beyond, string.Join(' ', weights));
            fitting += beyond ? 0 : 1;
        }

        fitting.ShouldBeInRange(1000, 4000);
    }

    [Fact]
    public void A_step_is_wide_where_four_products_of_a_lane_do_not_fit()
    {
        // Two panels of 65 steps and a lone group: a list has 2 words a panel.
        const int Groups = 131;
        var packed = new sbyte[2 * Groups * 64];
        void Set(int panel, int group, int output, int input, sbyte weight) => packed[((panel * Groups + group) * 16 + output) * 4 + input] = weight;
        Int16Sums.WideSteps(packed, Groups * 4).ShouldBe(new byte[32]);

        // Inputs 0, 1, 4 and 5 of step 3; two of them share a lane with 2 and 3 in no sequence.
        Set(0, 6, 15, 0, 100);
        Set(0, 7, 15, 1, 29);
        Set(0, 10, 0, 0, 100);
        Set(0, 11, 0, 2, 100);

        // Another output's weights are another sum, and so is the next step's; the last group is alone.
        Set(0, 12, 1, 0, 100);
        Set(0, 13, 2, 0, 100);
        Set(0, 15, 3, 2, -100);
        Set(0, 16, 3, 2, -100);
        Set(0, 129, 4, 0, 127);
        Set(0, 130, 4, 0, 127);

        // The last step of the second panel.
        Set(1, 128, 0, 3, -127);
        Set(1, 129, 0, 2, -2);
        Int16Sums.WideSteps(packed, Groups * 4).ShouldBe([0b1000, .. new byte[23], 1, .. new byte[7]]);
    }

    [Fact]
    public void There_is_no_list_where_two_products_do_not_fit()
    {
        sbyte[] packed = new sbyte[3 * 64];
        packed[2 * 64 + 6] = 64;
        packed[2 * 64 + 7] = 64;
        Int16Sums.WideSteps(packed, 12).ShouldBe(new byte[8]);
        packed[2 * 64 + 7] = 65;
        Int16Sums.WideSteps(packed, 12).ShouldBeNull();
    }

    [Fact]
    public void Weights_of_7_bits_always_have_a_list()
    {
        sbyte[] packed = [.. Enumerable.Range(0, 4 * 64).Select(i => (sbyte)(i % 2 == 0 ? 63 : -63))];
        Int16Sums.WideSteps(packed, 16).ShouldBe(new byte[8]);
        packed.AsSpan().Fill(-63);
        Int16Sums.WideSteps(packed, 16).ShouldBe([0b11, .. new byte[7]]);
    }

    [Fact]
    public void The_list_lies_in_the_weights_file_behind_the_product_s_vectors()
    {
        // Two channel groups of 17 outputs × 8 inputs, a word for each of two panels; the second group's first output is wide.
        sbyte[] values = [.. Enumerable.Range(0, 34 * 8).Select(i => (sbyte)(i / 8 == 17 ? 60 : 1))];
        var packer = new WeightsPacker();
        PackedInt8 packed = packer.Add(new QuantizedMatrix(values, [.. Enumerable.Repeat(1f, 34)]), null, 2, 1);
        byte[] file = packer.ToArray();
        packed.WideSteps.ShouldBe(packed.Bias + 4 * 64);
        file.Length.ShouldBe((int)packed.Bias + 5 * 64);
        file[(int)packed.WideSteps!..].ShouldBe([.. new byte[16], 1, .. new byte[47]]);

        // 2 · 127 do not fit.
        packer.Add(new QuantizedMatrix([127, 127], [1f]), null, 1, 1).WideSteps.ShouldBeNull();
    }
}

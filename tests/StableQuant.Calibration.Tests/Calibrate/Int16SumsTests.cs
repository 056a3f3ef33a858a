using StableQuant.Calibration.Calibrate;
using StableQuant.Graph;

namespace StableQuant.Calibration.Tests.Calibrate;

public sealed class Int16SumsTests
{
    // 255 · 128 = 32640 fits, 255 · 129 = 32895 does not, in either sign; -128 · 256 is the lowest int16.
    [Theory]
    [InlineData(255, 127, 1)]
    [InlineData(254, 127, 2)]
    [InlineData(255, -128, 0)]
    [InlineData(255, -64, -64)]
    [InlineData(254, -64, -65)]
    [InlineData(255, 127, -128)]
    [InlineData(255, 32, 32, 32, 32)]
    [InlineData(254, 127, 1, -127, -2)]
    [InlineData(171, 100, 5, -128, -63)]
    [InlineData(64, 127, 127, 127, 127)]
    [InlineData(64, -128, -128, -128, -128)]
    [InlineData(32, 127, 127, 127, 127, 127, 127, 127, 127)]
    [InlineData(32, -128, -128, -128, -128, -128, -128, -128, -128)]
    [InlineData(255, 0, 0, 0, 0)]
    public void The_limit_is_what_the_larger_sign_leaves(int limit, params int[] weights) =>
        Int16Sums.Limit([.. weights.Select(w => (sbyte)w)]).ShouldBe((byte)limit);

    [Fact]
    public void Up_to_the_limit_no_inputs_take_a_sum_beyond_and_above_it_some_do()
    {
        var random = new Random(1);
        int below = 0;
        for (int trial = 0; trial < 5000; trial++)
        {
            int largest = random.Next(5, 129);
            sbyte[] weights = [.. Enumerable.Range(0, random.Next(1, 9)).Select(_ => (sbyte)Math.Clamp(random.Next(-largest, largest + 1), -128, 127))];

            // The extremes of a linear function lie in the corners.
            bool Fit(int input) => Enumerable.Range(0, 1 << weights.Length).All(corner =>
                weights.Select((weight, i) => (corner >> i & 1) * input * weight).Sum() is >= short.MinValue and <= short.MaxValue);
            int limit = Int16Sums.Limit(weights);
            Fit(limit).ShouldBeTrue(string.Join(' ', weights));
            (limit == 255 || !Fit(limit + 1)).ShouldBeTrue(string.Join(' ', weights));
            below += limit < 255 ? 1 : 0;
        }

        below.ShouldBeInRange(1000, 4000);
    }

    [Fact]
    public void Each_panel_has_a_list_for_sums_of_eight_and_one_for_sums_of_four()
    {
        // Two panels of 65 steps and three groups that make none.
        const int Groups = 263, Steps = 65;
        var packed = new sbyte[2 * Groups * 64];
        void Set(int panel, int group, int output, int input, sbyte weight) => packed[((panel * Groups + group) * 16 + output) * 4 + input] = weight;
        byte[] expected = [.. Enumerable.Repeat((byte)255, 4 * Steps), .. new byte[64]];
        Int16Sums.Limits(packed, Groups * 4).ShouldBe(expected);

        // Step 3: the inputs 0 and 1 of its first two groups are a sum of four, with the third's they are a sum of eight only.
        Set(0, 12, 15, 0, 100);
        Set(0, 13, 15, 1, 100);
        Set(0, 14, 15, 0, 50);
        expected[3] = 32767 / 250;
        expected[Steps + 3] = 32767 / 200;

        // The inputs 2 and 3 are another sum; another output's are, too; and so are the next step's.
        Set(0, 15, 15, 2, 100);
        Set(0, 14, 14, 1, 100);
        Set(0, 19, 15, 0, 100);
        Set(0, 20, 15, 0, 100);

        // The last step of the second panel; behind it is none.
        Set(1, 258, 0, 3, -127);
        Set(1, 259, 0, 2, -3);
        Set(1, 260, 0, 2, -128);
        Set(1, 261, 0, 2, -128);
        expected[2 * Steps + 64] = 32768 / 130;
        expected[3 * Steps + 64] = 32768 / 130;
        Int16Sums.Limits(packed, Groups * 4).ShouldBe(expected);
    }

    [Fact]
    public void Inputs_that_make_no_step_have_no_limits()
    {
        Int16Sums.Limits(new sbyte[3 * 64], 12).ShouldBeNull();
        Int16Sums.Limits(new sbyte[4 * 64], 13).ShouldBe([255, 255, .. new byte[64]]);
    }

    [Fact]
    public void Limits_lie_in_the_weights_file_behind_the_product_s_vectors()
    {
        // Two channel groups of 17 outputs × 16 inputs, in two panels each; the second group's first output has large weights.
        sbyte[] values = [.. Enumerable.Range(0, 34 * 16).Select(i => (sbyte)(i / 16 == 17 ? 60 : 1))];
        var packer = new WeightsPacker();
        PackedInt8 packed = packer.Add(new QuantizedMatrix(values, [.. Enumerable.Repeat(1f, 34)]), null, 2, 1);
        byte[] file = packer.ToArray();
        packed.Limits.ShouldBe(packed.Bias + 4 * 64);
        file[(int)packed.Limits!..].ShouldBe([255, 255, 255, 255, 32767 / 480, 32767 / 240, 255, 255, .. new byte[120]]);
    }
}

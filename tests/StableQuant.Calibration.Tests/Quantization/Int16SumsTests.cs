using StableQuant.Graph.Layout;

namespace StableQuant.Calibration.Tests.Quantization;

public sealed class Int16SumsTests
{
    // 255 · 128 = 32640 fits for any inputs, 255 · 129 = 32895 does not, in either sign; -128 · 256 is the lowest int16. Then
    // the limit is ⌊(32767 ∓ z · Σw)² / (512 · Σw²)⌋.
    [Theory]
    [InlineData(255, 0, 127, 1)]
    [InlineData(129, 0, 127, 2)]
    [InlineData(255, 128, -128, 0)]
    [InlineData(255, 128, -64, -64)]
    [InlineData(255, 128, 127, -128)]
    [InlineData(255, 128, 32, 32, 32, 32)]
    [InlineData(255, 255, 0, 0, 0, 0)]
    [InlineData(65, 0, 127, 127)]
    [InlineData(5, 128, -100, -100)]
    [InlineData(37, 100, 100, 5, -128, -63)]
    [InlineData(58, 3, 64, 64, 64, 64, 64, 64, 64, 64)]
    [InlineData(0, 128, -128, -128)]
    [InlineData(0, 60, 127, 127, 127, 127, 127, 127, 127, 127)]
    public void The_limit_is_what_the_zero_point_s_own_sum_leaves(int limit, int zeroPoint, params int[] weights) =>
        Int16Sums.Limit(zeroPoint, [.. weights.Select(w => (sbyte)w)]).ShouldBe((byte)limit);

    // Inputs that lie as far from the zero point as the limit allows, most of them along the weights, where the sum is largest.
    [Fact]
    public void Up_to_the_limit_no_inputs_take_a_sum_beyond()
    {
        var random = new Random(1);
        int close = 0;
        for (int trial = 0; trial < 5000; trial++)
        {
            (int zeroPoint, sbyte[] weights) = Random(random);
            int limit = Int16Sums.Limit(zeroPoint, weights);
            if (limit == 0)
            {
                continue;
            }

            double largest = PanelLayout.DeviationUnit * (double)limit;
            double sign = random.Next(2) * 2 - 1;
            double[] direction = [.. weights.Select(w => sign * w + random.Next(3) * random.NextDouble())];
            double length = Math.Sqrt(largest / direction.Sum(d => d * d));
            int[] inputs = [.. direction.Select(d => (int)Math.Clamp(zeroPoint + Math.Truncate(d * length), 0, 255))];
            int sum = inputs.Zip(weights, (x, w) => x * w).Sum();
            sum.ShouldBeInRange(short.MinValue, short.MaxValue, $"{zeroPoint}: {string.Join(' ', weights)}");
            close += Math.Abs(sum) > 0.95 * short.MaxValue ? 1 : 0;
        }

        close.ShouldBeGreaterThan(300);
    }

    [Fact]
    public void Above_the_limit_the_bound_is_passed()
    {
        var random = new Random(2);
        int below = 0;
        for (int trial = 0; trial < 5000; trial++)
        {
            (int zeroPoint, sbyte[] weights) = Random(random);
            int limit = Int16Sums.Limit(zeroPoint, weights);
            int centre = zeroPoint * weights.Sum(w => w);
            double most = Math.Sqrt(PanelLayout.DeviationUnit * (limit + 1.0) * weights.Sum(w => w * w));
            (limit >= 254 || centre + most > short.MaxValue || centre - most < short.MinValue).ShouldBeTrue($"{zeroPoint}: {string.Join(' ', weights)}");
            below += limit < 254 ? 1 : 0;
        }

        below.ShouldBeInRange(1000, 4000);
    }

    private static (int ZeroPoint, sbyte[] Weights) Random(Random random)
    {
        int largest = random.Next(5, 129);
        return (random.Next(256), [.. Enumerable.Range(0, random.Next(1, 9)).Select(_ => (sbyte)Math.Clamp(random.Next(-largest, largest + 1), -128, 127))]);
    }

    [Fact]
    public void Each_panel_has_a_list_for_sums_of_eight_and_one_for_sums_of_four()
    {
        // Two panels of 65 steps and three groups that make none.
        const int Groups = 263, Steps = 65;
        var packed = new sbyte[2 * Groups * 64];
        void Set(int panel, int group, int output, int input, sbyte weight) => packed[((panel * Groups + group) * 16 + output) * 4 + input] = weight;
        byte[] expected = [.. Enumerable.Repeat((byte)255, 4 * Steps), .. new byte[64]];
        Int16Sums.Limits(packed, Groups * 4, 128).ShouldBe(expected);

        // Step 3: the inputs 0 and 1 of its first two groups are a sum of four, with the third's they are a sum of eight only.
        Set(0, 12, 15, 0, 70);
        Set(0, 13, 15, 1, 70);
        Set(0, 14, 15, 0, 20);
        expected[3] = (32767 - 128 * 160) * (32767 - 128 * 160) / (512 * 10200);
        expected[Steps + 3] = (32767 - 128 * 140) * (32767 - 128 * 140) / (512 * 9800);

        // The inputs 2 and 3 are another sum; another output's are, too; and so are the next step's.
        Set(0, 15, 15, 2, 70);
        Set(0, 14, 14, 1, 70);
        Set(0, 19, 15, 0, 70);
        Set(0, 20, 15, 0, 70);

        // Step 40: at the zero point both sums are 0, but the first pair of products is just below the largest int16.
        Set(0, 160, 3, 2, 127);
        Set(0, 160, 3, 3, 127);
        Set(0, 161, 3, 2, -127);
        Set(0, 161, 3, 3, -127);
        expected[40] = 0;
        expected[Steps + 40] = 0;

        // The last step of the second panel; behind it is none.
        Set(1, 258, 0, 3, -127);
        Set(1, 259, 0, 2, -3);
        Set(1, 260, 0, 2, -128);
        Set(1, 261, 0, 2, -128);
        expected[2 * Steps + 64] = (32768 - 128 * 130) * (32768 - 128 * 130) / (512 * 16138);
        expected[3 * Steps + 64] = (32768 - 128 * 130) * (32768 - 128 * 130) / (512 * 16138);
        Int16Sums.Limits(packed, Groups * 4, 128).ShouldBe(expected);
    }

    [Fact]
    public void Inputs_that_make_no_step_have_no_limits()
    {
        Int16Sums.Limits(new sbyte[3 * 64], 12, 0).ShouldBeNull();
        Int16Sums.Limits(new sbyte[4 * 64], 13, 0).ShouldBe([255, 255, .. new byte[64]]);
    }
}

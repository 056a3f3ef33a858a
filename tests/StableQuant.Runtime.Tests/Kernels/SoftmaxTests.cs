using StableQuant.Kernels;
using StableQuant.Kernels.Lanes;
using StableQuant.Kernels.Layers;

namespace StableQuant.Runtime.Tests.Kernels;

/// <summary>Probabilities, in u8 on a grid of each row's own and in float32, against double.</summary>
public class SoftmaxTests
{
    private const float ValueScale = 0.0234f;

    [Theory]
    [OnInstructionSet(InstructionSet.Scalar)]
    [OnInstructionSet(InstructionSet.Avx2)]
    [OnInstructionSet(InstructionSet.Avx512)]
    [OnInstructionSet(InstructionSet.AvxVnni)]
    [OnInstructionSet(InstructionSet.ArmDp)]
    [OnInstructionSet(InstructionSet.Vector128)]
    public void Probabilities_are_double_s_in_255ths_of_the_largest_and_in_float32(InstructionSet path)
    {
        var random = new Random(7);
        foreach (int count in (int[])[1, 2, 3, 15, 16, 17, 31, 33, 64, 200, 1500])
        {
            foreach (double spread in (double[])[0.01, 1, 5, 30, 200])
            {
                float[] scores = [.. Enumerable.Range(0, count).Select(_ => (float)(spread * (random.NextDouble() * 2 - 1)))];
                (byte[] probabilities, float[] multipliers) = InstructionSetProbe.Of(path).Softmax(scores, valueScale: ValueScale);
                double largest = scores.Max();
                for (int i = 0; i < count; i++)
                {
                    // Half a step of rounding, and what float32 adds to it where a value lies next to a tie.
                    ((double)probabilities[i]).ShouldBe(255 * Math.Exp(scores[i] - largest), tolerance: 0.5 + 1e-4);
                }

                probabilities.Max().ShouldBe(byte.MaxValue);
                probabilities[count..].ShouldAllBe(p => p == 0);
                multipliers.ShouldBe([ValueScale / probabilities.Sum(p => p)]);
                (byte[] expected, float[] expectedMultipliers) = InstructionSetProbe.Scalar.Softmax(scores, valueScale: ValueScale);
                probabilities.ShouldBe(expected);
                InstructionSetProbe.Bits(multipliers).ShouldBe(InstructionSetProbe.Bits(expectedMultipliers));

                double sum = scores.Sum(s => Math.Exp(s - largest));
                float[] floats = InstructionSetProbe.Of(path).FloatSoftmax(scores)[..count];
                for (int i = 0; i < count; i++)
                {
                    // The difference of two scores is rounded, and its error is the exponential's relative one.
                    double share = Math.Exp(scores[i] - largest) / sum;
                    ((double)floats[i]).ShouldBe(share, tolerance: (1e-6 + 6e-8 * (largest - scores[i])) * share + 1e-37);
                }

                InstructionSetProbe.Bits(floats).ShouldBe(InstructionSetProbe.Bits(InstructionSetProbe.Scalar.FloatSoftmax(scores)[..count]));
            }
        }
    }

    [Theory]
    [OnInstructionSet(InstructionSet.Scalar)]
    [OnInstructionSet(InstructionSet.Avx2)]
    [OnInstructionSet(InstructionSet.Avx512)]
    [OnInstructionSet(InstructionSet.AvxVnni)]
    [OnInstructionSet(InstructionSet.ArmDp)]
    [OnInstructionSet(InstructionSet.Vector128)]
    public void Many_rows_are_what_each_is_alone(InstructionSet path)
    {
        var random = new Random(10);
        InstructionSetProbe probe = InstructionSetProbe.Of(path);
        foreach ((int rows, int count) in new[] { (2, 40), (7, 1), (8, 16), (9, 130), (24, 51) })
        {
            float[] scores = [.. Enumerable.Range(0, rows * count).Select(_ => (float)(20 * random.NextDouble() - 10))];
            (byte[] probabilities, float[] multipliers) = probe.Softmax(scores, rows);
            probabilities.ShouldBe(scores.Chunk(count).SelectMany(row => probe.Softmax(row).Probabilities));
            multipliers.ShouldBe(scores.Chunk(count).SelectMany(row => probe.Softmax(row).Multipliers));
            probe.FloatSoftmax(scores, rows).Chunk((count + 15) & ~15).SelectMany(row => row[..count])
                .ShouldBe(scores.Chunk(count).SelectMany(row => probe.FloatSoftmax(row)[..count]));
        }
    }

    // What a common grid of 1/255 lost: in a diffuse row no probability reaches half of such a step. Values of random signs are the hardest,
    // as nearly all cancels; half a step of 255 each, n independent ones, is what rounding may leave.
    [Theory]
    [OnInstructionSet(InstructionSet.Scalar, 1, 5)]
    [OnInstructionSet(InstructionSet.Scalar, 500, 0.1)]
    [OnInstructionSet(InstructionSet.Scalar, 500, 3)]
    [OnInstructionSet(InstructionSet.Scalar, 3000, 1)]
    [OnInstructionSet(InstructionSet.Avx2, 3000, 1)]
    [OnInstructionSet(InstructionSet.Avx512, 3000, 1)]
    [OnInstructionSet(InstructionSet.AvxVnni, 3000, 1)]
    [OnInstructionSet(InstructionSet.ArmDp, 3000, 1)]
    [OnInstructionSet(InstructionSet.Vector128, 3000, 1)]
    public void Weighted_values_are_double_s_however_diffuse_the_row(InstructionSet path, int count, double spread)
    {
        var random = new Random(count);
        float[] scores = [.. Enumerable.Range(0, count).Select(_ => (float)(spread * (random.NextDouble() * 2 - 1)))];
        sbyte[] values = [.. Enumerable.Range(0, count).Select(_ => (sbyte)random.Next(-127, 128))];
        double[] exact = [.. scores.Select(s => Math.Exp(s - scores.Max()))];
        double rounding = 0.29 * 127 * Math.Sqrt(count) / (255 * exact.Sum());
        Weighted(path, scores, values).ShouldBe(exact.Zip(values, (e, v) => e * v).Sum() / exact.Sum(), tolerance: 4 * rounding + 1e-4);
    }

    [Theory]
    [OnInstructionSet(InstructionSet.Scalar, 1)]
    [OnInstructionSet(InstructionSet.Scalar, 255)]
    [OnInstructionSet(InstructionSet.Scalar, 511)]
    [OnInstructionSet(InstructionSet.Scalar, 66_311)]
    [OnInstructionSet(InstructionSet.Scalar, 66_312)]
    [OnInstructionSet(InstructionSet.Scalar, 180_000)]
    [OnInstructionSet(InstructionSet.Avx2, 180_000)]
    [OnInstructionSet(InstructionSet.Avx512, 180_000)]
    [OnInstructionSet(InstructionSet.AvxVnni, 180_000)]
    [OnInstructionSet(InstructionSet.ArmDp, 180_000)]
    [OnInstructionSet(InstructionSet.Vector128, 180_000)]
    public void Equal_scores_make_the_mean_even_of_an_hour_of_frames(InstructionSet path, int count)
    {
        // All values at an end: no row has a larger sum.
        float[] scores = [.. Enumerable.Repeat(-3.25f, count)];
        Weighted(path, scores, [.. Enumerable.Repeat((sbyte)-127, count)]).ShouldBe(-127, tolerance: 2e-5);

        sbyte[] values = [.. Enumerable.Range(0, count).Select(i => (sbyte)(i % 255 - 127))];
        Weighted(path, scores, values).ShouldBe(values.Average(v => (double)v), tolerance: 1e-4);
    }

    [Theory]
    [OnInstructionSet(InstructionSet.Scalar)]
    [OnInstructionSet(InstructionSet.Avx2)]
    [OnInstructionSet(InstructionSet.Avx512)]
    [OnInstructionSet(InstructionSet.AvxVnni)]
    [OnInstructionSet(InstructionSet.ArmDp)]
    [OnInstructionSet(InstructionSet.Vector128)]
    public void One_score_far_above_the_others_takes_all(InstructionSet path)
    {
        InstructionSetProbe.Of(path).Softmax([-1000f, 500f, -1e29f]).Probabilities[..3].ShouldBe([0, 255, 0]);
        Weighted(path, [-1000f, 3e38f, -3e38f], [5, 77, -127]).ShouldBe(77, tolerance: 1e-5);
    }

    // 127 · 255 · 66 311 is the last that int32 holds.
    [Theory]
    [InlineData(1, 255)]
    [InlineData(66_311, 255)]
    [InlineData(66_312, 254)]
    [InlineData(180_000, 93)]
    public void A_row_has_as_many_steps_as_its_sum_has_room_for(int count, int top)
    {
        Softmax<ScalarInstructions, ScalarInt, ScalarFloat>.Top(count).ShouldBe(top);
        (127L * top * count).ShouldBeLessThanOrEqualTo(int.MaxValue);
        InstructionSetProbe.Scalar.Softmax(new float[count]).Probabilities[..count].ShouldAllBe(p => p == top);
    }

    /// <summary>Σ p · v of one output, through the path's own product, in steps of the values.</summary>
    private static double Weighted(InstructionSet path, float[] scores, sbyte[] values)
    {
        InstructionSetProbe probe = InstructionSetProbe.Of(path);
        (byte[] probabilities, float[] multipliers) = probe.Softmax(scores);
        var weights = new sbyte[probabilities.Length / 4 * 64];
        for (int i = 0; i < values.Length; i++)
        {
            weights[i / 4 * 64 + i % 4] = values[i];
        }

        int sum = probe.Dot(probabilities, weights)[0] + probe.InputBias * values.Sum(v => v);
        return (float)sum * multipliers[0];
    }
}

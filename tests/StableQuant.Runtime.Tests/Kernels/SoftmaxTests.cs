namespace StableQuant.Runtime.Tests.Kernels;

/// <summary>Probabilities, in 255ths and in float32, against double.</summary>
public class SoftmaxTests
{
    [Theory]
    [OnPath(KernelPath.Scalar)]
    [OnPath(KernelPath.Avx2)]
    [OnPath(KernelPath.Avx512)]
    [OnPath(KernelPath.AvxVnni)]
    [OnPath(KernelPath.ArmDp)]
    public void Probabilities_are_double_s_in_255ths_and_in_float32(KernelPath path)
    {
        var random = new Random(7);
        foreach (int count in (int[])[1, 2, 3, 15, 16, 17, 31, 33, 64, 200, 1500])
        {
            foreach (double spread in (double[])[0.01, 1, 5, 30, 200])
            {
                float[] scores = [.. Enumerable.Range(0, count).Select(_ => (float)(spread * (random.NextDouble() * 2 - 1)))];
                byte[] probabilities = PathProbe.Of(path).Softmax(scores);
                double largest = scores.Max();
                double sum = scores.Sum(s => Math.Exp(s - largest));
                for (int i = 0; i < count; i++)
                {
                    // Half a step of rounding, and what float32 adds to it where a value lies next to a tie.
                    ((double)probabilities[i]).ShouldBe(255 * Math.Exp(scores[i] - largest) / sum, tolerance: 0.5 + 1e-4);
                }

                probabilities[count..].ShouldAllBe(p => p == 0);
                probabilities.ShouldBe(PathProbe.Scalar.Softmax(scores));

                float[] floats = PathProbe.Of(path).FloatSoftmax(scores)[..count];
                for (int i = 0; i < count; i++)
                {
                    // The difference of two scores is rounded, and its error is the exponential's relative one.
                    double expected = Math.Exp(scores[i] - largest) / sum;
                    ((double)floats[i]).ShouldBe(expected, tolerance: (1e-6 + 6e-8 * (largest - scores[i])) * expected + 1e-37);
                }

                PathProbe.Bits(floats).ShouldBe(PathProbe.Bits(PathProbe.Scalar.FloatSoftmax(scores)[..count]));
            }
        }
    }

    [Theory]
    [OnPath(KernelPath.Scalar)]
    [OnPath(KernelPath.Avx2)]
    [OnPath(KernelPath.Avx512)]
    [OnPath(KernelPath.AvxVnni)]
    [OnPath(KernelPath.ArmDp)]
    public void Many_rows_are_what_each_is_alone(KernelPath path)
    {
        var random = new Random(10);
        PathProbe probe = PathProbe.Of(path);
        foreach ((int rows, int count) in new[] { (2, 40), (7, 1), (8, 16), (9, 130), (24, 51) })
        {
            float[] scores = [.. Enumerable.Range(0, rows * count).Select(_ => (float)(20 * random.NextDouble() - 10))];
            probe.Softmax(scores, rows).ShouldBe(scores.Chunk(count).SelectMany(row => probe.Softmax(row)));
            probe.FloatSoftmax(scores, rows).Chunk((count + 15) & ~15).SelectMany(row => row[..count])
                .ShouldBe(scores.Chunk(count).SelectMany(row => probe.FloatSoftmax(row)[..count]));
        }
    }

    // They share 255, and each is rounded by half a step at most: the product with the values sums 257 · 127 in int16.
    [Fact]
    public void Four_probabilities_are_at_most_257()
    {
        var random = new Random(9);
        int most = 0;
        for (int trial = 0; trial < 20_000; trial++)
        {
            // Four scores share all but what is left for many small ones; equal ones round the same way.
            float[] scores = [.. Enumerable.Repeat(0f, random.Next(1, 5)), .. Enumerable.Repeat((float)(-12 * random.NextDouble()), random.Next(0, 60))];
            most = Math.Max(most, PathProbe.Scalar.Softmax(scores).OrderDescending().Take(4).Sum(p => p));
        }

        most.ShouldBeInRange(256, 257);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(51)]
    [InlineData(255)]
    public void Equal_scores_share_equally(int count)
    {
        byte[] probabilities = PathProbe.Scalar.Softmax([.. Enumerable.Repeat(-3.25f, count)]);
        probabilities[..count].ShouldAllBe(p => p == (byte)Math.Round(255.0 / count));
    }

    [Fact]
    public void One_score_far_above_the_others_takes_all() =>
        PathProbe.Scalar.Softmax([-1000f, 500f, -1e29f])[..3].ShouldBe([0, 255, 0]);
}

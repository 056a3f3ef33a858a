using StableQuant.Kernels;

namespace StableQuant.Runtime.Tests.Kernels;

/// <summary>Mean and inverse deviation against double, and the same bits on every path.</summary>
public class NormalizationTests
{
    private const float Epsilon = 1e-5f;

    [Theory]
    [OnInstructionSet(InstructionSet.Scalar)]
    [OnInstructionSet(InstructionSet.Avx2)]
    [OnInstructionSet(InstructionSet.Avx512)]
    [OnInstructionSet(InstructionSet.AvxVnni)]
    [OnInstructionSet(InstructionSet.ArmDp)]
    [OnInstructionSet(InstructionSet.Vector128)]
    public void A_row_s_statistics_agree_with_double(InstructionSet path)
    {
        var random = new Random(5);
        foreach (int channels in (int[])[16, 32, 48, 192, 768, 3072])
        {
            foreach ((float offset, float spread) in ((float, float)[])[(0, 1), (3, 0.01f), (-20, 5), (0, 1e-4f), (0, 0)])
            {
                float[] rows = Values(random, 4 * channels, offset, spread);
                (float[] means, float[] inverses) = InstructionSetProbe.Of(path).OfRows(rows, block: 4, Epsilon);
                for (int row = 0; row < 4; row++)
                {
                    (double mean, double inverse) = Reference(rows[(row * channels)..((row + 1) * channels)]);
                    ((double)means[row]).ShouldBe(mean, tolerance: 1e-6 * (1 + Math.Abs(offset)));
                    ((double)inverses[row]).ShouldBe(inverse, tolerance: 2e-5 * inverse);
                }

                // The same bits on every path, and whichever rows are beside a row.
                foreach (int block in (int[])[1, 2, 4])
                {
                    (float[] scalarMeans, float[] scalarInverses) = InstructionSetProbe.Scalar.OfRows(rows, block, Epsilon);
                    means.ShouldBe(scalarMeans);
                    inverses.ShouldBe(scalarInverses);
                }
            }
        }
    }

    // 256 frames are summed in a block: either side of it, and far beyond.
    [Theory]
    [OnInstructionSet(InstructionSet.Scalar)]
    [OnInstructionSet(InstructionSet.Avx2)]
    [OnInstructionSet(InstructionSet.Avx512)]
    [OnInstructionSet(InstructionSet.AvxVnni)]
    [OnInstructionSet(InstructionSet.ArmDp)]
    [OnInstructionSet(InstructionSet.Vector128)]
    public void A_channel_s_statistics_agree_with_double(InstructionSet path)
    {
        var random = new Random(6);
        foreach (int frames in (int[])[1, 2, 255, 256, 257, 513, 9000])
        {
            const int Channels = 32;
            float[] values = Values(random, frames * Channels, 2, 0.5f);
            (float[] means, float[] inverses) = InstructionSetProbe.Of(path).OfChannels(values, Channels, Epsilon);
            for (int c = 0; c < Channels; c++)
            {
                (double mean, double inverse) = Reference([.. Enumerable.Range(0, frames).Select(f => values[f * Channels + c])]);
                ((double)means[c]).ShouldBe(mean, tolerance: 3e-6);
                ((double)inverses[c]).ShouldBe(inverse, tolerance: 1e-5 * inverse);
            }

            (float[] scalarMeans, float[] scalarInverses) = InstructionSetProbe.Scalar.OfChannels(values, Channels, Epsilon);
            means.ShouldBe(scalarMeans);
            inverses.ShouldBe(scalarInverses);
        }
    }

    private static float[] Values(Random random, int count, float offset, float spread) =>
        [.. Enumerable.Range(0, count).Select(_ => offset + spread * (float)(random.NextDouble() + random.NextDouble() - 1))];

    private static (double Mean, double Inverse) Reference(float[] values)
    {
        double mean = values.Average(v => (double)v);
        return (mean, 1 / Math.Sqrt(values.Average(v => (v - mean) * (v - mean)) + Epsilon));
    }
}

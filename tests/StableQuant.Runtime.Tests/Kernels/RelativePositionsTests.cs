using StableQuant.Kernels;
using StableQuant.Kernels.Layers;
using StableQuant.Layout;

namespace StableQuant.Runtime.Tests.Kernels;

/// <summary>What relative positions need beside products of matrices.</summary>
public unsafe class RelativePositionsTests
{
    [Theory]
    [OnInstructionSet(InstructionSet.Scalar)]
    [OnInstructionSet(InstructionSet.Avx2)]
    [OnInstructionSet(InstructionSet.Avx512)]
    [OnInstructionSet(InstructionSet.AvxVnni)]
    [OnInstructionSet(InstructionSet.ArmDp)]
    public void A_score_gets_the_product_and_the_bias_of_its_distance(InstructionSet path)
    {
        var random = new Random(6);
        float[] Values(int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() * 2 - 1)];
        foreach (int frames in new[] { 1, 2, 15, 16, 17, 40, 65 })
        {
            int start = random.Next(frames), rows = frames - start, distances = 2 * frames - 1;
            float[] scores = Values(rows * frames), products = Values(rows * distances), biases = Values(2 * frames);
            float[] made = InstructionSetProbe.Of(path).AddPositions(scores, start, frames, products, biases);
            float[] expected = [.. scores.Select((score, i) =>
            {
                (int row, int key) = (i / frames, i % frames);
                int ahead = key - (start + row);
                return score + products[row * distances + ahead + frames - 1] + biases[2 * Math.Abs(ahead) + (ahead > 0 ? 1 : 0)];
            })];
            InstructionSetProbe.Bits(made).ShouldBe(InstructionSetProbe.Bits(expected));
        }
    }

    [Fact]
    public void Waves_are_the_sines_and_cosines_of_the_time_in_an_hour_of_frames()
    {
        const int Channels = 140, Count = Channels / 2, Frames = 180_000;
        float[] angles = [.. Enumerable.Range(0, Count).Select(k => (float)Math.Pow(10000, -2.0 * k / Channels))];
        float[] rotations = Packed(angles);
        float[] rows = new float[Channels];
        fixed (float* rotation = rotations, row = rows)
        {
            foreach (int frame in new[] { 0, 1, 2, 63, 64, 65, 499, 1000, 4999, Frames - 1 })
            {
                Rotations.Waves(rotation, Channels, 1, isBFloat16: false, frame, frame + 1, row - (long)frame * Channels);
                for (int k = 0; k < Count; k++)
                {
                    ((double)rows[2 * k]).ShouldBe(Math.Sin((double)frame * angles[k]), tolerance: 1e-7);
                    ((double)rows[2 * k + 1]).ShouldBe(Math.Cos((double)frame * angles[k]), tolerance: 1e-7);
                }
            }
        }
    }

    [Fact]
    public void Waves_are_the_same_whichever_thread_makes_them()
    {
        const int Channels = 10, Frames = 200;
        float[] rotations = Packed([1, 0.3f, 0.1f, 0.01f, 3]), whole = new float[Frames * Channels], parts = new float[Frames * Channels];
        fixed (float* rotation = rotations, one = whole, many = parts)
        {
            Rotations.Waves(rotation, Channels, 1, isBFloat16: false, 0, Frames, one);
            for (int first = 0; first < Frames; first += 12)
            {
                Rotations.Waves(rotation, Channels, 1, isBFloat16: false, first, Math.Min(first + 12, Frames), many);
            }
        }

        InstructionSetProbe.Bits(parts).ShouldBe(InstructionSetProbe.Bits(whole));
    }

    [Fact]
    public void Waves_in_both_directions_are_those_of_a_frame_and_of_as_much_before_the_first()
    {
        const int Channels = 10, Frames = 150;
        float[] angles = [1, 0.3f, 0.1f, 0.01f, 3], made = new float[2 * Frames * Channels];
        fixed (float* rotation = Packed(angles), rows = made)
        {
            for (int first = 0; first < 2 * Frames; first += 13)
            {
                Rotations.Waves(rotation, Channels, 2, isBFloat16: false, first, Math.Min(first + 13, 2 * Frames), rows);
            }
        }

        for (int i = 0; i < made.Length; i++)
        {
            int row = i / Channels, time = row % 2 == 0 ? row / 2 : -(row / 2);
            double angle = (double)time * angles[i % Channels / 2];
            ((double)made[i]).ShouldBe(i % 2 == 0 ? Math.Sin(angle) : Math.Cos(angle), tolerance: 1e-7, $"row {row}");
        }
    }

    [Fact]
    public void Turns_that_are_none_stay_within_what_waves_can_be()
    {
        float[] rotations = [1e30f, 0, -3e38f, 1e30f], rows = new float[2 * 300];
        fixed (float* rotation = rotations, row = rows)
        {
            Rotations.Waves(rotation, 2, 1, isBFloat16: false, 0, 300, row);
        }

        rows.ShouldAllBe(x => x >= -1 && x <= 1);
    }

    private static float[] Packed(float[] angles)
    {
        var packed = new float[RotationLayout.Floats(angles.Length)];
        for (int i = 0; i < angles.Length; i++)
        {
            (double cosine, double sine) = (Math.Cos(angles[i]), Math.Sin(angles[i]));
            packed[i] = (float)cosine;
            packed[angles.Length + i] = (float)(cosine - (float)cosine);
            packed[2 * angles.Length + i] = (float)sine;
            packed[3 * angles.Length + i] = (float)(sine - (float)sine);
        }

        return packed;
    }
}

using StableQuant.Kernels;

namespace StableQuant.Runtime.Tests.Kernels;

/// <summary>Gated biases for the distance between query and key, against double.</summary>
public class RelativeBiasTests
{
    [Theory]
    [OnInstructionSet(InstructionSet.Scalar)]
    [OnInstructionSet(InstructionSet.Avx2)]
    [OnInstructionSet(InstructionSet.Avx512)]
    [OnInstructionSet(InstructionSet.AvxVnni)]
    [OnInstructionSet(InstructionSet.ArmDp)]
    public void A_score_gets_the_bias_of_its_distance_as_far_as_its_query_s_gate_is_open(InstructionSet path)
    {
        var random = new Random(5);
        float[] Values(int count, float size) => [.. Enumerable.Range(0, count).Select(_ => size * (random.NextSingle() * 2 - 1))];
        foreach ((int frames, int behind, int ahead) in new[] { (1, 0, 0), (1, 9, 20), (2, 1, 0), (15, 3, 5), (16, 15, 15), (17, 40, 2), (40, 0, 7), (50, 49, 49), (90, 12, 200) })
        {
            int start = random.Next(frames), rows = frames - start;
            float[] scores = Values(rows * frames, 5), biases = Values(behind + 1 + ahead, 3), gate = Values(2 * frames, 12);
            gate[0] = 200;
            gate[1] = -200;
            float gain = 1.5f * random.NextSingle();
            float[] biased = InstructionSetProbe.Of(path).AddBiases(scores, start, frames, biases, behind, gate, gain);
            for (int i = 0; i < biased.Length; i++)
            {
                (int query, int key) = (start + i / frames, i % frames);
                double open = Sigmoid(gate[2 * query]) * (Sigmoid(gate[2 * query + 1]) * gain - 1) + 2;
                ((double)biased[i]).ShouldBe(scores[i] + open * biases[Math.Clamp(key - query, -behind, ahead) + behind], tolerance: 5e-6);
            }

            InstructionSetProbe.Bits(biased).ShouldBe(InstructionSetProbe.Bits(InstructionSetProbe.Scalar.AddBiases(scores, start, frames, biases, behind, gate, gain)));
        }
    }

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));
}

using System.Numerics;
using StableQuant.Kernels;

namespace StableQuant.Runtime.Tests.Kernels;

/// <summary>Rotary positions: pairs of channels as complex numbers.</summary>
public class RotaryTests
{
    [Theory]
    [OnInstructionSet(InstructionSet.Scalar)]
    [OnInstructionSet(InstructionSet.Avx2)]
    [OnInstructionSet(InstructionSet.Avx512)]
    [OnInstructionSet(InstructionSet.AvxVnni)]
    [OnInstructionSet(InstructionSet.ArmDp)]
    [OnInstructionSet(InstructionSet.Vector128)]
    public void Each_pair_of_a_head_is_turned_by_its_angle(InstructionSet path)
    {
        var random = new Random(7);
        float[] Values(int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() * 2 - 1)];
        foreach ((int frames, int heads, int size) in new[] { (1, 1, 2), (3, 2, 16), (5, 3, 32), (4, 1, 34), (2, 4, 64), (3, 2, 80), (2, 1, 130), (2, 2, 300) })
        {
            float[] values = Values(frames * heads * size), waves = Values(frames * size);
            float[] turned = InstructionSetProbe.Of(path).Turn(values, waves, heads, size);
            for (int i = 0; i < turned.Length; i++)
            {
                int half = size / 2, pair = i % half, first = i / size * size + pair, wave = i / (heads * size) * size + 2 * pair;
                Complex expected = new Complex(values[first], values[first + half]) * new Complex(waves[wave + 1], waves[wave]);
                ((double)turned[i]).ShouldBe(i % size < half ? expected.Real : expected.Imaginary, tolerance: 3e-7);
            }

            InstructionSetProbe.Bits(turned).ShouldBe(InstructionSetProbe.Bits(InstructionSetProbe.Scalar.Turn(values, waves, heads, size)));
        }
    }
}

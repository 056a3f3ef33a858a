using FsCheck.Fluent;
using StableQuant.Kernels;

namespace StableQuant.Runtime.Tests.Kernels;

/// <summary>clamp(roundToEven(x · (1/scale)) + zero point), on every path.</summary>
public class QuantizeTests
{
    [Theory]
    [OnInstructionSet(InstructionSet.Scalar)]
    [OnInstructionSet(InstructionSet.Avx2)]
    [OnInstructionSet(InstructionSet.Avx512)]
    [OnInstructionSet(InstructionSet.AvxVnni)]
    [OnInstructionSet(InstructionSet.ArmDp)]
    [OnInstructionSet(InstructionSet.Vector128)]
    public void Ties_clamps_and_wild_values_are_as_documented(InstructionSet path)
    {
        float[] x =
        [
            0.5f, 1.5f, 2.5f, -0.5f, -1.5f, -2.5f, 126.5f, 127.5f, 128.5f, -128.5f, float.NaN, float.PositiveInfinity,
            float.NegativeInfinity, float.MaxValue, float.MinValue, -0f,
        ];
        InstructionSetProbe.Of(path).Quantize(x, 1f, 128, 0, 255).ShouldBe([128, 130, 130, 128, 126, 126, 254, 255, 255, 0, 0, 255, 0, 255, 0, 128]);
        InstructionSetProbe.Of(path).Quantize(x, 1f, 0, -127, 127).ShouldBe([0, 2, 2, 0, -2, -2, 126, 127, 127, -127, -127, 127, -127, 127, -127, 0]);
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
            select (x, zero, 1f / (scale / 777f)),
            values =>
            {
                (float[] x, int zero, float inverse) = values;
                int[] expected = [.. x.Select(v => (int)Math.Clamp(Math.Round((double)(v * inverse), MidpointRounding.ToEven) + zero, 0, 255))];
                InstructionSetProbe.Of(path).Quantize(x, inverse, zero, 0, 255).ShouldBe(expected);
            },
            tests: 1000);
}

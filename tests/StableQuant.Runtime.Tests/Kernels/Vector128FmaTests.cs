using System.Runtime.Intrinsics;
using FsCheck;
using FsCheck.Fluent;
using StableQuant.Kernels.Lanes;

namespace StableQuant.Runtime.Tests.Kernels;

/// <summary>Multiply-add in double is rounded once, as the instruction is that it stands for.</summary>
public class Vector128FmaTests
{
    private static readonly Gen<float> Bits = Gen.Choose(int.MinValue, int.MaxValue).Select(BitConverter.Int32BitsToSingle);

    private static readonly Gen<float> Fraction = Gen.Choose(1 << 23, (1 << 24) - 1).Select(i => (float)i);

    [Fact]
    public void Any_floats() => Lanes.Check(Gen.OneOf(Lanes.AnyFloat, Bits).ArrayOf(12), Check, tests: 5000);

    // c plus or minus half of its last place, but for a 2⁻⁴⁶th of that: double rounds to the half way, and then to even.
    [Fact]
    public void Sums_a_little_beside_half_way_between_two_floats() => Lanes.Check(
        from c in Fraction.ArrayOf(4)
        from exponent in Gen.Choose(-100, 100)
        from split in Gen.Choose(-20, 20)
        from negative in Gen.Elements(false, true)
        select (float[])
        [
            .. Enumerable.Repeat(Scale(1 + MathF.ScaleB(1, -23), split), 4),
            .. Enumerable.Repeat(Scale((1 - MathF.ScaleB(1, -23)) * (negative ? -0.5f : 0.5f), exponent - split), 4),
            .. c.Select(x => Scale(x, exponent)),
        ],
        Check);

    // The same where the last place is that of all subnormal floats.
    [Fact]
    public void Sums_a_little_beside_half_way_between_two_subnormal_floats() => Lanes.Check(
        from c in Gen.Choose(1, (1 << 23) - 1).ArrayOf(4)
        from split in Gen.Choose(-20, 20)
        from sign in Gen.Elements(-1, 1)
        select (float[])
        [
            .. Enumerable.Repeat(Scale(1 + MathF.ScaleB(1, -23), -75 + split), 4),
            .. Enumerable.Repeat(Scale(sign * (1 - MathF.ScaleB(1, -23)), -75 - split), 4),
            .. c.Select(BitConverter.Int32BitsToSingle),
        ],
        Check);

    [Fact]
    public void The_case_that_double_gets_wrong_is_among_them()
    {
        float a = 1 + MathF.ScaleB(1, -23), b = (1 - MathF.ScaleB(1, -23)) * 0.5f, c = (1 << 23) + 1;
        MathF.FusedMultiplyAdd(a, b, c).ShouldBe(8388609f);
        ((float)((double)a * b + c)).ShouldBe(8388610f);
    }

    private static float Scale(float x, int exponent) => MathF.ScaleB(x, exponent);

    private static void Check(float[] x)
    {
        Vector128<float> sum = Vector128Fma.InDouble(Vector128.Create(x), Vector128.Create(x, 4), Vector128.Create(x, 8));
        float[] expected = [.. Enumerable.Range(0, 4).Select(i => MathF.FusedMultiplyAdd(x[i], x[4 + i], x[8 + i]))];
        InstructionSetProbe.Bits([sum[0], sum[1], sum[2], sum[3]]).ShouldBe(InstructionSetProbe.Bits(expected), string.Join(", ", x));
    }
}

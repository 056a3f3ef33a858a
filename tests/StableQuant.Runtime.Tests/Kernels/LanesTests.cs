using FsCheck.Fluent;
using StableQuant.Kernels;

namespace StableQuant.Runtime.Tests.Kernels;

/// <summary>Every operation of every path gives the bits of the scalar one.</summary>
public class LanesTests
{
    [Theory]
    [OnInstructionSet(InstructionSet.Avx2)]
    [OnInstructionSet(InstructionSet.Avx512)]
    [OnInstructionSet(InstructionSet.AvxVnni)]
    [OnInstructionSet(InstructionSet.ArmDp)]
    [OnInstructionSet(InstructionSet.Vector128)]
    public void Float_operations_give_the_bits_of_the_scalar_path(InstructionSet path)
    {
        InstructionSetProbe probe = InstructionSetProbe.Of(path);
        probe.Floats.Keys.ShouldBe(InstructionSetProbe.Scalar.Floats.Keys);
        Lanes.Check(
            Lanes.AnyFloats.Three(),
            lanes =>
            {
                (float[] a, float[] b, float[] c) = lanes;
                foreach ((string name, Func<float[], float[], float[], float[]> operation) in probe.Floats)
                {
                    float[] expected = InstructionSetProbe.Scalar.Floats[name](a, b, c);
                    if (!InstructionSetProbe.Bits(operation(a, b, c)).AsSpan().SequenceEqual(InstructionSetProbe.Bits(expected)))
                    {
                        Assert.Fail($"{name}: {string.Join(", ", operation(a, b, c))} for {string.Join(", ", expected)}");
                    }
                }
            });
    }

    [Theory]
    [OnInstructionSet(InstructionSet.Avx2)]
    [OnInstructionSet(InstructionSet.Avx512)]
    [OnInstructionSet(InstructionSet.AvxVnni)]
    [OnInstructionSet(InstructionSet.ArmDp)]
    [OnInstructionSet(InstructionSet.Vector128)]
    public void Integer_operations_give_the_bits_of_the_scalar_path(InstructionSet path)
    {
        InstructionSetProbe probe = InstructionSetProbe.Of(path);
        Lanes.Check(
            Lanes.Sixteen(Lanes.AnyInt).Two(),
            lanes =>
            {
                (int[] a, int[] b) = lanes;
                foreach ((string name, Func<int[], int[], int[]> operation) in probe.Integers)
                {
                    operation(a, b).ShouldBe(InstructionSetProbe.Scalar.Integers[name](a, b), name);
                }

                probe.StoreBytes(a).ShouldBe(InstructionSetProbe.Scalar.StoreBytes(a));
                probe.StoreClamped(a).ShouldBe(a.Select(x => (byte)Math.Clamp(x, 0, 255)));
                probe.StoreClamped([.. a.Select(x => x >> 22)]).ShouldBe(a.Select(x => (byte)Math.Clamp(x >> 22, 0, 255)));
                foreach (int bits in (int[])[0, 1, 8, 23, 31])
                {
                    probe.ShiftLeft(a, bits).ShouldBe(InstructionSetProbe.Scalar.ShiftLeft(a, bits));
                }
            },
            tests: 500);
    }

    [Theory]
    [OnInstructionSet(InstructionSet.Scalar)]
    [OnInstructionSet(InstructionSet.Avx2)]
    [OnInstructionSet(InstructionSet.Avx512)]
    [OnInstructionSet(InstructionSet.AvxVnni)]
    [OnInstructionSet(InstructionSet.ArmDp)]
    [OnInstructionSet(InstructionSet.Vector128)]
    public void Rounding_takes_ties_to_even_and_agrees_with_double(InstructionSet path)
    {
        InstructionSetProbe probe = InstructionSetProbe.Of(path);
        Lanes.Check(
            Lanes.Sixteen(Lanes.SmallFloat),
            lanes => probe.RoundToInt(lanes).ShouldBe([.. lanes.Select(x => (int)Math.Round((double)x, MidpointRounding.ToEven))]));
    }

    [Theory]
    [OnInstructionSet(InstructionSet.Scalar)]
    [OnInstructionSet(InstructionSet.Avx2)]
    [OnInstructionSet(InstructionSet.Avx512)]
    [OnInstructionSet(InstructionSet.AvxVnni)]
    [OnInstructionSet(InstructionSet.ArmDp)]
    [OnInstructionSet(InstructionSet.Vector128)]
    public void Sums_follow_the_fixed_tree(InstructionSet path) =>
        Lanes.Check(
            Lanes.Sixteen(Lanes.AnyFloat),
            lanes =>
            {
                float[] tree = [.. lanes];
                foreach (int half in (int[])[8, 4, 2, 1])
                {
                    for (int i = 0; i < half; i++)
                    {
                        tree[i] += tree[i + half];
                    }
                }

                InstructionSetProbe.Bits(InstructionSetProbe.Of(path).Floats["Sum"](lanes, lanes, lanes)).ShouldBe(InstructionSetProbe.Bits([tree[0]]));
            });

    [Theory]
    [OnInstructionSet(InstructionSet.Scalar)]
    [OnInstructionSet(InstructionSet.Avx2)]
    [OnInstructionSet(InstructionSet.Avx512)]
    [OnInstructionSet(InstructionSet.AvxVnni)]
    [OnInstructionSet(InstructionSet.ArmDp)]
    [OnInstructionSet(InstructionSet.Vector128)]
    public void Partial_stores_touch_nothing_else(InstructionSet path)
    {
        float[] floats = [.. Enumerable.Range(1, 16).Select(i => (float)i)];
        int[] integers = [.. Enumerable.Range(256, 16)];
        for (int count = 0; count <= 16; count++)
        {
            (float[] stored, byte[] bytes, byte[] clamped) = InstructionSetProbe.Of(path).StorePartial(floats, integers, count);
            stored.ShouldBe([.. floats[..count], .. Enumerable.Repeat(-7f, 17 - count)]);
            bytes.ShouldBe([.. Enumerable.Range(0, count).Select(i => (byte)i), .. Enumerable.Repeat((byte)77, 17 - count)]);
            clamped.ShouldBe([.. Enumerable.Repeat(byte.MaxValue, count), .. Enumerable.Repeat((byte)77, 17 - count)]);
        }
    }
}

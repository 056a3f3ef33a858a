using FsCheck;
using FsCheck.Fluent;
using StableQuant.Kernels;

namespace StableQuant.Runtime.Tests.Kernels;

/// <summary>The integer dot product is exact on every path, whatever the weights.</summary>
public class DotTests
{
    private static readonly Gen<byte> Input = Gen.OneOf(
        Gen.Elements<byte>(0, 1, 127, 128, 129, 254, 255), Gen.Choose(0, 255).Select(i => (byte)i));

    private static readonly Gen<sbyte> Weight = Gen.OneOf(
        Gen.Elements<sbyte>(-128, -127, -1, 0, 1, 126, 127), Gen.Choose(-128, 127).Select(i => (sbyte)i));

    [Theory]
    [OnInstructionSet(InstructionSet.Scalar)]
    [OnInstructionSet(InstructionSet.Avx2)]
    [OnInstructionSet(InstructionSet.Avx512)]
    [OnInstructionSet(InstructionSet.AvxVnni)]
    [OnInstructionSet(InstructionSet.ArmDp)]
    [OnInstructionSet(InstructionSet.Vector128)]
    public void Products_are_exact(InstructionSet path) =>
        Lanes.Check(
            from groups in Gen.Choose(1, 9)
            from inputs in Input.ArrayOf(4 * groups)
            from weights in Weight.ArrayOf(64 * groups)
            select (inputs, weights),
            operands => Check(path, operands.inputs, operands.weights));

    // vpmaddubsw would saturate here: 2 · 255 · 127 does not fit int16.
    [Theory]
    [OnInstructionSet(InstructionSet.Scalar)]
    [OnInstructionSet(InstructionSet.Avx2)]
    [OnInstructionSet(InstructionSet.Avx512)]
    [OnInstructionSet(InstructionSet.AvxVnni)]
    [OnInstructionSet(InstructionSet.ArmDp)]
    [OnInstructionSet(InstructionSet.Vector128)]
    public void The_largest_products_do_not_saturate(InstructionSet path)
    {
        foreach (sbyte weight in (sbyte[])[127, -127, -128])
        {
            foreach (byte input in (byte[])[255, 128, 127, 0])
            {
                // As many inputs as the description's reader lets a layer have.
                Check(path, [.. Enumerable.Repeat(input, 66304)], [.. Enumerable.Repeat(weight, 16 * 66304)], addBias: weight != -128);
            }
        }
    }

    private static void Check(InstructionSet path, byte[] inputs, sbyte[] weights, bool addBias = true)
    {
        InstructionSetProbe probe = InstructionSetProbe.Of(path);
        int[] sums = probe.Dot(inputs, weights);
        for (int output = 0; output < 16; output++)
        {
            long expected = 0;
            long weightSum = 0;
            for (int k = 0; k < inputs.Length; k++)
            {
                sbyte weight = weights[k / 4 * 64 + output * 4 + k % 4];
                expected += inputs[k] * weight;
                weightSum += weight;
            }

            // Sums of 66304 products with −128 may leave int32 before the bias is back: there only the wrapped bits count.
            long actual = unchecked((int)(sums[output] + probe.InputBias * weightSum));
            actual.ShouldBe(addBias ? expected : unchecked((int)expected), $"output {output}");
        }
    }
}

using StableQuant.Kernels;
using StableQuant.Layout;

namespace StableQuant.Runtime.Tests.Kernels;

/// <summary>Panels of weights that are stored as indices, against what the layout says in plain loops.</summary>
public unsafe class IndexedPanelTests
{
    private const byte Untouched = 0x55;

    [Theory]
    [OnInstructionSet(InstructionSet.Scalar)]
    [OnInstructionSet(InstructionSet.Avx2)]
    [OnInstructionSet(InstructionSet.Avx512)]
    [OnInstructionSet(InstructionSet.ArmDp)]
    [OnInstructionSet(InstructionSet.Vector128)]
    public void An_index_becomes_its_outputs_level_and_what_is_missing_zero(InstructionSet path)
    {
        Expand(InstructionSetProbe.Of(path), 3);
        Expand(InstructionSetProbe.Of(path), 4);
    }

    private static void Expand(InstructionSetProbe probe, int bits)
    {
        var random = new Random(bits);
        for (int trial = 0; trial < 400; trial++)
        {
            int outputs = random.Next(1, 17), inputs = random.Next(4) == 0 ? random.Next(1, 400) : random.Next(1, 70);
            int groups = (inputs + 3) / 4, quads = (outputs + 3) / 4, steps = (inputs + 15) / 16;

            // Of missing inputs and outputs, too, indices and levels are anything; memory ends right behind.
            var indices = new byte[quads * steps * 8 * bits];
            var levels = new byte[quads * 4 << bits];
            random.NextBytes(indices);
            random.NextBytes(levels);
            levels.AsSpan(outputs << bits).Clear();
            IndexLayout.Bytes(bits, outputs, inputs).ShouldBe(indices.Length);
            IndexLayout.LevelBytes(bits, outputs).ShouldBe(levels.Length);

            var panel = new byte[groups * 64 + 64];
            Array.Fill(panel, Untouched);
            fixed (byte* source = indices, table = levels, target = panel)
            {
                probe.ExpandPanel(bits, source, (sbyte*)table, outputs, inputs, (sbyte*)target);
            }

            for (int input = 0; input < 4 * groups; input++)
            {
                for (int output = 0; output < 16; output++)
                {
                    int expected = input < inputs && output < outputs ? levels[(output << bits) + Index(indices, bits, quads, output, input)] : 0;
                    ((int)panel[input / 4 * 64 + output * 4 + input % 4]).ShouldBe(expected, $"{bits} bits, {outputs} × {inputs}: output {output}, input {input}");
                }
            }

            panel.AsSpan(groups * 64).IndexOfAnyExcept(Untouched).ShouldBe(-1);
        }
    }

    private static int Index(byte[] indices, int bits, int quads, int output, int input)
    {
        ReadOnlySpan<byte> quad = indices.AsSpan((input / 16 * quads + output / 4) * 8 * bits, 8 * bits);
        (int member, int place) = (output % 4, input % 16);
        int half = quad[place + (bits == 4 && member > 1 ? 16 : 0)];
        return bits == 4 ? (member % 2 == 0 ? half % 16 : half / 16)
            : half / (1 << 2 * member) % 4 + 4 * (quad[16 + place % 8] / (1 << member + place / 8 * 4) % 2);
    }
}

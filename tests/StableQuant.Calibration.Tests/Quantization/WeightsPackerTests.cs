using System.Buffers.Binary;
using StableQuant.Calibration.Quantization;
using StableQuant.Graph;

namespace StableQuant.Calibration.Tests.Quantization;

public sealed class WeightsPackerTests
{
    [Fact]
    public void Weights_lie_in_panels_of_16_outputs_by_4_inputs()
    {
        // 17 outputs are two panels, 5 inputs two groups of 4: 2 × 2 × 64 bytes.
        sbyte[] values = [.. Enumerable.Range(0, 17 * 5).Select(i => (sbyte)(i + 1))];
        (PackedInt8 packed, byte[] file) = Pack(values, outputs: 17, groups: 1);
        packed.Weights.ShouldBe(0);
        packed.Sums.ShouldBe(256);

        sbyte At(int output, int input) => values[output * 5 + input];
        (int Place, sbyte Value)[] some =
        [
            (0, At(0, 0)), (1, At(0, 1)), (2, At(0, 2)), (3, At(0, 3)), (4, At(1, 0)), (60, At(15, 0)), (63, At(15, 3)),
            (64, At(0, 4)), (68, At(1, 4)), (124, At(15, 4)), (128, At(16, 0)), (131, At(16, 3)), (192, At(16, 4)),
        ];
        foreach ((int place, sbyte value) in some)
        {
            ((sbyte)file[place]).ShouldBe(value, $"byte {place}");
        }

        // Missing outputs and inputs are zero, all others are there: 85 weights, none of them 0.
        file[..256].Count(b => b != 0).ShouldBe(85);
        file[65..68].ShouldBe([0, 0, 0]);
        file[132..192].ShouldAllBe(b => b == 0);
        file[193..256].ShouldAllBe(b => b == 0);
    }

    [Fact]
    public void Vectors_have_a_place_for_every_output_of_whole_panels()
    {
        sbyte[] values = [.. Enumerable.Range(0, 17 * 5).Select(i => (sbyte)(i % 2 == 0 ? -i : i))];
        (PackedInt8 packed, byte[] file) = Pack(values, outputs: 17, groups: 1, inputScale: 0.5f);
        (packed.Sums, packed.Multipliers, packed.Bias, file.Length).ShouldBe((256, 384, 512, 640));
        for (int output = 0; output < 32; output++)
        {
            bool real = output < 17;
            Int(file, packed.Sums, output).ShouldBe(real ? Enumerable.Range(0, 5).Sum(i => values[output * 5 + i]) : 0);
            Float(file, packed.Multipliers, output).ShouldBe(real ? 0.5f * (output + 1) : 0);
            Float(file, packed.Bias, output).ShouldBe(real ? -output : 0);
        }
    }

    // 5 outputs are two quads, 17 inputs two steps: 4 quads of 32 bytes, or of 24, and the levels of 8 outputs.
    [Theory]
    [InlineData(4, 128, 128, 128)]
    [InlineData(3, 96, 128, 64)]
    public void Weights_of_few_levels_are_stored_as_indices(int bits, int indexBytes, int levelsAt, int levelBytes)
    {
        // Level i of an output is 10 · i − 20 + output; input i has level i % 5.
        sbyte[] values = [.. Enumerable.Range(0, 5 * 17).Select(i => (sbyte)(10 * (i % 17 % 5) - 20 + i / 17))];
        var packer = new WeightsPacker();
        var packed = (PackedIndices)packer.Add(new QuantizedMatrix(values, [1, 2, 3, 4, 5]) { Bits = bits }, null, 1, 1);
        byte[] file = packer.Take();
        (packed.Bits, packed.Weights, packed.Levels, packed.Multipliers).ShouldBe((bits, 0, levelsAt, levelsAt + (levelBytes + 63) / 64 * 64));
        for (int output = 0; output < 5; output++)
        {
            for (int level = 0; level < 1 << bits; level++)
            {
                ((sbyte)file[levelsAt + (output << bits) + level]).ShouldBe((sbyte)(level < 5 ? 10 * level - 20 + output : 0));
            }
        }

        // Step by step, in each its two quads: inputs 0, 1, 4 of outputs 0 to 3; the second step has but input 16; output 4 is alone in its quad.
        int Quad(int step, int quad) => (2 * step + quad) * 8 * bits;
        file[..3].ShouldBe(bits == 4 ? [0x00, 0x11, 0x22] : [0b00_00_00_00, 0b01_01_01_01, 0b10_10_10_10]);
        file[4].ShouldBe((byte)(bits == 4 ? 0x44 : 0));
        file[Quad(1, 0)].ShouldBe((byte)(bits == 4 ? 0x11 : 0b01_01_01_01));
        file[(Quad(1, 0) + 1)..(Quad(1, 0) + 16)].ShouldAllBe(b => b == 0);
        file[Quad(0, 1) + 3].ShouldBe((byte)3);
        if (bits == 3)
        {
            // Level 4 alone has the high bit: inputs 4, 9 and 14 of the first 16, the latter two in high halves.
            file[16..24].ShouldBe([0, 0xF0, 0, 0, 0x0F, 0, 0xF0, 0]);
        }

        file.AsSpan(indexBytes, levelsAt - indexBytes).IndexOfAnyExcept((byte)0).ShouldBe(-1);
    }

    [Fact]
    public void More_levels_than_bits_can_tell_apart_are_refused() =>
        Should.Throw<ArgumentException>(() => new WeightsPacker().Add(new QuantizedMatrix([.. Enumerable.Range(0, 9).Select(i => (sbyte)i)], [1]) { Bits = 3 }, null, 1, 1))
            .Message.ShouldContain("Output 0 has 9 levels");

    [Fact]
    public void Attentions_with_the_same_biases_share_them_and_others_have_their_own()
    {
        static BiasedAttention Attention(string name) => new(name, "", "q", "k", "v", "gate", Heads: 2, HeadSize: 16, Scale: 1, Behind: 1, Ahead: 1);
        var packer = new WeightsPacker();
        PackedBias[] packed =
        [
            packer.Add(Attention("a"), new([1, 2, 3, 4, 5, 6], [7, 8])),
            packer.Add(Attention("b"), new([1, 2, 3, 4, 5, 6], [9, 10])),
            packer.Add(Attention("c"), new([1, 2, 3, 4, 5, -6], [9, 10])),
        ];
        byte[] file = packer.Take();

        // Each head's row has 16 places: two rows and then two gains, which begin a line of 64 bytes.
        packed.Select(p => (p.Biases, p.Gains)).ShouldBe([(0, 128), (0, 192), (256, 384)]);
        (Float(file, 0, 16), Float(file, 256, 18), Float(file, 128, 0), Float(file, 192, 0), file.Length).ShouldBe((4f, -6f, 7f, 9f, 448));
    }

    [Fact]
    public void Channel_groups_follow_each_other_each_in_panels_of_its_own()
    {
        // Two groups of 3 outputs: the second begins a new panel, and new places in the vectors.
        sbyte[] values = [.. Enumerable.Range(0, 6 * 4).Select(i => (sbyte)(i + 1))];
        (PackedInt8 packed, byte[] file) = Pack(values, outputs: 6, groups: 2);
        (packed.Sums, packed.Multipliers, packed.Bias).ShouldBe((128, 256, 384));
        ((sbyte)file[0], (sbyte)file[8], (sbyte)file[12]).ShouldBe(((sbyte)1, (sbyte)9, (sbyte)0));
        ((sbyte)file[64], (sbyte)file[68], (sbyte)file[72]).ShouldBe(((sbyte)13, (sbyte)17, (sbyte)21));
        Int(file, packed.Sums, 16).ShouldBe(13 + 14 + 15 + 16);
        Float(file, packed.Bias, 18).ShouldBe(-5);
        Int(file, packed.Sums, 3).ShouldBe(0);
    }

    [Fact]
    public void Float_weights_lie_in_panels_of_16_outputs_by_one_input()
    {
        // Two groups of 17 outputs by 3 inputs: each two panels of 3 × 16 floats.
        float[] values = [.. Enumerable.Range(0, 34 * 3).Select(i => i + 1.5f)];
        float[] bias = [.. Enumerable.Range(0, 34).Select(i => -i - 0.25f)];
        var packer = new WeightsPacker();
        packer.Add([1f], null);
        PackedFloat packed = packer.Add(values, bias, 34, groups: 2);
        byte[] file = packer.Take();
        (packed.Weights, packed.Bias, file.Length).ShouldBe((128, 128 + 4 * 192, 128 + 4 * 192 + 4 * 64));
        float[] panels = [.. Enumerable.Range(0, 192).Select(i => Float(file, packed.Weights, i))];
        for (int output = 0; output < 34; output++)
        {
            (int group, int member) = Math.DivRem(output, 17);
            for (int input = 0; input < 3; input++)
            {
                panels[group * 96 + member / 16 * 48 + input * 16 + member % 16].ShouldBe(values[output * 3 + input]);
            }

            Float(file, packed.Bias, group * 32 + member).ShouldBe(bias[output]);
        }

        panels.Count(w => w != 0).ShouldBe(values.Length);
        Enumerable.Range(0, 64).Count(i => Float(file, packed.Bias, i) != 0).ShouldBe(bias.Length);
    }

    [Fact]
    public void Blocks_are_aligned_and_a_missing_bias_is_zero()
    {
        var packer = new WeightsPacker();
        PackedNorm norm = packer.Add([1, 2, 3], null);
        var after = (PackedInt8)packer.Add(new QuantizedMatrix([5], [2f]), null, 1, 3f);
        byte[] file = packer.Take();
        (norm.Gain, norm.Bias, after.Weights).ShouldBe((0, 64, 128));
        file.Length.ShouldBe((int)after.Bias + 64);
        Float(file, norm.Gain, 2).ShouldBe(3);
        file[12..128].ShouldAllBe(b => b == 0);
        Float(file, after.Multipliers, 0).ShouldBe(6);
        Float(file, after.Bias, 0).ShouldBe(0);
    }

    private static (PackedInt8 Packed, byte[] File) Pack(sbyte[] values, int outputs, int groups, float inputScale = 1)
    {
        var packer = new WeightsPacker();
        float[] scales = [.. Enumerable.Range(1, outputs).Select(i => (float)i)];
        float[] bias = [.. Enumerable.Range(0, outputs).Select(i => -(float)i)];
        return ((PackedInt8)packer.Add(new QuantizedMatrix(values, scales), bias, groups, inputScale), packer.Take());
    }

    private static int Int(byte[] file, long offset, int index) => BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan((int)offset + 4 * index));

    private static float Float(byte[] file, long offset, int index) => BinaryPrimitives.ReadSingleLittleEndian(file.AsSpan((int)offset + 4 * index));
}

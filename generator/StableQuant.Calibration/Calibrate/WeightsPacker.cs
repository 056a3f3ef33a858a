using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using StableQuant.Graph;

namespace StableQuant.Calibration.Calibrate;

/// <summary>Lays out a weights file: blocks in the order they are added, each aligned for the kernels, little-endian.</summary>
internal sealed class WeightsPacker
{
    private readonly ArrayBufferWriter<byte> file = new();

    /// <summary>The file's bytes.</summary>
    public byte[] ToArray() => file.WrittenSpan.ToArray();

    /// <summary>Packs a product: weights in panels, and the vectors of its outputs.</summary>
    /// <param name="matrix">The quantized weights.</param>
    /// <param name="bias">One an output; null for none.</param>
    /// <param name="groups">Channel groups; outputs are ordered group by group.</param>
    /// <param name="inputScale">Scale of the product's other operand.</param>
    public PackedWeights Add(QuantizedMatrix matrix, float[]? bias, int groups, float inputScale)
    {
        int total = matrix.Scales.Length;
        int outputs = total / groups;
        int inputs = matrix.Values.Length / total;
        int padded = PanelLayout.Panels(outputs) * PanelLayout.Outputs;
        long bytes = PanelLayout.Bytes(outputs, inputs);
        var weights = new byte[groups * bytes];
        var sums = new int[groups * padded];
        var multipliers = new float[groups * padded];
        var biases = new float[groups * padded];
        for (int output = 0; output < total; output++)
        {
            int group = output / outputs;
            int place = group * padded + output % outputs;
            for (int input = 0; input < inputs; input++)
            {
                sbyte weight = matrix.Values[output * inputs + input];
                weights[group * bytes + PanelLayout.Index(output % outputs, input, inputs)] = (byte)weight;
                sums[place] += weight;
            }

            multipliers[place] = inputScale * matrix.Scales[output];
            biases[place] = bias?[output] ?? 0;
        }

        return new PackedWeights(8, Add(weights), AddIntegers(sums), AddFloats(multipliers), AddFloats(biases));
    }

    /// <summary>Packs a norm.</summary>
    public PackedNorm Add(float[] gain, float[]? bias) => new(AddFloats(gain), AddFloats(bias ?? new float[gain.Length]));

    private long AddIntegers(int[] values) => Add(MemoryMarshal.AsBytes(BitConverter.IsLittleEndian ? values : [.. values.Select(BinaryPrimitives.ReverseEndianness)]));

    private long AddFloats(float[] values) => AddIntegers([.. values.Select(BitConverter.SingleToInt32Bits)]);

    private long Add(ReadOnlySpan<byte> block)
    {
        long offset = file.WrittenCount;
        file.Write(block);
        file.Write(new byte[(int)(-block.Length & (PanelLayout.Alignment - 1))]);
        return offset;
    }
}

using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using StableQuant.Calibration.Float;
using StableQuant.Graph;
using StableQuant.Graph.Layout;

namespace StableQuant.Calibration.Quantization;

/// <summary>Lays out a weights file: blocks in the order they are added, each aligned for the kernels, little-endian.</summary>
internal sealed class WeightsPacker
{
    // One by one: a buffer that grows would hold a large model's weights three times while it does.
    private readonly Queue<byte[]> blocks = [];
    private (float[] Values, long Offset)? lastBiases;
    private long length;

    /// <summary>The file's bytes; the packer is empty then.</summary>
    /// <param name="section">What the file says of its shape; null for nothing.</param>
    /// <exception cref="StableQuantException">They are more than an array holds.</exception>
    public byte[] Take(byte[]? section = null)
    {
        long start = section is null ? length : Add(section);
        length += section is null ? 0 : ShapeLayout.FooterBytes;
        if (length > Array.MaxLength)
        {
            throw new StableQuantException($"The quantized weights take {length} bytes; a weights file holds at most {Array.MaxLength}.");
        }

        var file = new byte[length];
        int end = 0;
        while (blocks.TryDequeue(out byte[]? block))
        {
            block.CopyTo(file, end);
            end += block.Length;
        }

        if (section is not null)
        {
            Span<byte> footer = file.AsSpan(end);
            SHA256.HashData(file.AsSpan(0, end), footer);
            BinaryPrimitives.WriteInt64LittleEndian(footer[ShapeLayout.HashBytes..], start);
            ShapeLayout.Magic.CopyTo(footer[^ShapeLayout.Magic.Length..]);
        }

        length = 0;
        lastBiases = null;
        return file;
    }

    /// <summary>Packs an int8 product: weights in panels, or as indices where they have so few levels, and the vectors of its outputs.</summary>
    /// <param name="matrix">The quantized weights.</param>
    /// <param name="bias">One an output; null for none.</param>
    /// <param name="groups">Channel groups; outputs are ordered group by group.</param>
    /// <param name="inputScale">Scale of the product's other operand.</param>
    public PackedIntegers Add(QuantizedMatrix matrix, float[]? bias, int groups, float inputScale)
    {
        int total = matrix.Scales.Length;
        int inputs = matrix.Values.Length / total;
        long bytes = PanelLayout.Bytes(total / groups, inputs);
        var weights = new byte[groups * bytes];
        var sums = new int[total];
        for (int output = 0; output < total; output++)
        {
            (int group, int member) = Math.DivRem(output, total / groups);
            for (int input = 0; input < inputs; input++)
            {
                sbyte weight = matrix.Values[output * inputs + input];
                weights[group * bytes + PanelLayout.Index(member, input, inputs)] = (byte)weight;
                sums[output] += weight;
            }
        }

        IndexedMatrix? indexed = IndexedMatrix.Has(matrix.Bits) ? IndexedMatrix.Of(matrix, groups) : null;
        long start = Add(indexed?.Indices ?? weights);
        long second = indexed is null ? AddIntegers(InPanels(sums, groups)) : Add(indexed.Levels);
        long multipliers = AddFloats(InPanels([.. matrix.Scales.Select(scale => inputScale * scale)], groups));
        long biases = AddFloats(InPanels(bias ?? new float[total], groups));
        return indexed is not null ? new PackedIndices(matrix.Bits, start, second, multipliers, biases) : new PackedInt8(start, second, multipliers, biases);
    }

    /// <summary>Packs a float32 product: weights in panels, and the bias of its outputs.</summary>
    /// <param name="matrix">The weights, [outputs, inputs].</param>
    /// <param name="bias">One an output; null for none.</param>
    /// <param name="outputs">Number of outputs.</param>
    /// <param name="groups">Channel groups; outputs are ordered group by group.</param>
    public PackedFloat Add(float[] matrix, float[]? bias, int outputs, int groups)
    {
        int inputs = matrix.Length / outputs;
        long floats = PanelLayout.FloatBytes(outputs / groups, inputs) / sizeof(float);
        var weights = new float[groups * floats];
        for (int output = 0; output < outputs; output++)
        {
            (int group, int member) = Math.DivRem(output, outputs / groups);
            for (int input = 0; input < inputs; input++)
            {
                weights[group * floats + PanelLayout.FloatIndex(member, input, inputs)] = matrix[output * inputs + input];
            }
        }

        return new PackedFloat(AddFloats(weights), AddFloats(InPanels(bias ?? new float[outputs], groups)));
    }

    /// <summary>Packs a norm.</summary>
    public PackedNorm Add(float[] gain, float[]? bias) => new(AddFloats(gain), AddFloats(bias ?? new float[gain.Length]));

    /// <summary>Packs an attention's biases and gains. Attentions that have the same biases, as WavLM's do, share them.</summary>
    public PackedBias Add(BiasedAttention attention, FloatParameters parameters)
    {
        int padded = PanelLayout.Padded(attention.Distances);
        var biases = new float[attention.Heads * padded];
        for (int head = 0; head < attention.Heads; head++)
        {
            parameters.Weight.AsSpan(head * attention.Distances, attention.Distances).CopyTo(biases.AsSpan(head * padded));
        }

        if (lastBiases is not { } last || !last.Values.AsSpan().SequenceEqual(biases))
        {
            lastBiases = last = (biases, AddFloats(biases));
        }

        return new PackedBias(last.Offset, AddFloats(parameters.Bias!));
    }

    /// <summary>Packs rotations by some angles (<see cref="RotationLayout"/>).</summary>
    public long AddRotations(float[] angles)
    {
        var packed = new float[RotationLayout.Floats(angles.Length)];
        for (int i = 0; i < angles.Length; i++)
        {
            (double cosine, double sine) = (Series(angles[i], 0), Series(angles[i], 1));
            packed[i] = (float)cosine;
            packed[angles.Length + i] = (float)(cosine - (float)cosine);
            packed[(2 * angles.Length) + i] = (float)sine;
            packed[(3 * angles.Length) + i] = (float)(sine - (float)sine);
        }

        return AddFloats(packed);
    }

    // Taylor's series of the cosine, or from the power 1 on of the sine: the system's functions differ in their last bits. Angles are a few radians.
    private static double Series(double angle, int power)
    {
        const int Terms = 40;
        double term = power == 0 ? 1 : angle, sum = 0;
        for (int n = power; n < Terms; n += 2)
        {
            sum += term;
            term *= -angle * angle / ((n + 1) * (n + 2));
        }

        return sum;
    }

    /// <summary>A vector with a place for every output of whole panels: each channel group begins a new one.</summary>
    private static T[] InPanels<T>(T[] values, int groups)
    {
        int outputs = values.Length / groups;
        int padded = PanelLayout.Panels(outputs) * PanelLayout.Outputs;
        var vector = new T[groups * padded];
        for (int group = 0; group < groups; group++)
        {
            values.AsSpan(group * outputs, outputs).CopyTo(vector.AsSpan(group * padded));
        }

        return vector;
    }

    private long AddIntegers(int[] values) => Add(MemoryMarshal.AsBytes(BitConverter.IsLittleEndian ? values : [.. values.Select(BinaryPrimitives.ReverseEndianness)]));

    private long AddFloats(float[] values) => AddIntegers([.. values.Select(BitConverter.SingleToInt32Bits)]);

    private long Add(ReadOnlySpan<byte> block)
    {
        long offset = length;
        var padded = new byte[block.Length + (-block.Length & (PanelLayout.Alignment - 1))];
        block.CopyTo(padded);
        blocks.Enqueue(padded);
        length += padded.Length;
        return offset;
    }
}

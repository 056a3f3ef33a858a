using System.Buffers.Binary;
using System.Runtime.InteropServices;
using StableQuant.Calibration.Quantization;
using StableQuant.Graph;
using StableQuant.Graph.Layout;

namespace StableQuant.Calibration.Tests.Guarded;

/// <summary>A weights file for a description: random numbers where it wants some, and what follows from them.</summary>
internal static class RandomWeights
{
    public static byte[] Of(ModelDescription model, Random random)
    {
        var file = new byte[model.Weights.Bytes];
        foreach (Operation operation in model.Operations)
        {
            switch (operation)
            {
                case Graph.Product product:
                    Fill(file, product, model.Operations.OfType<Quantize>().FirstOrDefault(q => q.Name == product.Input), random);
                    break;
                case Norm { Packed: { } packed } norm:
                    Fill(file, packed, norm.Channels, random);
                    break;
                case BiasedAttention { Packed: { } packed } attention:
                    Floats(file, packed.Biases, attention.Heads * PanelLayout.Padded(attention.Distances), 0, 2, random);
                    Floats(file, packed.Gains, attention.Heads, 1, 0.5f, random);
                    break;
                case Sinusoids { Packed: { } packed } waves:
                    Turns(file, packed, waves.Channels / 2, random);
                    break;
            }
        }

        return file;
    }

    private static void Fill(byte[] file, Graph.Product product, Quantize? grid, Random random)
    {
        (int groups, int outputs, int inputs) = (product.PackedGroups, product.PackedOutputs, product.GroupInputs);
        int padded = PanelLayout.Padded(outputs);
        Floats(file, product.Packed!.Bias, groups * padded, 0, 0.5f, random);
        if (product.Packed is not PackedIntegers packed)
        {
            Floats(file, product.Packed.Weights, groups * PanelLayout.FloatBytes(outputs, inputs) / 4, 0, 1.7f / MathF.Sqrt(inputs), random);
            return;
        }

        int most = random.Next(3) switch { 0 => 63, 1 => 127, _ => random.Next(1, 128) };
        bool isExtreme = random.Next(4) == 0;
        sbyte Any() => (sbyte)(isExtreme ? most * (2 * random.Next(2) - 1) : random.Next(-most, most + 1));
        int bits = (packed as PackedIndices)?.Bits ?? 8;
        int bytes = (int)PanelLayout.Bytes(outputs, inputs);
        var all = new sbyte[groups * bytes];
        var rows = new sbyte[groups * outputs * inputs];
        for (int output = 0; output < groups * outputs; output++)
        {
            (int group, int member) = Math.DivRem(output, outputs);
            sbyte[] levels = [.. Enumerable.Range(0, bits < 8 ? 1 << bits : 0).Select(_ => Any())];
            int sum = 0;
            for (int input = 0; input < inputs; input++)
            {
                sbyte weight = bits < 8 ? levels[random.Next(levels.Length)] : Any();
                all[group * bytes + (int)PanelLayout.Index(member, input, inputs)] = weight;
                rows[output * inputs + input] = weight;
                sum += weight;
            }

            if (packed is PackedInt8 { Sums: var sums })
            {
                BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan((int)sums + 4 * (group * padded + member)), sum);
            }
        }

        if (packed is PackedIndices stored)
        {
            var indexed = IndexedMatrix.Of(new QuantizedMatrix(rows, new float[groups * outputs]) { Bits = bits }, groups);
            indexed.Indices.CopyTo(file.AsSpan((int)stored.Weights));
            indexed.Levels.CopyTo(file.AsSpan((int)stored.Levels));
        }
        else
        {
            MemoryMarshal.AsBytes<sbyte>(all).CopyTo(file.AsSpan((int)packed.Weights));
        }

        // Of inputs of about 1, as the normalised audio's are, results of about 1: what is kept stays far below its limit.
        Floats(file, packed.Multipliers, groups * padded, (grid?.Scale ?? 1) / (0.6f * most * MathF.Sqrt(inputs)), 0, random);
    }

    private static void Fill(byte[] file, PackedNorm packed, int channels, Random random)
    {
        Floats(file, packed.Gain, channels, 1, 0.5f, random);
        Floats(file, packed.Bias, channels, 0, 0.5f, random);
    }

    // Cosines and what float32 leaves of them, sines alike.
    private static void Turns(byte[] file, long offset, int count, Random random)
    {
        for (int i = 0; i < count; i++)
        {
            (double sine, double cosine) = Math.SinCos(random.NextDouble());
            double[] parts = [cosine, cosine - (float)cosine, sine, sine - (float)sine];
            for (int part = 0; part < parts.Length; part++)
            {
                BinaryPrimitives.WriteSingleLittleEndian(file.AsSpan((int)offset + (4 * ((part * count) + i))), (float)parts[part]);
            }
        }
    }

    private static void Floats(byte[] file, long offset, long count, float center, float size, Random random)
    {
        for (long i = 0; i < count; i++)
        {
            BinaryPrimitives.WriteSingleLittleEndian(file.AsSpan((int)(offset + 4 * i)), center + size * (random.NextSingle() * 2 - 1));
        }
    }
}

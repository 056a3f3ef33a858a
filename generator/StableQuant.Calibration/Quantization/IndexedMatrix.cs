using System.Runtime.InteropServices;
using StableQuant.Graph.Layout;

namespace StableQuant.Calibration.Quantization;

/// <summary>Int8 weights of few levels an output, as a weights file stores them (<see cref="IndexLayout"/>).</summary>
/// <param name="Indices">For each weight which level it is.</param>
/// <param name="Levels">The levels of each output, in rising order; of an output with fewer than there could be the last ones are 0.</param>
internal sealed record IndexedMatrix(byte[] Indices, byte[] Levels)
{
    /// <summary>Whether weights of so many bits are stored as indices.</summary>
    public static bool Has(int bits) => bits is >= IndexLayout.MinBits and <= IndexLayout.MaxBits;

    /// <summary>Stores a matrix.</summary>
    /// <param name="matrix">The weights.</param>
    /// <param name="groups">Channel groups; outputs are ordered group by group.</param>
    /// <exception cref="ArgumentException">An output has more levels than its bits can tell apart.</exception>
    public static IndexedMatrix Of(QuantizedMatrix matrix, int groups)
    {
        int bits = matrix.Bits, outputs = matrix.Scales.Length / groups, inputs = matrix.Values.Length / matrix.Scales.Length;
        int groupBytes = checked((int)IndexLayout.Bytes(bits, outputs, inputs)), levelBytes = checked((int)IndexLayout.LevelBytes(bits, outputs));
        var indices = new byte[groups * groupBytes];
        var levels = new byte[groups * levelBytes];
        Span<byte> places = stackalloc byte[256];
        for (int output = 0; output < groups * outputs; output++)
        {
            (int group, int member) = Math.DivRem(output, outputs);
            ReadOnlySpan<sbyte> row = matrix.Values.AsSpan(output * inputs, inputs);
            Span<sbyte> own = MemoryMarshal.Cast<byte, sbyte>(levels.AsSpan(group * levelBytes + (member << bits), 1 << bits));
            if (Rank(row, own, places) is var count && count > own.Length)
            {
                throw new ArgumentException($"Output {output} has {count} levels, which {bits} bits cannot tell apart.", nameof(matrix));
            }

            for (int input = 0; input < inputs; input++)
            {
                long quad = group * (long)groupBytes + IndexLayout.Quad(bits, outputs, inputs, member, input);
                Put(indices.AsSpan((int)quad), bits, member % IndexLayout.QuadOutputs, input % IndexLayout.StepInputs, places[row[input] - sbyte.MinValue]);
            }
        }

        return new IndexedMatrix(indices, levels);
    }

    // The levels that occur, in rising order, and the place of each; how many they are.
    private static int Rank(ReadOnlySpan<sbyte> row, Span<sbyte> levels, Span<byte> places)
    {
        places.Clear();
        foreach (sbyte weight in row)
        {
            places[weight - sbyte.MinValue] = 1;
        }

        int count = 0;
        for (int i = 0; i < places.Length; i++)
        {
            if (places[i] != 0)
            {
                places[i] = (byte)count;
                if (count < levels.Length)
                {
                    levels[count] = (sbyte)(i + sbyte.MinValue);
                }

                count++;
            }
        }

        return count;
    }

    private static void Put(Span<byte> quad, int bits, int output, int input, int index)
    {
        if (bits == IndexLayout.MaxBits)
        {
            quad[output / 2 * IndexLayout.StepInputs + input] |= (byte)(index << 4 * (output % 2));
            return;
        }

        quad[input] |= (byte)((index & 3) << 2 * output);
        quad[IndexLayout.StepInputs + input % IndexLayout.HighBytes] |= (byte)(index >> 2 << output + 4 * (input / IndexLayout.HighBytes));
    }
}

using System.ComponentModel;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace StableQuant.Kernels.Layers;

/// <summary>
/// What is added to values before they are rounded to a grid, uniform within half a step, so that what is less than a step is kept on average: docs/numbers.md,
/// Dither. It depends on an element's row and channel alone: threads, tiles and instruction sets change none of it.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static unsafe class Dither
{
    private const int Bits = 10, Length = 1 << Bits, Lanes = 16;

    /// <summary>From one row to the next, of 2³²: the golden ratio, whose multiples lie as far apart as can be.</summary>
    private const uint RowStep = 2654435769;

    /// <summary>1024 numbers between −1/2 and 1/2, and the first of them again, so that 16 can be read from each on.</summary>
    public static readonly float* Values = Make();

    /// <summary>Where those of 16 elements lie.</summary>
    /// <param name="values"><see cref="Values"/>.</param>
    /// <param name="row">Their row.</param>
    /// <param name="channel">The first one's channel.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float* At(float* values, int row, int channel) => values + ((((uint)row * RowStep) >> (32 - Bits)) + (uint)channel & (Length - 1));

    private static float* Make()
    {
        // As long as the process: kernels of any model may read it at any time.
        float* values = (float*)NativeMemory.AlignedAlloc((Length + Lanes) * sizeof(float), 64);
        for (int i = 0; i < Length + Lanes; i++)
        {
            values[i] = (2 * Reversed(i % Length) + 1) / (2f * Length) - 0.5f;
        }

        return values;
    }

    private static int Reversed(int i)
    {
        int reversed = 0;
        for (int bit = 0; bit < Bits; bit++)
        {
            reversed = 2 * reversed + (i >> bit & 1);
        }

        return reversed;
    }
}

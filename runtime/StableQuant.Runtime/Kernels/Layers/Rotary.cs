using System.ComponentModel;
using System.Runtime.CompilerServices;
using StableQuant.Kernels.Lanes;

namespace StableQuant.Kernels.Layers;

/// <summary>Rotary positions: each head's first half of the channels turned with its second half, pair by pair.</summary>
/// <typeparam name="TIsa">The instruction set.</typeparam>
/// <typeparam name="TInt">Sixteen int32 lanes.</typeparam>
/// <typeparam name="TFloat">Sixteen float32 lanes.</typeparam>
[EditorBrowsable(EditorBrowsableState.Never)]
public static unsafe class Rotary<TIsa, TInt, TFloat>
    where TIsa : struct, ILanes<TInt, TFloat>
    where TInt : unmanaged
    where TFloat : unmanaged
{
    private const int Lanes = 16;

    // Pairs whose sines and cosines are parted for all heads of a row.
    private const int BlockPairs = 64;

    /// <summary>Some rows: (a, b) becomes (a · cos − b · sin, b · cos + a · sin), each operation rounded by itself.</summary>
    /// <param name="source">Row 0 of [frames, heads × size].</param>
    /// <param name="waves">Row 0 of [frames, size]: channels 2k and 2k + 1 are the sine and the cosine of pair k.</param>
    /// <param name="first">The first row.</param>
    /// <param name="end">The row behind the last one.</param>
    /// <param name="heads">Number of heads.</param>
    /// <param name="size">Channels of a head.</param>
    /// <param name="output">Row 0 of what receives the result.</param>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Rows(float* source, float* waves, int first, int end, int heads, int size, float* output)
    {
        float* sines = stackalloc float[2 * BlockPairs];
        float* cosines = sines + BlockPairs;
        int half = size / 2;
        for (int row = first; row < end; row++)
        {
            for (int start = 0; start < half; start += BlockPairs)
            {
                int pairs = Math.Min(BlockPairs, half - start);
                float* angles = waves + (long)row * size + 2 * start;
                for (int k = 0; k < pairs; k++)
                {
                    sines[k] = angles[2 * k];
                    cosines[k] = angles[2 * k + 1];
                }

                long at = (long)row * heads * size + start;
                for (int head = 0; head < heads; head++, at += size)
                {
                    Turn(source + at, half, pairs, sines, cosines, output + at);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Turn(float* source, int half, int pairs, float* sines, float* cosines, float* output)
    {
        int k = 0;
        for (; k + Lanes <= pairs; k += Lanes)
        {
            (TFloat a, TFloat b) = (TIsa.Load(source + k), TIsa.Load(source + half + k));
            (TFloat sine, TFloat cosine) = (TIsa.Load(sines + k), TIsa.Load(cosines + k));
            TIsa.Store(output + k, TIsa.Subtract(TIsa.Multiply(a, cosine), TIsa.Multiply(b, sine)));
            TIsa.Store(output + half + k, TIsa.Add(TIsa.Multiply(b, cosine), TIsa.Multiply(a, sine)));
        }

        for (; k < pairs; k++)
        {
            (float a, float b) = (source[k], source[half + k]);
            output[k] = a * cosines[k] - b * sines[k];
            output[half + k] = b * cosines[k] + a * sines[k];
        }
    }
}

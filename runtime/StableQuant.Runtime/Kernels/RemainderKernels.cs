using System.Runtime.CompilerServices;

namespace StableQuant.Runtime;

/// <summary>Finds remainders while a value is quantized, and adds their products to a tile's sums.</summary>
/// <typeparam name="TPath">The instruction set.</typeparam>
/// <typeparam name="TSums">The running sums of 16 outputs.</typeparam>
/// <typeparam name="TWeights">One group of packed weights.</typeparam>
/// <typeparam name="TInput">Four inputs of one row.</typeparam>
/// <typeparam name="TInt">Sixteen int32 lanes.</typeparam>
/// <typeparam name="TFloat">Sixteen float32 lanes.</typeparam>
public static unsafe class RemainderKernels<TPath, TSums, TWeights, TInput, TInt, TFloat>
    where TPath : struct, IPath<TSums, TWeights, TInput, TInt, TFloat>
    where TSums : unmanaged
    where TWeights : unmanaged
    where TInput : unmanaged
    where TInt : unmanaged
    where TFloat : unmanaged
{
    private const int Lanes = 16;
    private const int GroupSize = 4;

    /// <summary>Quantizes 16 values to u8 and returns what lies beyond to the list.</summary>
    /// <param name="y">The values.</param>
    /// <param name="inverseScale">1/scale of the grid.</param>
    /// <param name="zeroPoint">Zero point of the grid.</param>
    /// <param name="limit">The largest integer kept: ±limit, which the layers behind it can sum without leaving int32.</param>
    /// <param name="row">The frame.</param>
    /// <param name="column">The first value's channel; a multiple of 4.</param>
    /// <param name="count">How many of the 16 are values.</param>
    /// <param name="list">Where remainders go.</param>
    /// <returns>The integers of the grid, 0 … 255.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TInt Quantize(TFloat y, float inverseScale, int zeroPoint, int limit, int row, int column, int count, in Remainders list)
    {
        TInt whole = Elementary<TPath, TInt, TFloat>.Quantize(y, inverseScale, zeroPoint, -limit, limit);
        TInt clamped = TPath.ClampToByte(whole);
        if (!TPath.AreEqual(whole, clamped))
        {
            Append(whole, clamped, row, column, count, list);
        }

        return clamped;
    }

    /// <summary>Adds the products of the remainders in one output's window.</summary>
    /// <param name="sums">The sums so far.</param>
    /// <param name="list">The input's remainders.</param>
    /// <param name="panel">The panel of packed weights: for each tap its groups.</param>
    /// <param name="firstFrame">The frame of the first tap; it may lie before the utterance.</param>
    /// <param name="taps">Frames of the window.</param>
    /// <param name="firstGroup">The first group of 4 channels that the panel covers.</param>
    /// <param name="groups">How many it covers.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TInt Add(TInt sums, in Remainders list, byte* panel, int firstFrame, int taps, int firstGroup, int groups)
    {
        for (int tap = 0; tap < taps; tap++)
        {
            int frame = firstFrame + tap;
            if ((uint)frame < (uint)list.Frames && list.Counts[frame] > 0)
            {
                sums = TPath.AddInt(sums, SumFrame(list, frame, panel + (long)tap * groups * (Lanes * GroupSize), firstGroup, groups));
            }
        }

        return sums;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static TInt SumFrame(in Remainders list, int frame, byte* panel, int firstGroup, int groups)
    {
        TSums sums = default;
        ushort* listed = list.Groups + (long)frame * (list.Channels / GroupSize);
        short* values = list.Values + (long)frame * list.Channels;
        for (int i = 0; i < list.Counts[frame]; i++)
        {
            int group = listed[i] - firstGroup;
            if ((uint)group < (uint)groups)
            {
                sums = TPath.AddRemainder(sums, values + listed[i] * GroupSize, TPath.LoadWeights(panel + group * (Lanes * GroupSize)));
            }
        }

        return TPath.Finish(sums);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Append(TInt whole, TInt clamped, int row, int column, int count, in Remainders list)
    {
        int* wholes = stackalloc int[Lanes];
        int* bytes = stackalloc int[Lanes];
        TPath.StoreInt(wholes, whole);
        TPath.StoreInt(bytes, clamped);
        short* values = list.Values + (long)row * list.Channels + column;
        ushort* listed = list.Groups + (long)row * (list.Channels / GroupSize);
        for (int first = 0; first < count; first += GroupSize)
        {
            bool any = false;
            for (int lane = first; lane < first + GroupSize; lane++)
            {
                int remainder = wholes[lane] - bytes[lane];
                any |= remainder != 0;
                values[lane] = (short)remainder;
            }

            if (any)
            {
                listed[list.Counts[row]++] = (ushort)((column + first) / GroupSize);
            }
        }
    }
}

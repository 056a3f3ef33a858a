using System.Numerics;
using System.Runtime.CompilerServices;

namespace StableQuant.Runtime;

/// <summary>Lists remainders while a value is quantized, and adds their products to a tile's sums.</summary>
/// <typeparam name="TPath">The instruction set.</typeparam>
/// <typeparam name="TInt">Sixteen int32 lanes.</typeparam>
/// <typeparam name="TFloat">Sixteen float32 lanes.</typeparam>
public static unsafe class RemainderKernels<TPath, TInt, TFloat>
    where TPath : struct, ILanes<TInt, TFloat>
    where TInt : unmanaged
    where TFloat : unmanaged
{
    private const int Lanes = 16;
    private const int GroupSize = 4;

    /// <summary>Adds the products of the remainders in one row's window to its sums.</summary>
    /// <param name="sums">The sums of the row, 16 a panel.</param>
    /// <param name="panels">Number of panels.</param>
    /// <param name="weights">The first panel of packed weights: for each tap its groups.</param>
    /// <param name="panelBytes">Bytes from one panel to the next.</param>
    /// <param name="list">The input's remainders, compact.</param>
    /// <param name="firstFrame">The frame of the first tap; it may lie before the utterance.</param>
    /// <param name="taps">Frames of the window.</param>
    /// <param name="firstGroup">The first group of 4 channels that the panels cover.</param>
    /// <param name="groups">How many they cover.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Add(int* sums, int panels, byte* weights, long panelBytes, in Remainders list, int firstFrame, int taps, int firstGroup, int groups)
    {
        int frame = Math.Max(firstFrame, 0);
        int endFrame = Math.Min(firstFrame + taps, list.Frames);
        int start = frame == 0 ? 0 : list.Counts[frame - 1];
        if (frame < endFrame && start < list.Counts[endFrame - 1])
        {
            Add(sums, panels, weights - (long)firstFrame * groups * (Lanes * GroupSize), panelBytes, list, start, list.Counts[endFrame - 1], frame, firstGroup, groups);
        }
    }

    /// <summary>Adds a stretch of the list.</summary>
    /// <param name="sums">As above.</param>
    /// <param name="panels">As above.</param>
    /// <param name="weights">What would be the first panel's weights of frame 0.</param>
    /// <param name="panelBytes">As above.</param>
    /// <param name="list">The list.</param>
    /// <param name="start">Its first entry.</param>
    /// <param name="end">The entry behind its last.</param>
    /// <param name="frame">The frame of the first entry, or one before it.</param>
    /// <param name="firstGroup">As above.</param>
    /// <param name="groups">As above.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Add(
        int* sums, int panels, byte* weights, long panelBytes, in Remainders list, int start, int end, int frame, int firstGroup, int groups)
    {
        ushort* listed = list.Groups;
        int* ends = list.Counts;
        for (int i = start; i < end; i++)
        {
            while (ends[frame] <= i)
            {
                frame++;
            }

            int group = listed[i] - firstGroup;
            if ((uint)group < (uint)groups)
            {
                short* remainders = list.Values + (long)frame * list.Channels + listed[i] * GroupSize;
                byte* first = weights + ((long)frame * groups + group) * (Lanes * GroupSize);
                for (int panel = 0; panel < panels; panel++)
                {
                    int* target = sums + panel * Lanes;
                    TPath.StoreInt(target, TPath.AddRemainder(TPath.LoadInt(target), remainders, first + panel * panelBytes));
                }
            }
        }
    }

    /// <summary>Lists what lies beyond 0 … 255 in some vectors of quantized values.</summary>
    /// <param name="vectors">The vectors, [row or panel][16], as quantized without that limit.</param>
    /// <param name="stride">Integers from one vector to the next.</param>
    /// <param name="beyond">A bit for each vector, lowest first: whether any of its integers lies beyond.</param>
    /// <param name="row">Frame of the first vector.</param>
    /// <param name="rowStep">Frames from one vector to the next.</param>
    /// <param name="column">Channel of the first vector's first integer; a multiple of 4.</param>
    /// <param name="columnStep">Channels from one vector to the next.</param>
    /// <param name="end">The channel behind the last one: a vector may be longer.</param>
    /// <param name="list">Where remainders go.</param>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Append(int* vectors, int stride, ulong beyond, int row, int rowStep, int column, int columnStep, int end, in Remainders list)
    {
        for (; beyond != 0; beyond &= beyond - 1)
        {
            int vector = BitOperations.TrailingZeroCount(beyond);
            int first = column + vector * columnStep;
            Append(vectors + vector * stride, row + vector * rowStep, first, Math.Min(Lanes, end - first), list);
        }
    }

    private static void Append(int* vector, int row, int column, int count, in Remainders list)
    {
        short* values = list.Values + (long)row * list.Channels + column;
        ushort* listed = list.Groups + (long)row * (list.Channels / GroupSize);
        for (int first = 0; first < count; first += GroupSize)
        {
            bool any = false;
            for (int lane = first; lane < first + GroupSize; lane++)
            {
                int remainder = vector[lane] - Math.Clamp(vector[lane], 0, 255);
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

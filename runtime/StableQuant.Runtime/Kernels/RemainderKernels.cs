using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

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
    private const int GroupBytes = Lanes * GroupSize;

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
        int some = 0;
        for (int f = frame; f < endFrame; f++)
        {
            some |= list.Counts[f];
        }

        if (some != 0)
        {
            // As if the first panel's weights of frame 0 stood there.
            byte* origin = weights - (long)firstFrame * groups * GroupBytes;
            int panel = 0;
            for (; panel + 3 <= panels; panel += 4)
            {
                AddToFour(sums + panel * Lanes, panels - panel, origin + panel * panelBytes, panelBytes, list, frame, endFrame, firstGroup, groups);
            }

            for (; panel < panels; panel++)
            {
                AddToOne(sums + panel * Lanes, origin + panel * panelBytes, list, frame, endFrame, firstGroup, groups);
            }
        }
    }

    // One pass over the list for three panels or four; with three, the last is worked out twice.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddToFour(
        int* sums, int panels, byte* weights, long panelBytes, in Remainders list, int frame, int endFrame, int firstGroup, int groups)
    {
        TInt a = TPath.LoadInt(sums);
        TInt b = TPath.LoadInt(sums + Lanes);
        TInt c = TPath.LoadInt(sums + 2 * Lanes);
        int last = Math.Min(panels, 4) - 1;
        TInt d = TPath.LoadInt(sums + last * Lanes);
        for (; frame < endFrame; frame++)
        {
            long i = list.FirstOf(frame);
            for (long end = i + list.Counts[frame]; i < end; i++)
            {
                int group = list.Groups[i] - firstGroup;
                if ((uint)group >= (uint)groups)
                {
                    continue;
                }

                Spread(list.Values[i], out TInt even, out TInt odd);
                byte* w = weights + ((long)frame * groups + group) * GroupBytes;
                a = Add(a, w, even, odd);
                b = Add(b, w + panelBytes, even, odd);
                c = Add(c, w + 2 * panelBytes, even, odd);
                d = Add(d, w + last * panelBytes, even, odd);
            }
        }

        TPath.StoreInt(sums, a);
        TPath.StoreInt(sums + Lanes, b);
        TPath.StoreInt(sums + 2 * Lanes, c);
        TPath.StoreInt(sums + last * Lanes, d);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddToOne(int* sums, byte* weights, in Remainders list, int frame, int endFrame, int firstGroup, int groups)
    {
        TInt sum = TPath.LoadInt(sums);
        for (; frame < endFrame; frame++)
        {
            long i = list.FirstOf(frame);
            for (long end = i + list.Counts[frame]; i < end; i++)
            {
                int group = list.Groups[i] - firstGroup;
                if ((uint)group < (uint)groups)
                {
                    Spread(list.Values[i], out TInt even, out TInt odd);
                    sum = Add(sum, weights + ((long)frame * groups + group) * GroupBytes, even, odd);
                }
            }
        }

        TPath.StoreInt(sums, sum);
    }

    /// <summary>A group's four remainders in every lane: the first and third, the second and fourth.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Spread(ulong four, out TInt even, out TInt odd)
    {
        even = TPath.BroadcastInt((int)((four & 0xFFFF) | (four >> 16 & 0xFFFF0000)));
        odd = TPath.BroadcastInt((int)((four >> 16 & 0xFFFF) | (four >> 32 & 0xFFFF0000)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TInt Add(TInt sums, byte* weights, TInt even, TInt odd)
    {
        TInt group = TPath.LoadInt((int*)weights);
        return TPath.AddPairs(TPath.AddPairs(sums, TPath.EvenBytes(group), even), TPath.OddBytes(group), odd);
    }

    /// <summary>Lists what lies beyond 0 … 255 in some vectors of quantized values.</summary>
    /// <param name="vectors">The vectors, [rows][panels][16], as quantized without that limit.</param>
    /// <param name="panels">Vectors of a row.</param>
    /// <param name="beyond">A bit for each vector, lowest first: whether any of its integers lies beyond.</param>
    /// <param name="row">Frame of the first row.</param>
    /// <param name="column">Channel of the first panel; a multiple of 4.</param>
    /// <param name="end">The channel behind the last one: a vector may be longer.</param>
    /// <param name="list">Where remainders go.</param>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Append(int* vectors, int panels, ulong beyond, int row, int column, int end, in Remainders list)
    {
        ushort* groups = list.Groups;
        ulong* values = list.Values;
        int* counts = list.Counts;
        int rowGroups = list.Channels / GroupSize;

        // vector / panels, of numbers below 64.
        uint inverse = 65536u / (uint)panels + 1;
        for (; beyond != 0; beyond &= beyond - 1)
        {
            int vector = BitOperations.TrailingZeroCount(beyond);
            int r = (int)((uint)vector * inverse >> 16);
            int first = column + (vector - r * panels) * Lanes;
            Vector256<short> remainders = Vector256.Narrow(Beyond(vectors + vector * Lanes), Beyond(vectors + vector * Lanes + Lanes / 2));
            ulong* fours = (ulong*)&remainders;
            long rowFirst = (long)(row + r) * rowGroups;
            long entry = rowFirst + counts[row + r];

            // Every group is written, but the list goes on only where the group holds a remainder: there is nothing to predict.
            for (int group = first / GroupSize, last = Math.Min(first + Lanes, end) / GroupSize; group < last; group++, fours++)
            {
                groups[entry] = (ushort)group;
                values[entry] = *fours;
                entry += *fours != 0 ? 1 : 0;
            }

            counts[row + r] = (int)(entry - rowFirst);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Beyond(int* vector)
    {
        Vector256<int> q = Vector256.Load(vector);
        return q - Vector256.Min(Vector256.Max(q, Vector256<int>.Zero), Vector256.Create(255));
    }
}

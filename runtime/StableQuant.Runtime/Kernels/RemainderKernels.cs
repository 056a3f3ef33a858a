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

    /// <summary>Adds the products of some rows' remainders to their sums.</summary>
    /// <param name="sums">The sums of the first row, 16 a panel, and of the rows behind it.</param>
    /// <param name="row">The first row.</param>
    /// <param name="rows">How many.</param>
    /// <param name="panels">Panels of a row.</param>
    /// <param name="weights">The first panel of packed weights: for each tap its groups.</param>
    /// <param name="panelBytes">Bytes from one panel to the next.</param>
    /// <param name="terms">The remainders that these rows read.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Add(int* sums, int row, int rows, int panels, byte* weights, long panelBytes, in RemainderTerms terms)
    {
        int rowSums = panels * Lanes;
        int first = terms.InBlock(row);
        RemainderTerm* end = terms.End(row + rows - 1);
        for (RemainderTerm* term = terms.Start(row); term < end; term++)
        {
            TInt remainder = TPath.BroadcastInt(term->Value);
            int shift = term->Shift;
            byte* w = weights + term->Weights;
            int* sum = sums + (term->Row - first) * rowSums;
            for (int* behind = sum + rowSums; sum < behind; sum += Lanes, w += panelBytes)
            {
                TInt own = TPath.OddBytes(TPath.ShiftLeft(TPath.LoadInt((int*)w), shift));
                TPath.StoreInt(sum, TPath.AddPairs(TPath.LoadInt(sum), own, remainder));
            }
        }
    }

    /// <summary>Lists what lies beyond 0 … 255 in some vectors of quantized values.</summary>
    /// <param name="vectors">The vectors, [rows][panels][16], as quantized without that limit.</param>
    /// <param name="panels">Vectors of a row.</param>
    /// <param name="beyond">A bit for each vector, lowest first: whether any of its integers lies beyond.</param>
    /// <param name="row">Frame of the first row.</param>
    /// <param name="column">Channel of the first panel; a multiple of 4.</param>
    /// <param name="end">The channel behind the last one: a vector may be longer.</param>
    /// <param name="list">Where remainders go.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Append(int* vectors, int panels, ulong beyond, int row, int column, int end, in Remainders list)
    {
        ushort* places = list.Places;
        ulong* values = list.Values;
        int* counts = list.Counts;

        // vector / panels, of numbers below 64.
        uint inverse = 65536u / (uint)panels + 1;
        for (; beyond != 0; beyond &= beyond - 1)
        {
            int vector = BitOperations.TrailingZeroCount(beyond);
            int r = (int)((uint)vector * inverse >> 16);
            int first = column + (vector - r * panels) * Lanes;
            Vector256<short> remainders = Vector256.Narrow(Beyond(vectors + vector * Lanes), Beyond(vectors + vector * Lanes + Lanes / 2));
            ulong* fours = (ulong*)&remainders;
            (int region, int frame) = Math.DivRem(row + r, Remainders.RegionFrames);
            long regionFirst = list.FirstOf(region);
            long entry = regionFirst + counts[region];

            // Every group is written, but the list goes on only where the group holds a remainder: there is nothing to predict.
            for (int group = first / GroupSize, last = Math.Min(first + Lanes, end) / GroupSize; group < last; group++, fours++)
            {
                places[entry] = Remainders.Place(group, frame);
                values[entry] = *fours;
                entry += *fours != 0 ? 1 : 0;
            }

            counts[region] = (int)(entry - regionFirst);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Beyond(int* vector)
    {
        Vector256<int> q = Vector256.Load(vector);
        return q - Vector256.Min(Vector256.Max(q, Vector256<int>.Zero), Vector256.Create(255));
    }
}

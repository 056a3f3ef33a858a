using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace StableQuant.Runtime;

/// <summary>
/// Tiles of one panel, u8 × s8, for processors without an int8 dot product. <c>vpmaddubsw</c> adds two products in an int16
/// lane, where it saturates; a step takes two groups of 4 inputs, adds the two lanes in int16 as well and widens the sum of
/// four products by one <c>vpmaddwd</c>: 3 multiplications where int16 operands take 4, and half the additions. It
/// is exact because calibration proved, from the weights, that no inputs take the four products' sum out of int16. The
/// steps for which that is not so are listed (<see cref="TileArguments.WideSteps"/>): there, and in the last group of an
/// odd number, sums of two products are widened, which fit in every product that comes here
/// (<see cref="LayerArguments.FitsInt16"/>).
/// </summary>
internal static unsafe class Int16Tiles
{
    /// <summary>Rows of <see cref="SumAvx512"/>.</summary>
    public const int Avx512Rows = 8;

    /// <summary>Rows of <see cref="SumAvx2"/>: two ymm of sums each, of 16 registers.</summary>
    public const int Avx2Rows = 4;

    private const int GroupInputs = 4;
    private const int GroupBytes = 64;

    /// <summary>Eight rows, AVX-512 F + BW.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void SumAvx512(TileArguments* tile)
    {
        byte* x0 = tile->Input;
        byte* x1 = x0 + tile->InputStride;
        byte* x2 = x1 + tile->InputStride;
        byte* x3 = x2 + tile->InputStride;
        byte* x4 = x3 + tile->InputStride;
        byte* x5 = x4 + tile->InputStride;
        byte* x6 = x5 + tile->InputStride;
        byte* x7 = x6 + tile->InputStride;
        byte* w = tile->Weights;
        byte* wide = tile->WideSteps;
        long groups = tile->Groups;
        Vector512<int> s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default, s6 = default, s7 = default;
        for (long group = 0; group < groups;)
        {
            long k = group * GroupInputs;
            Vector512<sbyte> first = Vector512.Load((sbyte*)w);
            if (IsNarrow(group, groups, wide))
            {
                Vector512<sbyte> second = Vector512.Load((sbyte*)w + GroupBytes);
                s0 = AddFours(s0, x0 + k, first, second);
                s1 = AddFours(s1, x1 + k, first, second);
                s2 = AddFours(s2, x2 + k, first, second);
                s3 = AddFours(s3, x3 + k, first, second);
                s4 = AddFours(s4, x4 + k, first, second);
                s5 = AddFours(s5, x5 + k, first, second);
                s6 = AddFours(s6, x6 + k, first, second);
                s7 = AddFours(s7, x7 + k, first, second);
                w += 2 * GroupBytes;
                group += 2;
            }
            else
            {
                s0 = AddPairs(s0, x0 + k, first);
                s1 = AddPairs(s1, x1 + k, first);
                s2 = AddPairs(s2, x2 + k, first);
                s3 = AddPairs(s3, x3 + k, first);
                s4 = AddPairs(s4, x4 + k, first);
                s5 = AddPairs(s5, x5 + k, first);
                s6 = AddPairs(s6, x6 + k, first);
                s7 = AddPairs(s7, x7 + k, first);
                w += GroupBytes;
                group++;
            }
        }

        int* sums = tile->Sums;
        s0.Store(sums);
        s1.Store(sums + 16);
        s2.Store(sums + 32);
        s3.Store(sums + 48);
        s4.Store(sums + 64);
        s5.Store(sums + 80);
        s6.Store(sums + 96);
        s7.Store(sums + 112);
    }
    /// <summary>Four rows, AVX2.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void SumAvx2(TileArguments* tile)
    {
        byte* x0 = tile->Input;
        byte* x1 = x0 + tile->InputStride;
        byte* x2 = x1 + tile->InputStride;
        byte* x3 = x2 + tile->InputStride;
        byte* w = tile->Weights;
        byte* wide = tile->WideSteps;
        long groups = tile->Groups;
        Avx2Int s0 = default, s1 = default, s2 = default, s3 = default;
        for (long group = 0; group < groups;)
        {
            long k = group * GroupInputs;
            if (IsNarrow(group, groups, wide))
            {
                s0 = AddFours(s0, x0 + k, w);
                s1 = AddFours(s1, x1 + k, w);
                s2 = AddFours(s2, x2 + k, w);
                s3 = AddFours(s3, x3 + k, w);
                w += 2 * GroupBytes;
                group += 2;
            }
            else
            {
                s0 = AddPairs(s0, x0 + k, w);
                s1 = AddPairs(s1, x1 + k, w);
                s2 = AddPairs(s2, x2 + k, w);
                s3 = AddPairs(s3, x3 + k, w);
                w += GroupBytes;
                group++;
            }
        }

        int* sums = tile->Sums;
        Store(sums, s0);
        Store(sums + 16, s1);
        Store(sums + 32, s2);
        Store(sums + 48, s3);
    }

    /// <summary>Whether this group and the next are a step whose sums of four products fit int16.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsNarrow(long group, long groups, byte* wide) =>
        group + 1 < groups && (wide == null || (wide[group >> 4] >> (int)((group >> 1) & 7) & 1) == 0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> AddFours(Vector512<int> sums, byte* x, Vector512<sbyte> first, Vector512<sbyte> second)
    {
        Vector512<short> pairs = Avx512BW.MultiplyAddAdjacent(Vector512.Create(*(int*)x).AsByte(), first);
        Vector512<short> others = Avx512BW.MultiplyAddAdjacent(Vector512.Create(*(int*)(x + GroupInputs)).AsByte(), second);
        return Avx512F.Add(sums, Avx512BW.MultiplyAddAdjacent(Avx512BW.Add(pairs, others), Vector512<short>.One));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> AddPairs(Vector512<int> sums, byte* x, Vector512<sbyte> weights)
    {
        Vector512<short> pairs = Avx512BW.MultiplyAddAdjacent(Vector512.Create(*(int*)x).AsByte(), weights);
        return Avx512F.Add(sums, Avx512BW.MultiplyAddAdjacent(pairs, Vector512<short>.One));
    }

    // Multiplications first, then additions: up to a tenth faster than output by output.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Avx2Int AddFours(Avx2Int sums, byte* x, byte* w)
    {
        Vector256<byte> first = Vector256.Create(*(int*)x).AsByte();
        Vector256<byte> second = Vector256.Create(*(int*)(x + GroupInputs)).AsByte();
        Vector256<short> lower = Avx2.MultiplyAddAdjacent(first, Vector256.Load((sbyte*)w));
        Vector256<short> upper = Avx2.MultiplyAddAdjacent(first, Vector256.Load((sbyte*)w + GroupBytes / 2));
        Vector256<short> otherLower = Avx2.MultiplyAddAdjacent(second, Vector256.Load((sbyte*)w + GroupBytes));
        Vector256<short> otherUpper = Avx2.MultiplyAddAdjacent(second, Vector256.Load((sbyte*)w + GroupBytes + GroupBytes / 2));
        return AddWidened(sums, Avx2.Add(lower, otherLower), Avx2.Add(upper, otherUpper));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Avx2Int AddPairs(Avx2Int sums, byte* x, byte* w)
    {
        Vector256<byte> inputs = Vector256.Create(*(int*)x).AsByte();
        return AddWidened(
            sums, Avx2.MultiplyAddAdjacent(inputs, Vector256.Load((sbyte*)w)), Avx2.MultiplyAddAdjacent(inputs, Vector256.Load((sbyte*)w + GroupBytes / 2)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Avx2Int AddWidened(Avx2Int sums, Vector256<short> lower, Vector256<short> upper)
    {
        Vector256<int> widened = Avx2.MultiplyAddAdjacent(lower, Vector256<short>.One);
        Vector256<int> widenedUpper = Avx2.MultiplyAddAdjacent(upper, Vector256<short>.One);
        return new(Avx2.Add(sums.Lower, widened), Avx2.Add(sums.Upper, widenedUpper));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(int* sums, Avx2Int value)
    {
        value.Lower.Store(sums);
        value.Upper.Store(sums + 8);
    }
}

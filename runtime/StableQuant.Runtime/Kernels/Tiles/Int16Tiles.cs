using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace StableQuant.Runtime;

/// <summary>
/// Tiles, u8 × s8, for processors without an int8 dot product. <c>vpmaddubsw</c> adds two products in an int16
/// lane, where it saturates; a step takes two groups of 4 inputs, adds the two lanes in int16 as well and widens the sum of
/// four products by one <c>vpmaddwd</c>: 3 multiplications where int16 operands take 4, and half the additions. It
/// is exact because calibration proved, from the weights, that no inputs take the four products' sum out of int16. The
/// steps for which that is not so are listed (<see cref="TileArguments.WideSteps"/>): there, and in the last group of an
/// odd number, sums of two products are widened, which fit in every product that comes here
/// (<see cref="LayerArguments.FitsInt16"/>).
/// </summary>
internal static unsafe class Int16Tiles
{
    /// <summary>Rows of <see cref="SumAvx512{TWidth}"/>.</summary>
    public const int Avx512Rows = 6;

    /// <summary>Rows of <see cref="SumAvx2"/>: two ymm of sums each, of 16 registers.</summary>
    public const int Avx2Rows = 4;

    private const int Lanes = 16;
    private const int GroupInputs = 4;
    private const int GroupBytes = 64;

    /// <summary>Groups of the steps that one word of <see cref="TileArguments.WideSteps"/> lists.</summary>
    private const int ListedGroups = 128;

    /// <summary>Six rows of one or two panels, AVX-512 F + BW.</summary>
    /// <typeparam name="TWidth"><see cref="OnePanel"/> or <see cref="TwoPanels"/>.</typeparam>
    /// <param name="tile">The tile.</param>
    /// <param name="panel">The first of these panels.</param>
    /// <param name="panels">Panels of the tile.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void SumAvx512<TWidth>(TileArguments* tile, int panel, int panels)
    {
        byte* x0 = tile->Input;
        byte* x1 = x0 + tile->InputStride;
        byte* x2 = x1 + tile->InputStride;
        byte* x3 = x2 + tile->InputStride;
        byte* x4 = x3 + tile->InputStride;
        byte* x5 = x4 + tile->InputStride;
        long groups = tile->Groups;
        byte* w = tile->Weights + panel * tile->PanelBytes;
        byte* v = typeof(TWidth) == typeof(TwoPanels) ? w + tile->PanelBytes : w;
        ulong* wide = WideSteps(tile, panel);
        ulong* otherWide = typeof(TWidth) == typeof(TwoPanels) ? WideSteps(tile, panel + 1) : wide;
        Vector512<int> s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default;
        Vector512<int> t0 = default, t1 = default, t2 = default, t3 = default, t4 = default, t5 = default;
        for (long group = 0; group < groups;)
        {
            ulong listed = IsListed(wide, group, groups) ? *wide++ | *otherWide++ : 0;
            long end = Math.Min(group + ListedGroups, groups);
            while (group < end)
            {
                Vector512<sbyte> w0 = Vector512.Load((sbyte*)w);
                Vector512<sbyte> v0 = Vector512.Load((sbyte*)v);
                if ((listed & 1) == 0 && group + 1 < end)
                {
                    Vector512<sbyte> w1 = Vector512.Load((sbyte*)w + GroupBytes);
                    Vector512<sbyte> v1 = Vector512.Load((sbyte*)v + GroupBytes);
                    AddFours<TWidth>(ref s0, ref t0, x0, w0, w1, v0, v1);
                    AddFours<TWidth>(ref s1, ref t1, x1, w0, w1, v0, v1);
                    AddFours<TWidth>(ref s2, ref t2, x2, w0, w1, v0, v1);
                    AddFours<TWidth>(ref s3, ref t3, x3, w0, w1, v0, v1);
                    AddFours<TWidth>(ref s4, ref t4, x4, w0, w1, v0, v1);
                    AddFours<TWidth>(ref s5, ref t5, x5, w0, w1, v0, v1);
                    x0 += 2 * GroupInputs;
                    x1 += 2 * GroupInputs;
                    x2 += 2 * GroupInputs;
                    x3 += 2 * GroupInputs;
                    x4 += 2 * GroupInputs;
                    x5 += 2 * GroupInputs;
                    w += 2 * GroupBytes;
                    v += 2 * GroupBytes;
                    group += 2;
                    listed >>= 1;
                }
                else
                {
                    AddPairs<TWidth>(ref s0, ref t0, x0, w0, v0);
                    AddPairs<TWidth>(ref s1, ref t1, x1, w0, v0);
                    AddPairs<TWidth>(ref s2, ref t2, x2, w0, v0);
                    AddPairs<TWidth>(ref s3, ref t3, x3, w0, v0);
                    AddPairs<TWidth>(ref s4, ref t4, x4, w0, v0);
                    AddPairs<TWidth>(ref s5, ref t5, x5, w0, v0);
                    x0 += GroupInputs;
                    x1 += GroupInputs;
                    x2 += GroupInputs;
                    x3 += GroupInputs;
                    x4 += GroupInputs;
                    x5 += GroupInputs;
                    w += GroupBytes;
                    v += GroupBytes;
                    group++;
                    listed >>= (int)(~group & 1);
                }
            }
        }

        int* sums = tile->Sums + panel * Lanes;
        int stride = panels * Lanes;
        Store<TWidth>(sums, s0, t0);
        Store<TWidth>(sums + stride, s1, t1);
        Store<TWidth>(sums + 2 * stride, s2, t2);
        Store<TWidth>(sums + 3 * stride, s3, t3);
        Store<TWidth>(sums + 4 * stride, s4, t4);
        Store<TWidth>(sums + 5 * stride, s5, t5);
    }

    /// <summary>Four rows of one panel, AVX2.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void SumAvx2(TileArguments* tile, int panel, int panels)
    {
        byte* x0 = tile->Input;
        byte* x1 = x0 + tile->InputStride;
        byte* x2 = x1 + tile->InputStride;
        byte* x3 = x2 + tile->InputStride;
        long groups = tile->Groups;
        byte* w = tile->Weights + panel * tile->PanelBytes;
        ulong* wide = WideSteps(tile, panel);
        Avx2Int s0 = default, s1 = default, s2 = default, s3 = default;
        for (long group = 0; group < groups;)
        {
            ulong listed = IsListed(wide, group, groups) ? *wide++ : 0;
            long end = Math.Min(group + ListedGroups, groups);
            while (group < end)
            {
                if ((listed & 1) == 0 && group + 1 < end)
                {
                    s0 = AddFours(s0, x0, w);
                    s1 = AddFours(s1, x1, w);
                    s2 = AddFours(s2, x2, w);
                    s3 = AddFours(s3, x3, w);
                    x0 += 2 * GroupInputs;
                    x1 += 2 * GroupInputs;
                    x2 += 2 * GroupInputs;
                    x3 += 2 * GroupInputs;
                    w += 2 * GroupBytes;
                    group += 2;
                    listed >>= 1;
                }
                else
                {
                    s0 = AddPairs(s0, x0, w);
                    s1 = AddPairs(s1, x1, w);
                    s2 = AddPairs(s2, x2, w);
                    s3 = AddPairs(s3, x3, w);
                    x0 += GroupInputs;
                    x1 += GroupInputs;
                    x2 += GroupInputs;
                    x3 += GroupInputs;
                    w += GroupBytes;
                    group++;
                    listed >>= (int)(~group & 1);
                }
            }
        }

        int* sums = tile->Sums + panel * Lanes;
        int stride = panels * Lanes;
        Store(sums, s0);
        Store(sums + stride, s1);
        Store(sums + 2 * stride, s2);
        Store(sums + 3 * stride, s3);
    }

    // A last group alone is in no step: no word is left for it, and none may be read.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsListed(ulong* wide, long group, long groups) => wide != null && group + 1 < groups;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong* WideSteps(TileArguments* tile, int panel) =>
        tile->WideSteps == null ? null : (ulong*)tile->WideSteps + panel * ((tile->Groups / 2 + 63) / 64);

    // Multiplications first, then additions: up to a tenth faster than output by output.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddFours<TWidth>(
        ref Vector512<int> sums, ref Vector512<int> others, byte* x, Vector512<sbyte> w0, Vector512<sbyte> w1, Vector512<sbyte> v0, Vector512<sbyte> v1)
    {
        Vector512<byte> first = Vector512.Create(*(int*)x).AsByte();
        Vector512<byte> second = Vector512.Create(*(int*)(x + GroupInputs)).AsByte();
        Vector512<short> products = Avx512BW.MultiplyAddAdjacent(first, w0);
        Vector512<short> more = Avx512BW.MultiplyAddAdjacent(second, w1);
        if (typeof(TWidth) == typeof(TwoPanels))
        {
            Vector512<short> otherProducts = Avx512BW.MultiplyAddAdjacent(first, v0);
            Vector512<short> otherMore = Avx512BW.MultiplyAddAdjacent(second, v1);
            others = Avx512F.Add(others, Avx512BW.MultiplyAddAdjacent(Avx512BW.Add(otherProducts, otherMore), Vector512<short>.One));
        }

        sums = Avx512F.Add(sums, Avx512BW.MultiplyAddAdjacent(Avx512BW.Add(products, more), Vector512<short>.One));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddPairs<TWidth>(ref Vector512<int> sums, ref Vector512<int> others, byte* x, Vector512<sbyte> w0, Vector512<sbyte> v0)
    {
        Vector512<byte> inputs = Vector512.Create(*(int*)x).AsByte();
        sums = Avx512F.Add(sums, Avx512BW.MultiplyAddAdjacent(Avx512BW.MultiplyAddAdjacent(inputs, w0), Vector512<short>.One));
        if (typeof(TWidth) == typeof(TwoPanels))
        {
            others = Avx512F.Add(others, Avx512BW.MultiplyAddAdjacent(Avx512BW.MultiplyAddAdjacent(inputs, v0), Vector512<short>.One));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TWidth>(int* target, Vector512<int> sums, Vector512<int> others)
    {
        sums.Store(target);
        if (typeof(TWidth) == typeof(TwoPanels))
        {
            others.Store(target + Lanes);
        }
    }

    // Half by half: all multiplications first would need more than 16 registers.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Avx2Int AddFours(Avx2Int sums, byte* x, byte* w)
    {
        Vector256<byte> first = Vector256.Create(*(int*)x).AsByte();
        Vector256<byte> second = Vector256.Create(*(int*)(x + GroupInputs)).AsByte();
        return new(AddFours(sums.Lower, first, second, w), AddFours(sums.Upper, first, second, w + GroupBytes / 2));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> AddFours(Vector256<int> sums, Vector256<byte> first, Vector256<byte> second, byte* w)
    {
        Vector256<short> products = Avx2.MultiplyAddAdjacent(first, Vector256.Load((sbyte*)w));
        Vector256<short> more = Avx2.MultiplyAddAdjacent(second, Vector256.Load((sbyte*)w + GroupBytes));
        return Avx2.Add(sums, Avx2.MultiplyAddAdjacent(Avx2.Add(products, more), Vector256<short>.One));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Avx2Int AddPairs(Avx2Int sums, byte* x, byte* w)
    {
        Vector256<byte> inputs = Vector256.Create(*(int*)x).AsByte();
        return new(AddPairs(sums.Lower, inputs, w), AddPairs(sums.Upper, inputs, w + GroupBytes / 2));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> AddPairs(Vector256<int> sums, Vector256<byte> inputs, byte* w) =>
        Avx2.Add(sums, Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(inputs, Vector256.Load((sbyte*)w)), Vector256<short>.One));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(int* sums, Avx2Int value)
    {
        value.Lower.Store(sums);
        value.Upper.Store(sums + 8);
    }

    /// <summary>See <see cref="SumAvx512{TWidth}"/>.</summary>
    public readonly struct OnePanel;

    /// <summary>See <see cref="SumAvx512{TWidth}"/>.</summary>
    public readonly struct TwoPanels;
}

using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using StableQuant.Layout;

namespace StableQuant.Kernels.Gemm;

/// <summary>
/// Tiles, u8 × s8, on AVX-512 F + BW. <c>vpmaddubsw</c> adds two products in an int16 lane, where it saturates; lanes of several
/// groups of 4 inputs are added in int16 as well, and one <c>vpmaddwd</c> widens the sum: for 2 groups 3 multiplications, for 4
/// groups 5, where int16 operands take 4 and 8. <see cref="Int16Steps"/> says where that is exact.
/// </summary>
internal readonly unsafe struct Avx512Int16MicroKernel : IMicroKernel
{
    /// <summary>Rows of a tile: with two panels the sums, weights and inputs of a step fit 32 registers, and an input is read once for both.</summary>
    private const int TileRows = 4;

    private const int Lanes = 16;
    private const int GroupInputs = 4;
    private const int GroupBytes = 64;
    private const int StepInputs = Int16Steps.Inputs;
    private const int StepGroups = Int16Steps.Groups;
    private const int StepBytes = StepGroups * GroupBytes;

    /// <inheritdoc/>
    public static bool TakesLimits => true;

    /// <summary>Tiles that generated code unrolls are faster where nothing is proved.</summary>
    public static bool NeedsLimits => true;

    /// <inheritdoc/>
    public static bool AddsOutliers => false;

    /// <inheritdoc/>
    public static int MinRows => TileRows;

    /// <inheritdoc/>
    public static int MaxPanels => TileLayout.MaxPanels;

    /// <inheritdoc/>
    public static int Rows(int panels, int left) => TileRows;

    /// <inheritdoc/>
    public static void Sum(int panels, int rows, TileArguments* tile)
    {
        int panel = 0;
        for (; panel + 2 <= panels; panel += 2)
        {
            SumPanels<TwoPanels>(tile, panel, panels);
        }

        if (panel < panels)
        {
            SumPanels<OnePanel>(tile, panel, panels);
        }
    }

    /// <summary>Sums the rows of one or two panels.</summary>
    /// <typeparam name="TWidth"><see cref="OnePanel"/> or <see cref="TwoPanels"/>.</typeparam>
    /// <param name="tile">The tile.</param>
    /// <param name="panel">The first of these panels.</param>
    /// <param name="panels">Panels of the tile.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SumPanels<TWidth>(TileArguments* tile, int panel, int panels)
    {
        byte* x0 = tile->Input;
        byte* x1 = x0 + tile->InputStride;
        byte* x2 = x1 + tile->InputStride;
        byte* x3 = x2 + tile->InputStride;
        sbyte* w = (sbyte*)tile->Weights + panel * tile->PanelBytes;
        sbyte* v = typeof(TWidth) == typeof(TwoPanels) ? w + tile->PanelBytes : w;
        Vector512<int> s0 = default, s1 = default, s2 = default, s3 = default;
        Vector512<int> t0 = default, t1 = default, t2 = default, t3 = default;
        for (long first = 0; first * StepGroups < tile->Groups; first += Int16Steps.Count)
        {
            var steps = Int16Steps.OfAvx512(tile, panel, typeof(TWidth) == typeof(TwoPanels), first);
            for (ulong eights = steps.Eights; eights != 0; eights &= eights - 1)
            {
                long step = first + BitOperations.TrailingZeroCount(eights);
                long x = step * StepInputs;
                sbyte* ws = w + step * StepBytes;
                sbyte* vs = v + step * StepBytes;
                Vector512<sbyte> w0 = Vector512.Load(ws), w1 = Vector512.Load(ws + GroupBytes), w2 = Vector512.Load(ws + 2 * GroupBytes), w3 = Vector512.Load(ws + 3 * GroupBytes);
                Vector512<sbyte> v0 = Vector512.Load(vs), v1 = Vector512.Load(vs + GroupBytes), v2 = Vector512.Load(vs + 2 * GroupBytes), v3 = Vector512.Load(vs + 3 * GroupBytes);
                AddEights<TWidth>(ref s0, ref t0, x0 + x, w0, w1, w2, w3, v0, v1, v2, v3);
                AddEights<TWidth>(ref s1, ref t1, x1 + x, w0, w1, w2, w3, v0, v1, v2, v3);
                AddEights<TWidth>(ref s2, ref t2, x2 + x, w0, w1, w2, w3, v0, v1, v2, v3);
                AddEights<TWidth>(ref s3, ref t3, x3 + x, w0, w1, w2, w3, v0, v1, v2, v3);
            }

            for (ulong fours = steps.Fours; fours != 0; fours &= fours - 1)
            {
                long step = first + BitOperations.TrailingZeroCount(fours);
                long x = step * StepInputs;
                sbyte* ws = w + step * StepBytes;
                sbyte* vs = v + step * StepBytes;
                for (sbyte* end = ws + StepBytes; ws < end; ws += 2 * GroupBytes, vs += 2 * GroupBytes, x += 2 * GroupInputs)
                {
                    Vector512<sbyte> w0 = Vector512.Load(ws), w1 = Vector512.Load(ws + GroupBytes);
                    Vector512<sbyte> v0 = Vector512.Load(vs), v1 = Vector512.Load(vs + GroupBytes);
                    AddFours<TWidth>(ref s0, ref t0, x0 + x, w0, w1, v0, v1);
                    AddFours<TWidth>(ref s1, ref t1, x1 + x, w0, w1, v0, v1);
                    AddFours<TWidth>(ref s2, ref t2, x2 + x, w0, w1, v0, v1);
                    AddFours<TWidth>(ref s3, ref t3, x3 + x, w0, w1, v0, v1);
                }
            }

            for (ulong wide = steps.Wide; wide != 0; wide &= wide - 1)
            {
                long step = first + BitOperations.TrailingZeroCount(wide);
                for (long group = step * StepGroups, end = Math.Min(group + StepGroups, tile->Groups); group < end; group++)
                {
                    long x = group * GroupInputs;
                    Vector512<short> w0 = EvenBytes(w + group * GroupBytes), w1 = OddBytes(w + group * GroupBytes);
                    Vector512<short> v0 = EvenBytes(v + group * GroupBytes), v1 = OddBytes(v + group * GroupBytes);
                    AddWide<TWidth>(ref s0, ref t0, x0 + x, w0, w1, v0, v1);
                    AddWide<TWidth>(ref s1, ref t1, x1 + x, w0, w1, v0, v1);
                    AddWide<TWidth>(ref s2, ref t2, x2 + x, w0, w1, v0, v1);
                    AddWide<TWidth>(ref s3, ref t3, x3 + x, w0, w1, v0, v1);
                }
            }
        }

        int* sums = tile->Sums + panel * Lanes;
        int stride = panels * Lanes;
        Store<TWidth>(sums, s0, t0);
        Store<TWidth>(sums + stride, s1, t1);
        Store<TWidth>(sums + 2 * stride, s2, t2);
        Store<TWidth>(sums + 3 * stride, s3, t3);
    }

    // Multiplications first, then additions: up to a tenth faster than output by output.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddEights<TWidth>(
        ref Vector512<int> sums,
        ref Vector512<int> others,
        byte* x,
        Vector512<sbyte> w0,
        Vector512<sbyte> w1,
        Vector512<sbyte> w2,
        Vector512<sbyte> w3,
        Vector512<sbyte> v0,
        Vector512<sbyte> v1,
        Vector512<sbyte> v2,
        Vector512<sbyte> v3)
    {
        Vector512<byte> x0 = Inputs(x), x1 = Inputs(x + GroupInputs), x2 = Inputs(x + 2 * GroupInputs), x3 = Inputs(x + 3 * GroupInputs);
        Vector512<short> p0 = Avx512BW.MultiplyAddAdjacent(x0, w0);
        Vector512<short> p1 = Avx512BW.MultiplyAddAdjacent(x1, w1);
        Vector512<short> p2 = Avx512BW.MultiplyAddAdjacent(x2, w2);
        Vector512<short> p3 = Avx512BW.MultiplyAddAdjacent(x3, w3);
        if (typeof(TWidth) == typeof(TwoPanels))
        {
            Vector512<short> q0 = Avx512BW.MultiplyAddAdjacent(x0, v0);
            Vector512<short> q1 = Avx512BW.MultiplyAddAdjacent(x1, v1);
            Vector512<short> q2 = Avx512BW.MultiplyAddAdjacent(x2, v2);
            Vector512<short> q3 = Avx512BW.MultiplyAddAdjacent(x3, v3);
            others = Avx512F.Add(others, Widened(Avx512BW.Add(Avx512BW.Add(q0, q1), Avx512BW.Add(q2, q3))));
        }

        sums = Avx512F.Add(sums, Widened(Avx512BW.Add(Avx512BW.Add(p0, p1), Avx512BW.Add(p2, p3))));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddFours<TWidth>(
        ref Vector512<int> sums, ref Vector512<int> others, byte* x, Vector512<sbyte> w0, Vector512<sbyte> w1, Vector512<sbyte> v0, Vector512<sbyte> v1)
    {
        Vector512<byte> x0 = Inputs(x), x1 = Inputs(x + GroupInputs);
        Vector512<short> products = Avx512BW.MultiplyAddAdjacent(x0, w0);
        Vector512<short> more = Avx512BW.MultiplyAddAdjacent(x1, w1);
        if (typeof(TWidth) == typeof(TwoPanels))
        {
            Vector512<short> otherProducts = Avx512BW.MultiplyAddAdjacent(x0, v0);
            Vector512<short> otherMore = Avx512BW.MultiplyAddAdjacent(x1, v1);
            others = Avx512F.Add(others, Widened(Avx512BW.Add(otherProducts, otherMore)));
        }

        sums = Avx512F.Add(sums, Widened(Avx512BW.Add(products, more)));
    }

    // One group as int16: inputs 0 and 2, then 1 and 3.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddWide<TWidth>(
        ref Vector512<int> sums, ref Vector512<int> others, byte* x, Vector512<short> w0, Vector512<short> w1, Vector512<short> v0, Vector512<short> v1)
    {
        Vector512<short> inputs = Inputs(x).AsInt16();
        Vector512<short> even = inputs & Vector512.Create((short)byte.MaxValue);
        Vector512<short> odd = Avx512BW.ShiftRightLogical(inputs, 8);
        sums = Avx512F.Add(sums, Avx512F.Add(Avx512BW.MultiplyAddAdjacent(even, w0), Avx512BW.MultiplyAddAdjacent(odd, w1)));
        if (typeof(TWidth) == typeof(TwoPanels))
        {
            others = Avx512F.Add(others, Avx512F.Add(Avx512BW.MultiplyAddAdjacent(even, v0), Avx512BW.MultiplyAddAdjacent(odd, v1)));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> Inputs(byte* x) => Vector512.Create(*(int*)x).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> Widened(Vector512<short> sums) => Avx512BW.MultiplyAddAdjacent(sums, Vector512<short>.One);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<short> EvenBytes(sbyte* weights) => Avx512BW.ShiftRightArithmetic(Avx512BW.ShiftLeftLogical(Vector512.Load((short*)weights), 8), 8);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<short> OddBytes(sbyte* weights) => Avx512BW.ShiftRightArithmetic(Vector512.Load((short*)weights), 8);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TWidth>(int* target, Vector512<int> sums, Vector512<int> others)
    {
        sums.Store(target);
        if (typeof(TWidth) == typeof(TwoPanels))
        {
            others.Store(target + Lanes);
        }
    }

    /// <summary>See <see cref="SumPanels{TWidth}"/>.</summary>
    private readonly struct OnePanel;

    /// <summary>See <see cref="SumPanels{TWidth}"/>.</summary>
    private readonly struct TwoPanels;
}

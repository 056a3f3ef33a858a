using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using StableQuant.Layout;
using StableQuant.Kernels.Lanes;

namespace StableQuant.Kernels.Gemm;

/// <summary>The same tiles as <see cref="Avx512Int16MicroKernel"/>, on AVX2.</summary>
internal readonly unsafe struct Avx2Int16MicroKernel : IMicroKernel
{
    /// <summary>Rows of a tile: two ymm of sums each, of 16 registers.</summary>
    private const int TileRows = 4;

    private const int Lanes = 16;
    private const int GroupInputs = 4;
    private const int GroupBytes = 64;
    private const int StepInputs = Int16Steps.Inputs;
    private const int StepGroups = Int16Steps.Groups;
    private const int StepBytes = StepGroups * GroupBytes;

    /// <inheritdoc/>
    public static bool TakesLimits => true;

    /// <summary>Without them it is still as fast as the instruction set's own tiles.</summary>
    public static bool NeedsLimits => false;

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
        for (int panel = 0; panel < panels; panel++)
        {
            SumPanel(tile, panel, panels);
        }
    }

    /// <summary>Sums the rows of one panel.</summary>
    /// <param name="tile">The tile.</param>
    /// <param name="panel">The panel.</param>
    /// <param name="panels">Panels of the tile.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SumPanel(TileArguments* tile, int panel, int panels)
    {
        byte* x0 = tile->Input;
        byte* x1 = x0 + tile->InputStride;
        byte* x2 = x1 + tile->InputStride;
        byte* x3 = x2 + tile->InputStride;
        sbyte* w = (sbyte*)tile->Weights + panel * tile->PanelBytes;
        Avx2Int s0 = default, s1 = default, s2 = default, s3 = default;
        for (long first = 0; first * StepGroups < tile->Groups; first += Int16Steps.Count)
        {
            var steps = Int16Steps.OfAvx2(tile, panel, first);
            for (ulong eights = steps.Eights; eights != 0; eights &= eights - 1)
            {
                long step = first + BitOperations.TrailingZeroCount(eights);
                long x = step * StepInputs;
                sbyte* ws = w + step * StepBytes;
                s0 = AddEights(s0, x0 + x, ws);
                s1 = AddEights(s1, x1 + x, ws);
                s2 = AddEights(s2, x2 + x, ws);
                s3 = AddEights(s3, x3 + x, ws);
            }

            for (ulong fours = steps.Fours; fours != 0; fours &= fours - 1)
            {
                long step = first + BitOperations.TrailingZeroCount(fours);
                long x = step * StepInputs;
                sbyte* ws = w + step * StepBytes;
                for (sbyte* end = ws + StepBytes; ws < end; ws += 2 * GroupBytes, x += 2 * GroupInputs)
                {
                    s0 = AddFours(s0, x0 + x, ws);
                    s1 = AddFours(s1, x1 + x, ws);
                    s2 = AddFours(s2, x2 + x, ws);
                    s3 = AddFours(s3, x3 + x, ws);
                }
            }

            for (ulong wide = steps.Wide; wide != 0; wide &= wide - 1)
            {
                long step = first + BitOperations.TrailingZeroCount(wide);
                for (long group = step * StepGroups, end = Math.Min(group + StepGroups, tile->Groups); group < end; group++)
                {
                    long x = group * GroupInputs;
                    sbyte* ws = w + group * GroupBytes;
                    s0 = AddWide(s0, x0 + x, ws);
                    s1 = AddWide(s1, x1 + x, ws);
                    s2 = AddWide(s2, x2 + x, ws);
                    s3 = AddWide(s3, x3 + x, ws);
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

    // Half by half: all multiplications first would need more than 16 registers.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Avx2Int AddEights(Avx2Int sums, byte* x, sbyte* w)
    {
        Vector256<byte> x0 = HalfInputs(x), x1 = HalfInputs(x + GroupInputs), x2 = HalfInputs(x + 2 * GroupInputs), x3 = HalfInputs(x + 3 * GroupInputs);
        return new(AddEights(sums.Lower, x0, x1, x2, x3, w), AddEights(sums.Upper, x0, x1, x2, x3, w + GroupBytes / 2));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> AddEights(Vector256<int> sums, Vector256<byte> x0, Vector256<byte> x1, Vector256<byte> x2, Vector256<byte> x3, sbyte* w)
    {
        Vector256<short> p0 = Avx2.MultiplyAddAdjacent(x0, Vector256.Load(w));
        Vector256<short> p1 = Avx2.MultiplyAddAdjacent(x1, Vector256.Load(w + GroupBytes));
        Vector256<short> p2 = Avx2.MultiplyAddAdjacent(x2, Vector256.Load(w + 2 * GroupBytes));
        Vector256<short> p3 = Avx2.MultiplyAddAdjacent(x3, Vector256.Load(w + 3 * GroupBytes));
        return Avx2.Add(sums, Avx2.MultiplyAddAdjacent(Avx2.Add(Avx2.Add(p0, p1), Avx2.Add(p2, p3)), Vector256<short>.One));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Avx2Int AddFours(Avx2Int sums, byte* x, sbyte* w)
    {
        Vector256<byte> x0 = HalfInputs(x), x1 = HalfInputs(x + GroupInputs);
        return new(AddFours(sums.Lower, x0, x1, w), AddFours(sums.Upper, x0, x1, w + GroupBytes / 2));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> AddFours(Vector256<int> sums, Vector256<byte> x0, Vector256<byte> x1, sbyte* w)
    {
        Vector256<short> products = Avx2.MultiplyAddAdjacent(x0, Vector256.Load(w));
        Vector256<short> more = Avx2.MultiplyAddAdjacent(x1, Vector256.Load(w + GroupBytes));
        return Avx2.Add(sums, Avx2.MultiplyAddAdjacent(Avx2.Add(products, more), Vector256<short>.One));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Avx2Int AddWide(Avx2Int sums, byte* x, sbyte* w)
    {
        Vector256<short> inputs = HalfInputs(x).AsInt16();
        Vector256<short> even = inputs & Vector256.Create((short)byte.MaxValue);
        Vector256<short> odd = Avx2.ShiftRightLogical(inputs, 8);
        return new(AddWide(sums.Lower, even, odd, w), AddWide(sums.Upper, even, odd, w + GroupBytes / 2));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> AddWide(Vector256<int> sums, Vector256<short> even, Vector256<short> odd, sbyte* w)
    {
        Vector256<short> weights = Vector256.Load((short*)w);
        Vector256<short> evenWeights = Avx2.ShiftRightArithmetic(Avx2.ShiftLeftLogical(weights, 8), 8);
        Vector256<short> oddWeights = Avx2.ShiftRightArithmetic(weights, 8);
        return Avx2.Add(sums, Avx2.Add(Avx2.MultiplyAddAdjacent(even, evenWeights), Avx2.MultiplyAddAdjacent(odd, oddWeights)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> HalfInputs(byte* x) => Vector256.Create(*(int*)x).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(int* sums, Avx2Int value)
    {
        value.Lower.Store(sums);
        value.Upper.Store(sums + 8);
    }
}

using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace StableQuant.Runtime;

/// <summary>
/// Tiles, u8 × s8, on AVX-512 F + BW. <c>vpmaddubsw</c> adds two products in an int16 lane, where it saturates; lanes of several
/// groups of 4 inputs are added in int16 as well, and one <c>vpmaddwd</c> widens the sum: for 2 groups 3 multiplications, for 4
/// groups 5, where int16 operands take 4 and 8. <see cref="Int16Steps"/> says where that is exact.
/// </summary>
internal static unsafe class Avx512Int16Tiles
{
    /// <summary>Rows of a tile.</summary>
    public const int Rows = 6;

    private const int Lanes = 16;
    private const int GroupInputs = 4;
    private const int GroupBytes = 64;
    private const int StepInputs = Int16Steps.Inputs;
    private const int StepGroups = Int16Steps.Groups;
    private const int StepBytes = StepGroups * GroupBytes;

    /// <summary>Sums the rows of one or two panels.</summary>
    /// <typeparam name="TWidth"><see cref="OnePanel"/> or <see cref="TwoPanels"/>.</typeparam>
    /// <param name="tile">The tile.</param>
    /// <param name="panel">The first of these panels.</param>
    /// <param name="panels">Panels of the tile.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Sum<TWidth>(TileArguments* tile, int panel, int panels)
    {
        byte* x0 = tile->Input;
        byte* x1 = x0 + tile->InputStride;
        byte* x2 = x1 + tile->InputStride;
        byte* x3 = x2 + tile->InputStride;
        byte* x4 = x3 + tile->InputStride;
        byte* x5 = x4 + tile->InputStride;
        sbyte* w = (sbyte*)tile->Weights + panel * tile->PanelBytes;
        sbyte* v = typeof(TWidth) == typeof(TwoPanels) ? w + tile->PanelBytes : w;
        Vector512<int> s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default;
        Vector512<int> t0 = default, t1 = default, t2 = default, t3 = default, t4 = default, t5 = default;
        for (long first = 0; first * StepGroups < tile->Groups; first += Int16Steps.Count)
        {
            // Int16 operands take both panels at a time, so that they share the inputs' halves. Sums in int16 take one after
            // the other: the weights of both would leave too few registers, and each has limits of its own.
            var steps = Int16Steps.OfAvx512(tile, panel, first);
            var others = typeof(TWidth) == typeof(TwoPanels) ? Int16Steps.OfAvx512(tile, panel + 1, first) : steps;
            ulong bothWide = steps.Wide | others.Wide;
            for (ulong eights = steps.Eights & ~bothWide; eights != 0; eights &= eights - 1)
            {
                long step = first + BitOperations.TrailingZeroCount(eights);
                long x = step * StepInputs;
                sbyte* ws = w + step * StepBytes;
                Vector512<sbyte> w0 = Vector512.Load(ws), w1 = Vector512.Load(ws + GroupBytes), w2 = Vector512.Load(ws + 2 * GroupBytes), w3 = Vector512.Load(ws + 3 * GroupBytes);
                s0 = AddEights(s0, x0 + x, w0, w1, w2, w3);
                s1 = AddEights(s1, x1 + x, w0, w1, w2, w3);
                s2 = AddEights(s2, x2 + x, w0, w1, w2, w3);
                s3 = AddEights(s3, x3 + x, w0, w1, w2, w3);
                s4 = AddEights(s4, x4 + x, w0, w1, w2, w3);
                s5 = AddEights(s5, x5 + x, w0, w1, w2, w3);
            }

            for (ulong fours = steps.Fours & ~bothWide; fours != 0; fours &= fours - 1)
            {
                long step = first + BitOperations.TrailingZeroCount(fours);
                long x = step * StepInputs;
                sbyte* ws = w + step * StepBytes;
                for (sbyte* end = ws + StepBytes; ws < end; ws += 2 * GroupBytes, x += 2 * GroupInputs)
                {
                    Vector512<sbyte> w0 = Vector512.Load(ws), w1 = Vector512.Load(ws + GroupBytes);
                    s0 = AddFours(s0, x0 + x, w0, w1);
                    s1 = AddFours(s1, x1 + x, w0, w1);
                    s2 = AddFours(s2, x2 + x, w0, w1);
                    s3 = AddFours(s3, x3 + x, w0, w1);
                    s4 = AddFours(s4, x4 + x, w0, w1);
                    s5 = AddFours(s5, x5 + x, w0, w1);
                }
            }

            if (typeof(TWidth) == typeof(TwoPanels))
            {
                for (ulong eights = others.Eights & ~bothWide; eights != 0; eights &= eights - 1)
                {
                    long step = first + BitOperations.TrailingZeroCount(eights);
                    long x = step * StepInputs;
                    sbyte* ws = v + step * StepBytes;
                    Vector512<sbyte> w0 = Vector512.Load(ws), w1 = Vector512.Load(ws + GroupBytes), w2 = Vector512.Load(ws + 2 * GroupBytes), w3 = Vector512.Load(ws + 3 * GroupBytes);
                    t0 = AddEights(t0, x0 + x, w0, w1, w2, w3);
                    t1 = AddEights(t1, x1 + x, w0, w1, w2, w3);
                    t2 = AddEights(t2, x2 + x, w0, w1, w2, w3);
                    t3 = AddEights(t3, x3 + x, w0, w1, w2, w3);
                    t4 = AddEights(t4, x4 + x, w0, w1, w2, w3);
                    t5 = AddEights(t5, x5 + x, w0, w1, w2, w3);
                }

                for (ulong fours = others.Fours & ~bothWide; fours != 0; fours &= fours - 1)
                {
                    long step = first + BitOperations.TrailingZeroCount(fours);
                    long x = step * StepInputs;
                    sbyte* ws = v + step * StepBytes;
                    for (sbyte* end = ws + StepBytes; ws < end; ws += 2 * GroupBytes, x += 2 * GroupInputs)
                    {
                        Vector512<sbyte> w0 = Vector512.Load(ws), w1 = Vector512.Load(ws + GroupBytes);
                        t0 = AddFours(t0, x0 + x, w0, w1);
                        t1 = AddFours(t1, x1 + x, w0, w1);
                        t2 = AddFours(t2, x2 + x, w0, w1);
                        t3 = AddFours(t3, x3 + x, w0, w1);
                        t4 = AddFours(t4, x4 + x, w0, w1);
                        t5 = AddFours(t5, x5 + x, w0, w1);
                    }
                }
            }

            for (ulong wide = bothWide; wide != 0; wide &= wide - 1)
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
                    AddWide<TWidth>(ref s4, ref t4, x4 + x, w0, w1, v0, v1);
                    AddWide<TWidth>(ref s5, ref t5, x5 + x, w0, w1, v0, v1);
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

    // Multiplications first, then additions: up to a tenth faster than output by output.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> AddEights(
        Vector512<int> sums, byte* x, Vector512<sbyte> w0, Vector512<sbyte> w1, Vector512<sbyte> w2, Vector512<sbyte> w3)
    {
        Vector512<short> p0 = Avx512BW.MultiplyAddAdjacent(Inputs(x), w0);
        Vector512<short> p1 = Avx512BW.MultiplyAddAdjacent(Inputs(x + GroupInputs), w1);
        Vector512<short> p2 = Avx512BW.MultiplyAddAdjacent(Inputs(x + 2 * GroupInputs), w2);
        Vector512<short> p3 = Avx512BW.MultiplyAddAdjacent(Inputs(x + 3 * GroupInputs), w3);
        return Avx512F.Add(sums, Widened(Avx512BW.Add(Avx512BW.Add(p0, p1), Avx512BW.Add(p2, p3))));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> AddFours(Vector512<int> sums, byte* x, Vector512<sbyte> w0, Vector512<sbyte> w1)
    {
        Vector512<short> p0 = Avx512BW.MultiplyAddAdjacent(Inputs(x), w0);
        Vector512<short> p1 = Avx512BW.MultiplyAddAdjacent(Inputs(x + GroupInputs), w1);
        return Avx512F.Add(sums, Widened(Avx512BW.Add(p0, p1)));
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

    /// <summary>See <see cref="Sum{TWidth}"/>.</summary>
    public readonly struct OnePanel;

    /// <summary>See <see cref="Sum{TWidth}"/>.</summary>
    public readonly struct TwoPanels;
}

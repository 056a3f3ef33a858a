using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace StableQuant.Runtime;

/// <summary>
/// Tiles, u8 × s8, for processors without an int8 dot product. <c>vpmaddubsw</c> adds two products in an int16
/// lane, where it saturates; lanes of several groups of 4 inputs are added in int16 as well, and one <c>vpmaddwd</c> widens the sum:
/// for 2 groups 3 multiplications, for 4 groups 5, where int16 operands take 4 and 8. Whether such a sum stays in int16 depends
/// on the weights, which are known when they are packed, and on the largest input. So each step of 16 inputs has
/// two limits (<see cref="TileArguments.Limits"/>), and takes the shortest sequence that its largest input in the tile's rows
/// (<see cref="TileArguments.Maxima"/>) proves exact.
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
    private const int StepInputs = StepMaxima.StepInputs;
    private const int StepGroups = StepInputs / GroupInputs;
    private const int StepBytes = StepGroups * GroupBytes;

    /// <summary>Steps that are chosen at once, a bit each.</summary>
    private const int ChosenSteps = 64;

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
        sbyte* w = (sbyte*)tile->Weights + panel * tile->PanelBytes;
        sbyte* v = typeof(TWidth) == typeof(TwoPanels) ? w + tile->PanelBytes : w;
        Vector512<int> s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default;
        Vector512<int> t0 = default, t1 = default, t2 = default, t3 = default, t4 = default, t5 = default;
        for (long first = 0; first * StepGroups < tile->Groups; first += ChosenSteps)
        {
            Choice choice = ChooseAvx512<TWidth>(tile, panel, first);

            // One panel after the other: the weights of both would leave too few registers.
            for (ulong eights = choice.Eights; eights != 0; eights &= eights - 1)
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

            if (typeof(TWidth) == typeof(TwoPanels))
            {
                for (ulong eights = choice.Eights; eights != 0; eights &= eights - 1)
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
            }

            for (ulong fours = choice.Fours; fours != 0; fours &= fours - 1)
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
                    AddFours<TWidth>(ref s4, ref t4, x4 + x, w0, w1, v0, v1);
                    AddFours<TWidth>(ref s5, ref t5, x5 + x, w0, w1, v0, v1);
                }
            }

            for (ulong wide = choice.Wide; wide != 0; wide &= wide - 1)
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

    /// <summary>Four rows of one panel, AVX2.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void SumAvx2(TileArguments* tile, int panel, int panels)
    {
        byte* x0 = tile->Input;
        byte* x1 = x0 + tile->InputStride;
        byte* x2 = x1 + tile->InputStride;
        byte* x3 = x2 + tile->InputStride;
        sbyte* w = (sbyte*)tile->Weights + panel * tile->PanelBytes;
        Avx2Int s0 = default, s1 = default, s2 = default, s3 = default;
        for (long first = 0; first * StepGroups < tile->Groups; first += ChosenSteps)
        {
            Choice choice = ChooseAvx2(tile, panel, first);
            for (ulong eights = choice.Eights; eights != 0; eights &= eights - 1)
            {
                long step = first + BitOperations.TrailingZeroCount(eights);
                long x = step * StepInputs;
                sbyte* ws = w + step * StepBytes;
                s0 = AddEights(s0, x0 + x, ws);
                s1 = AddEights(s1, x1 + x, ws);
                s2 = AddEights(s2, x2 + x, ws);
                s3 = AddEights(s3, x3 + x, ws);
            }

            for (ulong fours = choice.Fours; fours != 0; fours &= fours - 1)
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

            for (ulong wide = choice.Wide; wide != 0; wide &= wide - 1)
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

    // Of 64 steps from the first on: which sum eight products, which four, and which neither.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Choice ChooseAvx512<TWidth>(TileArguments* tile, int panel, long first)
    {
        if (tile->Limits == null || first == tile->Groups / StepGroups)
        {
            return Choice.Of(0, tile->FoursFit ? ulong.MaxValue : 0, tile->Groups, first);
        }

        long stride = tile->InputStride / StepInputs;
        byte* maxima = tile->Maxima + first;
        Vector512<byte> largest = Vector512.Max(
            Vector512.Max(
                Vector512.Max(Vector512.Load(maxima), Vector512.Load(maxima + stride)),
                Vector512.Max(Vector512.Load(maxima + 2 * stride), Vector512.Load(maxima + 3 * stride))),
            Vector512.Max(Vector512.Load(maxima + 4 * stride), Vector512.Load(maxima + 5 * stride)));
        long listBytes = tile->Groups / StepGroups;
        byte* limits = tile->Limits + panel * 2 * listBytes + first;
        Vector512<byte> ofEight = Vector512.Load(limits), ofFour = Vector512.Load(limits + listBytes);
        if (typeof(TWidth) == typeof(TwoPanels))
        {
            ofEight = Vector512.Min(ofEight, Vector512.Load(limits + 2 * listBytes));
            ofFour = Vector512.Min(ofFour, Vector512.Load(limits + 3 * listBytes));
        }

        return Choice.Of(
            Vector512.LessThanOrEqual(largest, ofEight).ExtractMostSignificantBits(),
            Vector512.LessThanOrEqual(largest, ofFour).ExtractMostSignificantBits(),
            tile->Groups,
            first);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Choice ChooseAvx2(TileArguments* tile, int panel, long first)
    {
        if (tile->Limits == null || first == tile->Groups / StepGroups)
        {
            return Choice.Of(0, tile->FoursFit ? ulong.MaxValue : 0, tile->Groups, first);
        }

        long listBytes = tile->Groups / StepGroups;
        byte* limits = tile->Limits + panel * 2 * listBytes + first;
        byte* maxima = tile->Maxima + first;
        long stride = tile->InputStride / StepInputs;
        Vector256<byte> lower = LargestAvx2(maxima, stride), upper = LargestAvx2(maxima + Vector256<byte>.Count, stride);
        return Choice.Of(WithinAvx2(lower, upper, limits), WithinAvx2(lower, upper, limits + listBytes), tile->Groups, first);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> LargestAvx2(byte* maxima, long stride) => Vector256.Max(
        Vector256.Max(Vector256.Load(maxima), Vector256.Load(maxima + stride)),
        Vector256.Max(Vector256.Load(maxima + 2 * stride), Vector256.Load(maxima + 3 * stride)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong WithinAvx2(Vector256<byte> lower, Vector256<byte> upper, byte* limits) =>
        Vector256.LessThanOrEqual(lower, Vector256.Load(limits)).ExtractMostSignificantBits()
        | (ulong)Vector256.LessThanOrEqual(upper, Vector256.Load(limits + Vector256<byte>.Count)).ExtractMostSignificantBits() << Vector256<byte>.Count;

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

    // Which of 64 steps sum eight products in int16, which four, and which widen every operand. The groups behind the last whole
    // step are a wide one.
    private readonly struct Choice
    {
        public ulong Eights { get; private init; }

        public ulong Fours { get; private init; }

        public ulong Wide { get; private init; }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Choice Of(ulong eights, ulong fours, long groups, long first)
        {
            ulong whole = FirstBits(groups / StepGroups - first);
            return new Choice
            {
                Eights = eights & whole,
                Fours = fours & ~eights & whole,
                Wide = FirstBits((groups + StepGroups - 1) / StepGroups - first) & ~((eights | fours) & whole),
            };
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static ulong FirstBits(long count) => count >= ChosenSteps ? ulong.MaxValue : (1UL << (int)count) - 1;
    }

    /// <summary>See <see cref="SumAvx512{TWidth}"/>.</summary>
    public readonly struct OnePanel;

    /// <summary>See <see cref="SumAvx512{TWidth}"/>.</summary>
    public readonly struct TwoPanels;
}

using System.ComponentModel;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace StableQuant.Kernels.Lanes;

/// <summary>Sixteen int32 in two ymm.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly struct Avx2Int(Vector256<int> lower, Vector256<int> upper)
{
    internal readonly Vector256<int> Lower = lower;
    internal readonly Vector256<int> Upper = upper;
}

/// <summary>Sixteen float32 in two ymm.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly struct Avx2Float(Vector256<float> lower, Vector256<float> upper)
{
    internal readonly Vector256<float> Lower = lower;
    internal readonly Vector256<float> Upper = upper;
}

/// <summary>Sixteen lanes on AVX2 and FMA: what <see cref="Avx2Instructions"/> and <see cref="AvxVnniInstructions"/> share.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public unsafe interface IAvx2Lanes : ILanes<Avx2Int, Avx2Float>, IIndexLookup
{
    /// <inheritdoc/>
    static int IIndexLookup.LookupQuads => Avx2Lookup.Quads;

    /// <inheritdoc/>
    static void IIndexLookup.LookUp(int bits, byte* indices, int stepBytes, sbyte* levels, int steps, sbyte* target) =>
        Avx2Lookup.Run(bits, indices, stepBytes, levels, steps, target);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Avx2Float ILanes<Avx2Int, Avx2Float>.Load(float* source) => new(Vector256.Load(source), Vector256.Load(source + 8));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void ILanes<Avx2Int, Avx2Float>.Store(float* target, Avx2Float value)
    {
        value.Lower.Store(target);
        value.Upper.Store(target + 8);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Avx2Int ILanes<Avx2Int, Avx2Float>.LoadInt(int* source) => new(Vector256.Load(source), Vector256.Load(source + 8));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Avx2Int ILanes<Avx2Int, Avx2Float>.LoadBytes(byte* source) => new(Avx2.ConvertToVector256Int32(source), Avx2.ConvertToVector256Int32(source + 8));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void ILanes<Avx2Int, Avx2Float>.StoreInt(int* target, Avx2Int value)
    {
        value.Lower.Store(target);
        value.Upper.Store(target + 8);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Avx2Float ILanes<Avx2Int, Avx2Float>.Broadcast(float value) => new(Vector256.Create(value), Vector256.Create(value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Avx2Int ILanes<Avx2Int, Avx2Float>.BroadcastInt(int value) => new(Vector256.Create(value), Vector256.Create(value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Avx2Float IDoubleLanes<Avx2Float>.LoadDoubles(double* source) => new(Vector256.Load(source).AsSingle(), Vector256.Load(source + 4).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void IDoubleLanes<Avx2Float>.StoreDoubles(double* target, Avx2Float value)
    {
        value.Lower.AsDouble().Store(target);
        value.Upper.AsDouble().Store(target + 4);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Avx2Float IDoubleLanes<Avx2Float>.BroadcastDouble(double value) => new(Vector256.Create(value).AsSingle(), Vector256.Create(value).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Avx2Float IDoubleLanes<Avx2Float>.AddDoubles(Avx2Float a, Avx2Float b) =>
        new(Avx.Add(a.Lower.AsDouble(), b.Lower.AsDouble()).AsSingle(), Avx.Add(a.Upper.AsDouble(), b.Upper.AsDouble()).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Avx2Float IDoubleLanes<Avx2Float>.SubtractDoubles(Avx2Float a, Avx2Float b) =>
        new(Avx.Subtract(a.Lower.AsDouble(), b.Lower.AsDouble()).AsSingle(), Avx.Subtract(a.Upper.AsDouble(), b.Upper.AsDouble()).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Avx2Float IDoubleLanes<Avx2Float>.MultiplyDoubles(Avx2Float a, Avx2Float b) =>
        new(Avx.Multiply(a.Lower.AsDouble(), b.Lower.AsDouble()).AsSingle(), Avx.Multiply(a.Upper.AsDouble(), b.Upper.AsDouble()).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Avx2Float ILanes<Avx2Int, Avx2Float>.Add(Avx2Float a, Avx2Float b) => new(Avx.Add(a.Lower, b.Lower), Avx.Add(a.Upper, b.Upper));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Avx2Float ILanes<Avx2Int, Avx2Float>.Subtract(Avx2Float a, Avx2Float b) =>
        new(Avx.Subtract(a.Lower, b.Lower), Avx.Subtract(a.Upper, b.Upper));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Avx2Float ILanes<Avx2Int, Avx2Float>.Multiply(Avx2Float a, Avx2Float b) =>
        new(Avx.Multiply(a.Lower, b.Lower), Avx.Multiply(a.Upper, b.Upper));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Avx2Float ILanes<Avx2Int, Avx2Float>.Divide(Avx2Float a, Avx2Float b) =>
        new(Avx.Divide(a.Lower, b.Lower), Avx.Divide(a.Upper, b.Upper));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Avx2Float ILanes<Avx2Int, Avx2Float>.MultiplyAdd(Avx2Float a, Avx2Float b, Avx2Float c) =>
        new(Fma.MultiplyAdd(a.Lower, b.Lower, c.Lower), Fma.MultiplyAdd(a.Upper, b.Upper, c.Upper));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Avx2Float ILanes<Avx2Int, Avx2Float>.Min(Avx2Float a, Avx2Float b) => new(Avx.Min(a.Lower, b.Lower), Avx.Min(a.Upper, b.Upper));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Avx2Float ILanes<Avx2Int, Avx2Float>.Max(Avx2Float a, Avx2Float b) => new(Avx.Max(a.Lower, b.Lower), Avx.Max(a.Upper, b.Upper));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Avx2Float ILanes<Avx2Int, Avx2Float>.Limit(Avx2Float x, Avx2Float limit) => new(
        Avx.Max(Avx.Min(x.Lower, limit.Lower), -limit.Lower), Avx.Max(Avx.Min(x.Upper, limit.Upper), -limit.Upper));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Avx2Int ILanes<Avx2Int, Avx2Float>.AddInt(Avx2Int a, Avx2Int b) => new(Avx2.Add(a.Lower, b.Lower), Avx2.Add(a.Upper, b.Upper));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Avx2Int ILanes<Avx2Int, Avx2Float>.MultiplyInt(Avx2Int a, Avx2Int b) =>
        new(Avx2.MultiplyLow(a.Lower, b.Lower), Avx2.MultiplyLow(a.Upper, b.Upper));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Avx2Int ILanes<Avx2Int, Avx2Float>.AddPairs(Avx2Int sums, Avx2Int a, Avx2Int b) => new(
        Avx2.Add(sums.Lower, Avx2.MultiplyAddAdjacent(a.Lower.AsInt16(), b.Lower.AsInt16())),
        Avx2.Add(sums.Upper, Avx2.MultiplyAddAdjacent(a.Upper.AsInt16(), b.Upper.AsInt16())));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Avx2Int ILanes<Avx2Int, Avx2Float>.AddGroup(Avx2Int sums, byte* weights, Avx2Int magnitudes, Avx2Int sign) => new(
        Avx2Lanes.AddGroup(sums.Lower, weights, magnitudes.Lower, sign.Lower), Avx2Lanes.AddGroup(sums.Upper, weights + 32, magnitudes.Upper, sign.Upper));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Avx2Int ILanes<Avx2Int, Avx2Float>.ShiftLeft(Avx2Int a, int bits) =>
        new(Vector256.ShiftLeft(a.Lower, bits), Vector256.ShiftLeft(a.Upper, bits));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Avx2Int ILanes<Avx2Int, Avx2Float>.OrBits(Avx2Int a, Avx2Int b) => new(a.Lower | b.Lower, a.Upper | b.Upper);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static bool ILanes<Avx2Int, Avx2Float>.AreBytes(Avx2Int value) =>
        Vector256.EqualsAll((value.Lower | value.Upper) & Vector256.Create(~byte.MaxValue), Vector256<int>.Zero);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static uint ILanes<Avx2Int, Avx2Float>.OutlierLanes(Avx2Int value) =>
        Avx2Lanes.OutlierLanes(value.Lower) | Avx2Lanes.OutlierLanes(value.Upper) << 8;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Avx2Float ILanes<Avx2Int, Avx2Float>.ToFloat(Avx2Int value) =>
        new(Avx.ConvertToVector256Single(value.Lower), Avx.ConvertToVector256Single(value.Upper));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Avx2Int ILanes<Avx2Int, Avx2Float>.RoundToInt(Avx2Float value) =>
        new(Avx.ConvertToVector256Int32(value.Lower), Avx.ConvertToVector256Int32(value.Upper));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Avx2Float ILanes<Avx2Int, Avx2Float>.AsFloat(Avx2Int bits) => new(bits.Lower.AsSingle(), bits.Upper.AsSingle());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Avx2Int ILanes<Avx2Int, Avx2Float>.AsInt(Avx2Float value) => new(value.Lower.AsInt32(), value.Upper.AsInt32());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void ILanes<Avx2Int, Avx2Float>.StoreBytes(byte* target, Avx2Int value) =>
        Vector128.Narrow(
            Vector256.Narrow(value.Lower, value.Upper).GetLower(),
            Vector256.Narrow(value.Lower, value.Upper).GetUpper()).AsByte().Store(target);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void ILanes<Avx2Int, Avx2Float>.StoreClamped(byte* target, Avx2Int value)
    {
        // Packed within halves of 128 bits: quarters 0, 2, 1, 3.
        Vector256<short> pairs = Avx2.Permute4x64(Avx2.PackSignedSaturate(value.Lower, value.Upper).AsInt64(), 0b11_01_10_00).AsInt16();
        Sse2.PackUnsignedSaturate(pairs.GetLower(), pairs.GetUpper()).Store(target);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static float ILanes<Avx2Int, Avx2Float>.Sum(Avx2Float value) => Avx2Lanes.Sum(value);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static float ILanes<Avx2Int, Avx2Float>.Largest(Avx2Float value) => Avx2Lanes.Largest(value);
}

/// <summary>Reductions over sixteen lanes in two ymm.</summary>
internal static unsafe class Avx2Lanes
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<int> AddGroup(Vector256<int> sums, byte* weights, Vector256<int> magnitudes, Vector256<int> sign)
    {
        Vector256<short> pairs = Avx2.MultiplyAddAdjacent(magnitudes.AsByte(), Vector256.Load((sbyte*)weights));
        return Avx2.Add(sums, Avx2.MultiplyAddAdjacent(pairs, sign.AsInt16() | Vector256<short>.One));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static uint OutlierLanes(Vector256<int> value) =>
        ~Vector256.Equals(value & Vector256.Create(~byte.MaxValue), Vector256<int>.Zero).ExtractMostSignificantBits() & byte.MaxValue;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static float Sum(Avx2Float value)
    {
        Vector256<float> eight = value.Lower + value.Upper;
        Vector128<float> four = eight.GetLower() + eight.GetUpper();
        Vector128<float> two = four + Vector128.Shuffle(four, Vector128.Create(2, 3, 0, 1));
        return two.GetElement(0) + two.GetElement(1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static float Largest(Avx2Float value)
    {
        Vector256<float> eight = Avx.Max(value.Lower, value.Upper);
        Vector128<float> four = Sse.Max(eight.GetLower(), eight.GetUpper());
        Vector128<float> two = Sse.Max(four, Vector128.Shuffle(four, Vector128.Create(2, 3, 0, 1)));
        return Sse.Max(two, Vector128.Shuffle(two, Vector128.Create(1, 0, 3, 2))).ToScalar();
    }
}

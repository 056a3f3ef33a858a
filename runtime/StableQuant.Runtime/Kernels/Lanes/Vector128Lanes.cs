using System.ComponentModel;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static StableQuant.Kernels.Lanes.Vector128Operations;

namespace StableQuant.Kernels.Lanes;

/// <summary>Sixteen int32 in four vectors of 128 bits.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly struct Vector128Int
{
    internal readonly Vector128<int> A;
    internal readonly Vector128<int> B;
    internal readonly Vector128<int> C;
    internal readonly Vector128<int> D;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal Vector128Int(Vector128<int> a, Vector128<int> b, Vector128<int> c, Vector128<int> d)
    {
        A = a;
        B = b;
        C = c;
        D = d;
    }
}

/// <summary>Sixteen float32 in four vectors of 128 bits.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly struct Vector128Float
{
    internal readonly Vector128<float> A;
    internal readonly Vector128<float> B;
    internal readonly Vector128<float> C;
    internal readonly Vector128<float> D;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal Vector128Float(Vector128<float> a, Vector128<float> b, Vector128<float> c, Vector128<float> d)
    {
        A = a;
        B = b;
        C = c;
        D = d;
    }
}

/// <summary>Sixteen lanes on <see cref="Vector128"/>, on any processor that has it: what paths of 128 bits share.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public unsafe interface IVector128Lanes : ILanes<Vector128Int, Vector128Float>, IIndexLookup
{
    /// <inheritdoc/>
    static int IIndexLookup.LookupQuads => 1;

    /// <inheritdoc/>
    static void IIndexLookup.LookUp(int bits, byte* indices, int stepBytes, sbyte* levels, int steps, sbyte* target) =>
        Vector128Lookup.Run(bits, indices, stepBytes, levels, steps, target);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128Float ILanes<Vector128Int, Vector128Float>.Load(float* source) =>
        new(Vector128.Load(source), Vector128.Load(source + 4), Vector128.Load(source + 8), Vector128.Load(source + 12));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void ILanes<Vector128Int, Vector128Float>.Store(float* target, Vector128Float value)
    {
        value.A.Store(target);
        value.B.Store(target + 4);
        value.C.Store(target + 8);
        value.D.Store(target + 12);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128Int ILanes<Vector128Int, Vector128Float>.LoadBytes(byte* source)
    {
        Vector128<byte> bytes = Vector128.Load(source);
        Vector128<ushort> lower = Vector128.WidenLower(bytes), upper = Vector128.WidenUpper(bytes);
        return new(WidenLower(lower), WidenUpper(lower), WidenLower(upper), WidenUpper(upper));
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128Int ILanes<Vector128Int, Vector128Float>.LoadInt(int* source) =>
        new(Vector128.Load(source), Vector128.Load(source + 4), Vector128.Load(source + 8), Vector128.Load(source + 12));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void ILanes<Vector128Int, Vector128Float>.StoreInt(int* target, Vector128Int value)
    {
        value.A.Store(target);
        value.B.Store(target + 4);
        value.C.Store(target + 8);
        value.D.Store(target + 12);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128Float ILanes<Vector128Int, Vector128Float>.Broadcast(float value) => Each(Vector128.Create(value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128Int ILanes<Vector128Int, Vector128Float>.BroadcastInt(int value)
    {
        Vector128<int> lanes = Vector128.Create(value);
        return new(lanes, lanes, lanes, lanes);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128Float IDoubleLanes<Vector128Float>.LoadDoubles(double* source) => new(
        Vector128.Load(source).AsSingle(), Vector128.Load(source + 2).AsSingle(), Vector128.Load(source + 4).AsSingle(), Vector128.Load(source + 6).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void IDoubleLanes<Vector128Float>.StoreDoubles(double* target, Vector128Float value)
    {
        value.A.AsDouble().Store(target);
        value.B.AsDouble().Store(target + 2);
        value.C.AsDouble().Store(target + 4);
        value.D.AsDouble().Store(target + 6);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128Float IDoubleLanes<Vector128Float>.BroadcastDouble(double value) => Each(Vector128.Create(value).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128Float IDoubleLanes<Vector128Float>.AddDoubles(Vector128Float a, Vector128Float b) =>
        new(AddTwoDoubles(a.A, b.A), AddTwoDoubles(a.B, b.B), AddTwoDoubles(a.C, b.C), AddTwoDoubles(a.D, b.D));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128Float IDoubleLanes<Vector128Float>.SubtractDoubles(Vector128Float a, Vector128Float b) =>
        new(SubtractTwoDoubles(a.A, b.A), SubtractTwoDoubles(a.B, b.B), SubtractTwoDoubles(a.C, b.C), SubtractTwoDoubles(a.D, b.D));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128Float IDoubleLanes<Vector128Float>.MultiplyDoubles(Vector128Float a, Vector128Float b) =>
        new(MultiplyTwoDoubles(a.A, b.A), MultiplyTwoDoubles(a.B, b.B), MultiplyTwoDoubles(a.C, b.C), MultiplyTwoDoubles(a.D, b.D));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128Float ILanes<Vector128Int, Vector128Float>.Add(Vector128Float a, Vector128Float b) => new(a.A + b.A, a.B + b.B, a.C + b.C, a.D + b.D);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128Float ILanes<Vector128Int, Vector128Float>.Subtract(Vector128Float a, Vector128Float b) => new(a.A - b.A, a.B - b.B, a.C - b.C, a.D - b.D);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128Float ILanes<Vector128Int, Vector128Float>.Multiply(Vector128Float a, Vector128Float b) => new(a.A * b.A, a.B * b.B, a.C * b.C, a.D * b.D);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128Float ILanes<Vector128Int, Vector128Float>.Divide(Vector128Float a, Vector128Float b) => new(a.A / b.A, a.B / b.B, a.C / b.C, a.D / b.D);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128Float ILanes<Vector128Int, Vector128Float>.MultiplyAdd(Vector128Float a, Vector128Float b, Vector128Float c) => new(
        Vector128Fma.MultiplyAdd(a.A, b.A, c.A), Vector128Fma.MultiplyAdd(a.B, b.B, c.B),
        Vector128Fma.MultiplyAdd(a.C, b.C, c.C), Vector128Fma.MultiplyAdd(a.D, b.D, c.D));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128Float ILanes<Vector128Int, Vector128Float>.Min(Vector128Float a, Vector128Float b) =>
        new(Smaller(a.A, b.A), Smaller(a.B, b.B), Smaller(a.C, b.C), Smaller(a.D, b.D));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128Float ILanes<Vector128Int, Vector128Float>.Max(Vector128Float a, Vector128Float b) =>
        new(Larger(a.A, b.A), Larger(a.B, b.B), Larger(a.C, b.C), Larger(a.D, b.D));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128Float ILanes<Vector128Int, Vector128Float>.Limit(Vector128Float x, Vector128Float limit) => new(
        Larger(Smaller(x.A, limit.A), -limit.A), Larger(Smaller(x.B, limit.B), -limit.B),
        Larger(Smaller(x.C, limit.C), -limit.C), Larger(Smaller(x.D, limit.D), -limit.D));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128Int ILanes<Vector128Int, Vector128Float>.AddInt(Vector128Int a, Vector128Int b) => new(a.A + b.A, a.B + b.B, a.C + b.C, a.D + b.D);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128Int ILanes<Vector128Int, Vector128Float>.MultiplyInt(Vector128Int a, Vector128Int b) => new(a.A * b.A, a.B * b.B, a.C * b.C, a.D * b.D);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128Int ILanes<Vector128Int, Vector128Float>.AddPairs(Vector128Int sums, Vector128Int a, Vector128Int b) => new(
        MultiplyAddPairs(sums.A, a.A.AsInt16(), b.A.AsInt16()), MultiplyAddPairs(sums.B, a.B.AsInt16(), b.B.AsInt16()),
        MultiplyAddPairs(sums.C, a.C.AsInt16(), b.C.AsInt16()), MultiplyAddPairs(sums.D, a.D.AsInt16(), b.D.AsInt16()));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128Int ILanes<Vector128Int, Vector128Float>.ShiftLeft(Vector128Int a, int bits) => new(a.A << bits, a.B << bits, a.C << bits, a.D << bits);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128Int ILanes<Vector128Int, Vector128Float>.OrBits(Vector128Int a, Vector128Int b) => new(a.A | b.A, a.B | b.B, a.C | b.C, a.D | b.D);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static bool ILanes<Vector128Int, Vector128Float>.AreBytes(Vector128Int value) => AllBytes(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool AllBytes(Vector128Int value) =>
        ((value.A | value.B | value.C | value.D) & Vector128.Create(~byte.MaxValue)) == Vector128<int>.Zero;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static uint ILanes<Vector128Int, Vector128Float>.OutlierLanes(Vector128Int value) =>
        AllBytes(value) ? 0 : Beyond(value.A) | Beyond(value.B) << 4 | Beyond(value.C) << 8 | Beyond(value.D) << 12;

    private static uint Beyond(Vector128<int> value) =>
        ~Vector128.Equals(value & Vector128.Create(~byte.MaxValue), Vector128<int>.Zero).ExtractMostSignificantBits() & 0xF;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128Float ILanes<Vector128Int, Vector128Float>.ToFloat(Vector128Int value) =>
        new(Vector128Operations.ToFloat(value.A), Vector128Operations.ToFloat(value.B), Vector128Operations.ToFloat(value.C), Vector128Operations.ToFloat(value.D));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128Int ILanes<Vector128Int, Vector128Float>.RoundToInt(Vector128Float value) =>
        new(Round(value.A), Round(value.B), Round(value.C), Round(value.D));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128Float ILanes<Vector128Int, Vector128Float>.AsFloat(Vector128Int bits) =>
        new(bits.A.AsSingle(), bits.B.AsSingle(), bits.C.AsSingle(), bits.D.AsSingle());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128Int ILanes<Vector128Int, Vector128Float>.AsInt(Vector128Float value) =>
        new(value.A.AsInt32(), value.B.AsInt32(), value.C.AsInt32(), value.D.AsInt32());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void ILanes<Vector128Int, Vector128Float>.StoreBytes(byte* target, Vector128Int value) =>
        LowBytes(value.A, value.B, value.C, value.D).Store(target);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void ILanes<Vector128Int, Vector128Float>.StoreClamped(byte* target, Vector128Int value) =>
        Saturated(value.A, value.B, value.C, value.D).Store(target);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static float ILanes<Vector128Int, Vector128Float>.Sum(Vector128Float value)
    {
        Vector128<float> four = value.A + value.C + (value.B + value.D);
        Vector128<float> two = four + Vector128.Shuffle(four, Vector128.Create(2, 3, 0, 1));
        return two.GetElement(0) + two.GetElement(1);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static float ILanes<Vector128Int, Vector128Float>.Largest(Vector128Float value)
    {
        Vector128<float> four = Larger(Larger(value.A, value.C), Larger(value.B, value.D));
        Vector128<float> two = Larger(four, Vector128.Shuffle(four, Vector128.Create(2, 3, 0, 1)));
        return Larger(two, Vector128.Shuffle(two, Vector128.Create(1, 0, 3, 2))).ToScalar();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128Float Each(Vector128<float> lanes) => new(lanes, lanes, lanes, lanes);
}

using System.ComponentModel;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace StableQuant.Kernels.Lanes;

/// <summary>Sixteen int32 in four vectors of 128 bits.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly struct Vector128Int(Vector128<int> a, Vector128<int> b, Vector128<int> c, Vector128<int> d)
{
    internal readonly Vector128<int> A = a;
    internal readonly Vector128<int> B = b;
    internal readonly Vector128<int> C = c;
    internal readonly Vector128<int> D = d;
}

/// <summary>Sixteen float32 in four vectors of 128 bits.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly struct Vector128Float(Vector128<float> a, Vector128<float> b, Vector128<float> c, Vector128<float> d)
{
    internal readonly Vector128<float> A = a;
    internal readonly Vector128<float> B = b;
    internal readonly Vector128<float> C = c;
    internal readonly Vector128<float> D = d;
}

/// <summary>Sixteen lanes on <see cref="Vector128"/>, on any processor that has it: what paths of 128 bits share.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public unsafe interface IVector128Lanes : ILanes<Vector128Int, Vector128Float>
{
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
        Vector128.FusedMultiplyAdd(a.A, b.A, c.A), Vector128.FusedMultiplyAdd(a.B, b.B, c.B),
        Vector128.FusedMultiplyAdd(a.C, b.C, c.C), Vector128.FusedMultiplyAdd(a.D, b.D, c.D));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128Float ILanes<Vector128Int, Vector128Float>.Min(Vector128Float a, Vector128Float b) => new(
        Vector128.ConditionalSelect(Vector128.LessThan(a.A, b.A), a.A, b.A), Vector128.ConditionalSelect(Vector128.LessThan(a.B, b.B), a.B, b.B),
        Vector128.ConditionalSelect(Vector128.LessThan(a.C, b.C), a.C, b.C), Vector128.ConditionalSelect(Vector128.LessThan(a.D, b.D), a.D, b.D));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128Float ILanes<Vector128Int, Vector128Float>.Max(Vector128Float a, Vector128Float b) =>
        new(Larger(a.A, b.A), Larger(a.B, b.B), Larger(a.C, b.C), Larger(a.D, b.D));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128Int ILanes<Vector128Int, Vector128Float>.AddInt(Vector128Int a, Vector128Int b) => new(a.A + b.A, a.B + b.B, a.C + b.C, a.D + b.D);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128Int ILanes<Vector128Int, Vector128Float>.MultiplyInt(Vector128Int a, Vector128Int b) => new(a.A * b.A, a.B * b.B, a.C * b.C, a.D * b.D);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128Int ILanes<Vector128Int, Vector128Float>.AddPairs(Vector128Int sums, Vector128Int a, Vector128Int b) =>
        new(AddPairs(sums.A, a.A, b.A), AddPairs(sums.B, a.B, b.B), AddPairs(sums.C, a.C, b.C), AddPairs(sums.D, a.D, b.D));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector128<int> AddPairs(Vector128<int> sums, Vector128<int> a, Vector128<int> b) =>
        sums + ((a << 16) >> 16) * ((b << 16) >> 16) + (a >> 16) * (b >> 16);

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
        Vector128.EqualsAll((value.A | value.B | value.C | value.D) & Vector128.Create(~byte.MaxValue), Vector128<int>.Zero);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static uint ILanes<Vector128Int, Vector128Float>.OutlierLanes(Vector128Int value) =>
        AllBytes(value) ? 0 : Beyond(value.A) | Beyond(value.B) << 4 | Beyond(value.C) << 8 | Beyond(value.D) << 12;

    private static uint Beyond(Vector128<int> value) =>
        ~Vector128.Equals(value & Vector128.Create(~byte.MaxValue), Vector128<int>.Zero).ExtractMostSignificantBits() & 0xF;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128Float ILanes<Vector128Int, Vector128Float>.ToFloat(Vector128Int value) => new(
        Vector128.ConvertToSingle(value.A), Vector128.ConvertToSingle(value.B), Vector128.ConvertToSingle(value.C), Vector128.ConvertToSingle(value.D));

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
    static void ILanes<Vector128Int, Vector128Float>.StoreBytes(byte* target, Vector128Int value) => LowBytes(value).Store(target);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void ILanes<Vector128Int, Vector128Float>.StoreClamped(byte* target, Vector128Int value) =>
        LowBytes(new(Clamp(value.A), Clamp(value.B), Clamp(value.C), Clamp(value.D))).Store(target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> LowBytes(Vector128Int value) =>
        Vector128.Narrow(Vector128.Narrow(value.A, value.B), Vector128.Narrow(value.C, value.D)).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Clamp(Vector128<int> value) => Vector128.Min(Vector128.Max(value, Vector128<int>.Zero), Vector128.Create(255));

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
    private static Vector128<float> Larger(Vector128<float> a, Vector128<float> b) => Vector128.ConditionalSelect(Vector128.GreaterThan(a, b), a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Round(Vector128<float> value) =>
        Vector128.ConvertToInt32(Vector128.Round(value, MidpointRounding.ToEven));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128Float Each(Vector128<float> lanes) => new(lanes, lanes, lanes, lanes);
}

using System.ComponentModel;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using StableQuant.Layout;

namespace StableQuant.Kernels.Lanes;

/// <summary>Two zmm: the sums of outputs 0–7 and 8–15, each output's in two adjacent lanes.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly struct Avx512Sums(Vector512<int> lower, Vector512<int> upper)
{
    internal readonly Vector512<int> Lower = lower;
    internal readonly Vector512<int> Upper = upper;
}

/// <summary>One weight group as int16: outputs 0–7 and 8–15, four inputs each.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly struct Avx512Weights(Vector512<short> lower, Vector512<short> upper)
{
    internal readonly Vector512<short> Lower = lower;
    internal readonly Vector512<short> Upper = upper;
}

/// <summary>
/// AVX-512 F + BW + DQ. Products are widened to int16 and summed in pairs by <c>vpmaddwd</c>: 2 · 255 · 127 fits int32 with
/// room for 2^15 pairs, so that nothing saturates whatever the weights are.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly unsafe struct Avx512Instructions : IInstructions<Avx512Sums, Avx512Weights, Vector512<short>, Vector512<int>, Vector512<float>>
{
    /// <summary>Whether this processor can run the path.</summary>
    public static bool IsSupported => Avx512F.IsSupported && Avx512BW.IsSupported && Avx512DQ.IsSupported && Avx2Instructions.IsSupported;

    /// <inheritdoc/>
    public static int TileRows => TileLayout.UnrolledRows;

    /// <inheritdoc/>
    public static int TilePanels => 2;

    /// <inheritdoc/>
    public static int InputBias => 0;

    /// <inheritdoc/>
    public static int LookupQuads => Avx512Lookup.Quads;

    /// <inheritdoc/>
    public static void LookUp(int bits, byte* indices, int stepBytes, sbyte* levels, int steps, sbyte* target) =>
        Avx512Lookup.Run(bits, indices, stepBytes, levels, steps, target);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Weights LoadWeights(byte* group) => new(
        Avx512BW.ConvertToVector512Int16(Vector256.Load((sbyte*)group)),
        Avx512BW.ConvertToVector512Int16(Vector256.Load((sbyte*)group + 32)));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<short> LoadInput(byte* inputs) =>
        Avx512BW.ConvertToVector512Int16(Vector256.Create(Unsafe.ReadUnaligned<int>(inputs)).AsByte());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Sums Dot(Avx512Sums sums, Vector512<short> inputs, Avx512Weights weights) => new(
        Avx512F.Add(sums.Lower, Avx512BW.MultiplyAddAdjacent(inputs, weights.Lower)),
        Avx512F.Add(sums.Upper, Avx512BW.MultiplyAddAdjacent(inputs, weights.Upper)));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> Finish(Avx512Sums sums)
    {
        Vector512<int> even = Vector512.Create(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
        Vector512<int> odd = Vector512.Create(1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
        return Avx512F.Add(
            Avx512F.PermuteVar16x32x2(sums.Lower, even, sums.Upper),
            Avx512F.PermuteVar16x32x2(sums.Lower, odd, sums.Upper));
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(float* source) => Vector512.Load(source);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(float* target, Vector512<float> value) => value.Store(target);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> LoadInt(int* source) => Vector512.Load(source);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> LoadBytes(byte* source) => Avx512F.ConvertToVector512Int32(Vector128.Load(source));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreInt(int* target, Vector512<int> value) => value.Store(target);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Broadcast(float value) => Vector512.Create(value);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> BroadcastInt(int value) => Vector512.Create(value);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> LoadDoubles(double* source) => Vector512.Load(source).AsSingle();

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreDoubles(double* target, Vector512<float> value) => value.AsDouble().Store(target);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> BroadcastDouble(double value) => Vector512.Create(value).AsSingle();

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> AddDoubles(Vector512<float> a, Vector512<float> b) => Avx512F.Add(a.AsDouble(), b.AsDouble()).AsSingle();

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> SubtractDoubles(Vector512<float> a, Vector512<float> b) => Avx512F.Subtract(a.AsDouble(), b.AsDouble()).AsSingle();

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> MultiplyDoubles(Vector512<float> a, Vector512<float> b) => Avx512F.Multiply(a.AsDouble(), b.AsDouble()).AsSingle();

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Add(Vector512<float> a, Vector512<float> b) => Avx512F.Add(a, b);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Subtract(Vector512<float> a, Vector512<float> b) => Avx512F.Subtract(a, b);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Multiply(Vector512<float> a, Vector512<float> b) => Avx512F.Multiply(a, b);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Divide(Vector512<float> a, Vector512<float> b) => Avx512F.Divide(a, b);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> MultiplyAdd(Vector512<float> a, Vector512<float> b, Vector512<float> c) => Avx512F.FusedMultiplyAdd(a, b, c);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Min(Vector512<float> a, Vector512<float> b) => Avx512F.Min(a, b);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Max(Vector512<float> a, Vector512<float> b) => Avx512F.Max(a, b);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Limit(Vector512<float> x, Vector512<float> limit)
    {
        const byte SmallerMagnitude = 0b10, SignOfFirst = 0b00 << 2;
        return Avx512DQ.Range(x, limit, SmallerMagnitude | SignOfFirst);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> AddInt(Vector512<int> a, Vector512<int> b) => Avx512F.Add(a, b);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> MultiplyInt(Vector512<int> a, Vector512<int> b) => Avx512F.MultiplyLow(a, b);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> AddPairs(Vector512<int> sums, Vector512<int> a, Vector512<int> b) =>
        Avx512F.Add(sums, Avx512BW.MultiplyAddAdjacent(a.AsInt16(), b.AsInt16()));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> AddGroup(Vector512<int> sums, byte* weights, Vector512<int> magnitudes, Vector512<int> sign) =>
        AddPairs(sums, Avx512BW.MultiplyAddAdjacent(magnitudes.AsByte(), Vector512.Load((sbyte*)weights)).AsInt32(), sign | Vector512<short>.One.AsInt32());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> ShiftLeft(Vector512<int> a, int bits) => Vector512.ShiftLeft(a, bits);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> OrBits(Vector512<int> a, Vector512<int> b) => a | b;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AreBytes(Vector512<int> value) => Vector512.EqualsAll(value & Vector512.Create(~byte.MaxValue), Vector512<int>.Zero);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint OutlierLanes(Vector512<int> value) =>
        (uint)(~Vector512.Equals(value & Vector512.Create(~byte.MaxValue), Vector512<int>.Zero)).ExtractMostSignificantBits();

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> ToFloat(Vector512<int> value) => Avx512F.ConvertToVector512Single(value);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> RoundToInt(Vector512<float> value) => Avx512F.ConvertToVector512Int32(value);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> AsFloat(Vector512<int> bits) => bits.AsSingle();

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> AsInt(Vector512<float> value) => value.AsInt32();

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreBytes(byte* target, Vector512<int> value) => Avx512F.ConvertToVector128Byte(value).Store(target);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreClamped(byte* target, Vector512<int> value) =>
        Avx512F.ConvertToVector128ByteWithSaturation(Avx512F.Max(value, Vector512<int>.Zero).AsUInt32()).Store(target);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Vector512<float> value) => Avx2Lanes.Sum(new(value.GetLower(), value.GetUpper()));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Largest(Vector512<float> value) => Avx2Lanes.Largest(new(value.GetLower(), value.GetUpper()));
}

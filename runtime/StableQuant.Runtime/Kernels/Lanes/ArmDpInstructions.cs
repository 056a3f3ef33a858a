using System.ComponentModel;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using StableQuant.Layout;

namespace StableQuant.Kernels.Lanes;

/// <summary>Sixteen int32 in four NEON registers.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly struct ArmInt(Vector128<int> a, Vector128<int> b, Vector128<int> c, Vector128<int> d)
{
    internal readonly Vector128<int> A = a;
    internal readonly Vector128<int> B = b;
    internal readonly Vector128<int> C = c;
    internal readonly Vector128<int> D = d;
}

/// <summary>Sixteen float32 in four NEON registers.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly struct ArmFloat(Vector128<float> a, Vector128<float> b, Vector128<float> c, Vector128<float> d)
{
    internal readonly Vector128<float> A = a;
    internal readonly Vector128<float> B = b;
    internal readonly Vector128<float> C = c;
    internal readonly Vector128<float> D = d;
}

/// <summary>One weight group in four NEON registers, four outputs each.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly struct ArmWeights(Vector128<sbyte> a, Vector128<sbyte> b, Vector128<sbyte> c, Vector128<sbyte> d)
{
    internal readonly Vector128<sbyte> A = a;
    internal readonly Vector128<sbyte> B = b;
    internal readonly Vector128<sbyte> C = c;
    internal readonly Vector128<sbyte> D = d;
}

/// <summary>
/// Arm with the dot product extension. <c>sdot</c> multiplies signed by signed, so inputs are shifted by 128
/// (<see cref="InputBias"/>). All but that one instruction is written on <see cref="Vector128"/>, and the instruction has
/// an emulation, so that tests run the very same lanes on any processor.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly unsafe struct ArmDpInstructions : IInstructions<ArmInt, ArmWeights, Vector128<sbyte>, ArmInt, ArmFloat>
{
    /// <summary>Whether this processor has the instruction; elsewhere the path can run emulated, for tests.</summary>
    public static bool IsSupported => Dp.IsSupported;

    /// <summary>Whether the path can run at all: a native program for other processors leaves the emulation out.</summary>
    public static bool IsAvailable => Dp.IsSupported || RuntimeFeature.IsDynamicCodeSupported;

    /// <inheritdoc/>
    public static int TileRows => TileLayout.UnrolledRows;

    /// <inheritdoc/>
    public static int TilePanels => 1;

    /// <inheritdoc/>
    public static int InputBias => 128;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ArmWeights LoadWeights(byte* group) => new(
        Vector128.Load((sbyte*)group), Vector128.Load((sbyte*)group + 16), Vector128.Load((sbyte*)group + 32), Vector128.Load((sbyte*)group + 48));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<sbyte> LoadInput(byte* inputs) =>
        Vector128.Create(Unsafe.ReadUnaligned<uint>(inputs) ^ 0x80808080u).AsSByte();

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ArmInt Dot(ArmInt sums, Vector128<sbyte> inputs, ArmWeights weights) => new(
        SignedDot(sums.A, inputs, weights.A), SignedDot(sums.B, inputs, weights.B),
        SignedDot(sums.C, inputs, weights.C), SignedDot(sums.D, inputs, weights.D));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ArmInt AddPairs(ArmInt sums, ArmInt a, ArmInt b) =>
        new(AddPairs(sums.A, a.A, b.A), AddPairs(sums.B, a.B, b.B), AddPairs(sums.C, a.C, b.C), AddPairs(sums.D, a.D, b.D));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> AddPairs(Vector128<int> sums, Vector128<int> a, Vector128<int> b) =>
        sums + ((a << 16) >> 16) * ((b << 16) >> 16) + (a >> 16) * (b >> 16);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ArmInt AddGroup(ArmInt sums, byte* weights, ArmInt magnitudes, ArmInt sign) => new(
        AddGroup(sums.A, weights, magnitudes.A, sign.A), AddGroup(sums.B, weights + 16, magnitudes.B, sign.B),
        AddGroup(sums.C, weights + 32, magnitudes.C, sign.C), AddGroup(sums.D, weights + 48, magnitudes.D, sign.D));

    // Magnitudes up to 255 are signed bytes in two halves and what is left.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> AddGroup(Vector128<int> sums, byte* weights, Vector128<int> magnitudes, Vector128<int> sign)
    {
        Vector128<sbyte> w = Vector128.Load((sbyte*)weights);
        Vector128<sbyte> half = (magnitudes.AsByte() >> 1).AsSByte(), rest = magnitudes.AsSByte() & Vector128<sbyte>.One;
        Vector128<int> product = SignedDot(SignedDot(SignedDot(Vector128<int>.Zero, half, w), half, w), rest, w);
        return sums + ((product ^ sign) - sign);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ArmInt Finish(ArmInt sums) => sums;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> SignedDot(Vector128<int> sum, Vector128<sbyte> left, Vector128<sbyte> right) =>
        Dp.IsSupported ? Dp.DotProduct(sum, left, right) : EmulatedDot(sum, left, right);

    private static Vector128<int> EmulatedDot(Vector128<int> sum, Vector128<sbyte> left, Vector128<sbyte> right)
    {
        // Products of bytes fit int16; four of them make one lane.
        Vector128<short> lower = Vector128.WidenLower(left) * Vector128.WidenLower(right);
        Vector128<short> upper = Vector128.WidenUpper(left) * Vector128.WidenUpper(right);
        return sum + Vector128.Create(
            Vector128.Sum(Vector128.WidenLower(lower)), Vector128.Sum(Vector128.WidenUpper(lower)),
            Vector128.Sum(Vector128.WidenLower(upper)), Vector128.Sum(Vector128.WidenUpper(upper)));
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ArmFloat Load(float* source) =>
        new(Vector128.Load(source), Vector128.Load(source + 4), Vector128.Load(source + 8), Vector128.Load(source + 12));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(float* target, ArmFloat value)
    {
        value.A.Store(target);
        value.B.Store(target + 4);
        value.C.Store(target + 8);
        value.D.Store(target + 12);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ArmInt LoadInt(int* source) =>
        new(Vector128.Load(source), Vector128.Load(source + 4), Vector128.Load(source + 8), Vector128.Load(source + 12));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ArmInt LoadBytes(byte* source)
    {
        Vector128<byte> bytes = Vector128.Load(source);
        Vector128<ushort> lower = Vector128.WidenLower(bytes), upper = Vector128.WidenUpper(bytes);
        return new(
            Vector128.WidenLower(lower).AsInt32(), Vector128.WidenUpper(lower).AsInt32(), Vector128.WidenLower(upper).AsInt32(), Vector128.WidenUpper(upper).AsInt32());
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreInt(int* target, ArmInt value)
    {
        value.A.Store(target);
        value.B.Store(target + 4);
        value.C.Store(target + 8);
        value.D.Store(target + 12);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ArmFloat Broadcast(float value) => Each(Vector128.Create(value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ArmInt BroadcastInt(int value)
    {
        Vector128<int> lanes = Vector128.Create(value);
        return new(lanes, lanes, lanes, lanes);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ArmFloat Add(ArmFloat a, ArmFloat b) => new(a.A + b.A, a.B + b.B, a.C + b.C, a.D + b.D);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ArmFloat Subtract(ArmFloat a, ArmFloat b) => new(a.A - b.A, a.B - b.B, a.C - b.C, a.D - b.D);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ArmFloat Multiply(ArmFloat a, ArmFloat b) => new(a.A * b.A, a.B * b.B, a.C * b.C, a.D * b.D);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ArmFloat Divide(ArmFloat a, ArmFloat b) => new(a.A / b.A, a.B / b.B, a.C / b.C, a.D / b.D);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ArmFloat MultiplyAdd(ArmFloat a, ArmFloat b, ArmFloat c) => new(
        Vector128.FusedMultiplyAdd(a.A, b.A, c.A), Vector128.FusedMultiplyAdd(a.B, b.B, c.B),
        Vector128.FusedMultiplyAdd(a.C, b.C, c.C), Vector128.FusedMultiplyAdd(a.D, b.D, c.D));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ArmFloat Min(ArmFloat a, ArmFloat b) => new(
        Vector128.ConditionalSelect(Vector128.LessThan(a.A, b.A), a.A, b.A), Vector128.ConditionalSelect(Vector128.LessThan(a.B, b.B), a.B, b.B),
        Vector128.ConditionalSelect(Vector128.LessThan(a.C, b.C), a.C, b.C), Vector128.ConditionalSelect(Vector128.LessThan(a.D, b.D), a.D, b.D));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ArmFloat Max(ArmFloat a, ArmFloat b) => new(Larger(a.A, b.A), Larger(a.B, b.B), Larger(a.C, b.C), Larger(a.D, b.D));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ArmInt AddInt(ArmInt a, ArmInt b) => new(a.A + b.A, a.B + b.B, a.C + b.C, a.D + b.D);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ArmInt MultiplyInt(ArmInt a, ArmInt b) => new(a.A * b.A, a.B * b.B, a.C * b.C, a.D * b.D);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ArmInt ShiftLeft(ArmInt a, int bits) => new(a.A << bits, a.B << bits, a.C << bits, a.D << bits);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ArmInt OrBits(ArmInt a, ArmInt b) => new(a.A | b.A, a.B | b.B, a.C | b.C, a.D | b.D);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AreBytes(ArmInt value) =>
        Vector128.EqualsAll((value.A | value.B | value.C | value.D) & Vector128.Create(~byte.MaxValue), Vector128<int>.Zero);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint OutlierLanes(ArmInt value) => AreBytes(value) ? 0 : Beyond(value.A) | Beyond(value.B) << 4 | Beyond(value.C) << 8 | Beyond(value.D) << 12;

    private static uint Beyond(Vector128<int> value) =>
        ~Vector128.Equals(value & Vector128.Create(~byte.MaxValue), Vector128<int>.Zero).ExtractMostSignificantBits() & 0xF;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ArmFloat ToFloat(ArmInt value) => new(
        Vector128.ConvertToSingle(value.A), Vector128.ConvertToSingle(value.B), Vector128.ConvertToSingle(value.C), Vector128.ConvertToSingle(value.D));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ArmInt RoundToInt(ArmFloat value) => new(Round(value.A), Round(value.B), Round(value.C), Round(value.D));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ArmFloat AsFloat(ArmInt bits) => new(bits.A.AsSingle(), bits.B.AsSingle(), bits.C.AsSingle(), bits.D.AsSingle());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ArmInt AsInt(ArmFloat value) => new(value.A.AsInt32(), value.B.AsInt32(), value.C.AsInt32(), value.D.AsInt32());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreBytes(byte* target, ArmInt value) =>
        Vector128.Narrow(Vector128.Narrow(value.A, value.B), Vector128.Narrow(value.C, value.D)).AsByte().Store(target);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreClamped(byte* target, ArmInt value) => StoreBytes(target, new(Clamp(value.A), Clamp(value.B), Clamp(value.C), Clamp(value.D)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Clamp(Vector128<int> value) => Vector128.Min(Vector128.Max(value, Vector128<int>.Zero), Vector128.Create(255));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(ArmFloat value)
    {
        Vector128<float> four = value.A + value.C + (value.B + value.D);
        Vector128<float> two = four + Vector128.Shuffle(four, Vector128.Create(2, 3, 0, 1));
        return two.GetElement(0) + two.GetElement(1);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Largest(ArmFloat value)
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
    private static ArmFloat Each(Vector128<float> lanes) => new(lanes, lanes, lanes, lanes);
}

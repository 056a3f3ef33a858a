using System.ComponentModel;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using StableQuant.Layout;

namespace StableQuant.Kernels.Lanes;

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
/// Arm64, with the dot product extension or without. Both multiply signed by signed, so inputs are shifted by 128
/// (<see cref="InputBias"/>). All but the products is written on <see cref="Vector128"/>, and those have an emulation, so that
/// tests run the very same lanes on any processor.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly unsafe struct ArmDpInstructions : IVector128Lanes, IInstructions<Vector128Int, ArmWeights, Vector128<sbyte>, Vector128Int, Vector128Float>
{
    /// <summary>Whether this processor is one; elsewhere the path can run emulated, for tests.</summary>
    public static bool IsSupported => Neon.IsSupported;

    /// <summary>Whether the path can run at all: a native program for other processors leaves the emulation out.</summary>
    public static bool IsAvailable => IsSupported || RuntimeFeature.IsDynamicCodeSupported;

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
    public static Vector128Int Dot(Vector128Int sums, Vector128<sbyte> inputs, ArmWeights weights) => new(
        SignedDot(sums.A, inputs, weights.A), SignedDot(sums.B, inputs, weights.B),
        SignedDot(sums.C, inputs, weights.C), SignedDot(sums.D, inputs, weights.D));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128Int AddGroup(Vector128Int sums, byte* weights, Vector128Int magnitudes, Vector128Int sign) => new(
        AddGroup(sums.A, weights, magnitudes.A, sign.A), AddGroup(sums.B, weights + 16, magnitudes.B, sign.B),
        AddGroup(sums.C, weights + 32, magnitudes.C, sign.C), AddGroup(sums.D, weights + 48, magnitudes.D, sign.D));

    // Magnitudes up to 255 are signed bytes in two halves and what is left. One of four is not 0, so that sums of pairs fit int16.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> AddGroup(Vector128<int> sums, byte* weights, Vector128<int> magnitudes, Vector128<int> sign)
    {
        Vector128<sbyte> w = Vector128.Load((sbyte*)weights);
        Vector128<sbyte> half = (magnitudes.AsByte() >> 1).AsSByte(), rest = magnitudes.AsSByte() & Vector128<sbyte>.One;
        Vector128<short> lower = Neon.MultiplyAddLower(Neon.MultiplyAddLower(Neon.MultiplyLower(half, w), half, w), rest, w);
        Vector128<short> upper = Neon.MultiplyAddUpper(Neon.MultiplyAddUpper(Neon.MultiplyUpper(half, w), half, w), rest, w);
        Vector128<int> product = Neon.JoinPairs(Neon.AddPairs(Vector128<int>.Zero, lower), Neon.AddPairs(Vector128<int>.Zero, upper));
        return sums + ((product ^ sign) - sign);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128Int Finish(Vector128Int sums) => sums;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> SignedDot(Vector128<int> sum, Vector128<sbyte> left, Vector128<sbyte> right) =>
        Dp.IsSupported ? Dp.DotProduct(sum, left, right) : DotOfPairs(sum, left, right);

    // Each product fits int16, two do not where both are of −128.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> DotOfPairs(Vector128<int> sum, Vector128<sbyte> left, Vector128<sbyte> right) => sum + Neon.JoinPairs(
        Neon.AddPairs(Vector128<int>.Zero, Neon.MultiplyLower(left, right)), Neon.AddPairs(Vector128<int>.Zero, Neon.MultiplyUpper(left, right)));
}

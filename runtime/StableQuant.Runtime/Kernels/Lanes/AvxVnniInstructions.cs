using System.ComponentModel;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using StableQuant.Layout;

namespace StableQuant.Kernels.Lanes;

/// <summary>One weight group in two ymm: outputs 0–7 and 8–15, four inputs each.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly struct AvxVnniWeights(Vector256<sbyte> lower, Vector256<sbyte> upper)
{
    internal readonly Vector256<sbyte> Lower = lower;
    internal readonly Vector256<sbyte> Upper = upper;
}

/// <summary>AVX-VNNI: <c>vpdpbusd</c> adds four u8 × s8 products to an int32 lane, exact by definition.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly unsafe struct AvxVnniInstructions : IAvx2Lanes, IInstructions<Avx2Int, AvxVnniWeights, Vector256<byte>, Avx2Int, Avx2Float>
{
    /// <summary>Whether this processor can run the path.</summary>
    public static bool IsSupported => AvxVnni.IsSupported && Avx2Instructions.IsSupported;

    /// <inheritdoc/>
    public static int TileRows => TileLayout.UnrolledRows;

    /// <inheritdoc/>
    public static int TilePanels => 1;

    /// <inheritdoc/>
    public static int InputBias => 0;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static AvxVnniWeights LoadWeights(byte* group) => new(Vector256.Load((sbyte*)group), Vector256.Load((sbyte*)group + 32));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> LoadInput(byte* inputs) => Vector256.Create(Unsafe.ReadUnaligned<int>(inputs)).AsByte();

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Int Dot(Avx2Int sums, Vector256<byte> inputs, AvxVnniWeights weights) => new(
        AvxVnni.MultiplyWideningAndAdd(sums.Lower, inputs, weights.Lower),
        AvxVnni.MultiplyWideningAndAdd(sums.Upper, inputs, weights.Upper));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Int Finish(Avx2Int sums) => sums;
}

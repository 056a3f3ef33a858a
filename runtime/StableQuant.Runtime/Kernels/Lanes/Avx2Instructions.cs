using System.ComponentModel;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using StableQuant.Layout;

namespace StableQuant.Kernels.Lanes;

/// <summary>Four ymm: the sums of outputs 0–3, 4–7, 8–11 and 12–15, each output's in two adjacent lanes.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly struct Avx2Sums(Vector256<int> a, Vector256<int> b, Vector256<int> c, Vector256<int> d)
{
    internal readonly Vector256<int> A = a;
    internal readonly Vector256<int> B = b;
    internal readonly Vector256<int> C = c;
    internal readonly Vector256<int> D = d;
}

/// <summary>One weight group as int16, four outputs a register.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly struct Avx2Weights(Vector256<short> a, Vector256<short> b, Vector256<short> c, Vector256<short> d)
{
    internal readonly Vector256<short> A = a;
    internal readonly Vector256<short> B = b;
    internal readonly Vector256<short> C = c;
    internal readonly Vector256<short> D = d;
}

/// <summary>AVX2 and FMA; products by <c>vpmaddwd</c> on int16, exact as in <see cref="Avx512Instructions"/>.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly unsafe struct Avx2Instructions : IAvx2Lanes, IInstructions<Avx2Sums, Avx2Weights, Vector256<short>, Avx2Int, Avx2Float>
{
    /// <summary>Whether this processor can run the path.</summary>
    public static bool IsSupported => Avx2.IsSupported && Fma.IsSupported;

    /// <inheritdoc/>
    public static int TileRows => TileLayout.FewUnrolledRows;

    /// <inheritdoc/>
    public static int TilePanels => 1;

    /// <inheritdoc/>
    public static int InputBias => 0;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Weights LoadWeights(byte* group) => new(
        Avx2.ConvertToVector256Int16((sbyte*)group),
        Avx2.ConvertToVector256Int16((sbyte*)group + 16),
        Avx2.ConvertToVector256Int16((sbyte*)group + 32),
        Avx2.ConvertToVector256Int16((sbyte*)group + 48));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<short> LoadInput(byte* inputs) =>
        Avx2.ConvertToVector256Int16(Vector128.Create(Unsafe.ReadUnaligned<int>(inputs)).AsByte());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Sums Dot(Avx2Sums sums, Vector256<short> inputs, Avx2Weights weights) => new(
        Avx2.Add(sums.A, Avx2.MultiplyAddAdjacent(inputs, weights.A)),
        Avx2.Add(sums.B, Avx2.MultiplyAddAdjacent(inputs, weights.B)),
        Avx2.Add(sums.C, Avx2.MultiplyAddAdjacent(inputs, weights.C)),
        Avx2.Add(sums.D, Avx2.MultiplyAddAdjacent(inputs, weights.D)));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Int Finish(Avx2Sums sums) => new(Join(sums.A, sums.B), Join(sums.C, sums.D));

    // hadd interleaves the two registers by halves; the permutation puts the outputs back in order.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Join(Vector256<int> first, Vector256<int> second) =>
        Avx2.Permute4x64(Avx2.HorizontalAdd(first, second).AsInt64(), 0b11_01_10_00).AsInt32();
}

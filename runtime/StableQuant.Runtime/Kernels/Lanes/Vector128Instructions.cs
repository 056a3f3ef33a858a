using System.ComponentModel;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Wasm;
using System.Runtime.Intrinsics.X86;
using StableQuant.Layout;

namespace StableQuant.Kernels.Lanes;

/// <summary>Eight vectors, two outputs each: an output's sum in two adjacent lanes.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly struct Vector128Sums(
    Vector128<int> a, Vector128<int> b, Vector128<int> c, Vector128<int> d, Vector128<int> e, Vector128<int> f, Vector128<int> g, Vector128<int> h)
{
    internal readonly Vector128<int> A = a;
    internal readonly Vector128<int> B = b;
    internal readonly Vector128<int> C = c;
    internal readonly Vector128<int> D = d;
    internal readonly Vector128<int> E = e;
    internal readonly Vector128<int> F = f;
    internal readonly Vector128<int> G = g;
    internal readonly Vector128<int> H = h;
}

/// <summary>One weight group, four outputs a vector.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly struct Vector128Weights(Vector128<sbyte> a, Vector128<sbyte> b, Vector128<sbyte> c, Vector128<sbyte> d)
{
    internal readonly Vector128<sbyte> A = a;
    internal readonly Vector128<sbyte> B = b;
    internal readonly Vector128<sbyte> C = c;
    internal readonly Vector128<sbyte> D = d;
}

/// <summary>
/// Vectors of 128 bits wherever there are any and no path of their own: WebAssembly, x64 without AVX2. Products are widened to int16 and
/// summed in pairs, exact as in <see cref="Avx512Instructions"/>.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly unsafe struct Vector128Instructions
    : IVector128Lanes, IInstructions<Vector128Sums, Vector128Weights, Vector128<short>, Vector128Int, Vector128Float>
{
    /// <summary>Whether this processor can run the path. A native program that is compiled for a better one leaves it out.</summary>
    public static bool IsSupported => Vector128.IsHardwareAccelerated
        && (RuntimeFeature.IsDynamicCodeSupported || (!Avx2Instructions.IsSupported && !ArmDpInstructions.IsSupported));

    /// <inheritdoc/>
    public static int TileRows => TileLayout.FewUnrolledRows;

    /// <inheritdoc/>
    public static int TilePanels => 1;

    /// <inheritdoc/>
    public static int InputBias => 0;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128Weights LoadWeights(byte* group) => new(
        Vector128.Load((sbyte*)group), Vector128.Load((sbyte*)group + 16), Vector128.Load((sbyte*)group + 32), Vector128.Load((sbyte*)group + 48));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<short> LoadInput(byte* inputs) =>
        Vector128.WidenLower(Vector128.Create(Unsafe.ReadUnaligned<uint>(inputs)).AsByte()).AsInt16();

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128Sums Dot(Vector128Sums sums, Vector128<short> inputs, Vector128Weights weights) => new(
        sums.A + MultiplyAddPairs(inputs, Vector128.WidenLower(weights.A)), sums.B + MultiplyAddPairs(inputs, Vector128.WidenUpper(weights.A)),
        sums.C + MultiplyAddPairs(inputs, Vector128.WidenLower(weights.B)), sums.D + MultiplyAddPairs(inputs, Vector128.WidenUpper(weights.B)),
        sums.E + MultiplyAddPairs(inputs, Vector128.WidenLower(weights.C)), sums.F + MultiplyAddPairs(inputs, Vector128.WidenUpper(weights.C)),
        sums.G + MultiplyAddPairs(inputs, Vector128.WidenLower(weights.D)), sums.H + MultiplyAddPairs(inputs, Vector128.WidenUpper(weights.D)));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128Int Finish(Vector128Sums sums) =>
        new(Join(sums.A, sums.B), Join(sums.C, sums.D), Join(sums.E, sums.F), Join(sums.G, sums.H));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128Int AddPairs(Vector128Int sums, Vector128Int a, Vector128Int b) => new(
        sums.A + MultiplyAddPairs(a.A.AsInt16(), b.A.AsInt16()), sums.B + MultiplyAddPairs(a.B.AsInt16(), b.B.AsInt16()),
        sums.C + MultiplyAddPairs(a.C.AsInt16(), b.C.AsInt16()), sums.D + MultiplyAddPairs(a.D.AsInt16(), b.D.AsInt16()));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128Int AddGroup(Vector128Int sums, byte* weights, Vector128Int magnitudes, Vector128Int sign) => new(
        AddGroup(sums.A, weights, magnitudes.A, sign.A), AddGroup(sums.B, weights + 16, magnitudes.B, sign.B),
        AddGroup(sums.C, weights + 32, magnitudes.C, sign.C), AddGroup(sums.D, weights + 48, magnitudes.D, sign.D));

    // One magnitude of four at most is not 0, so that a lane's products, two a half, never add up to more than fits int16.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> AddGroup(Vector128<int> sums, byte* weights, Vector128<int> magnitudes, Vector128<int> sign)
    {
        Vector128<short> w = Vector128.Load(weights).AsInt16(), m = magnitudes.AsInt16();
        Vector128<short> products = ((w << 8) >> 8) * (m & Vector128.Create((short)byte.MaxValue)) + (w >> 8) * (m >>> 8);
        return sums + MultiplyAddPairs(products, sign.AsInt16() | Vector128<short>.One);
    }

    // Each two adjacent products of int16 in one lane.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> MultiplyAddPairs(Vector128<short> a, Vector128<short> b)
    {
        if (PackedSimd.IsSupported)
        {
            return PackedSimd.Dot(a, b);
        }

        return Sse2.IsSupported ? Sse2.MultiplyAddAdjacent(a, b) : IVector128Lanes.AddPairs(Vector128<int>.Zero, a.AsInt32(), b.AsInt32());
    }

    // The sums of each two adjacent lanes, of the first vector first.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Join(Vector128<int> first, Vector128<int> second)
    {
        Vector128<int> even = Vector128.Create(0, 2, 0, 2), odd = Vector128.Create(1, 3, 1, 3), lower = Vector128.Create(-1, -1, 0, 0);
        return Vector128.ConditionalSelect(lower, Vector128.Shuffle(first, even) + Vector128.Shuffle(first, odd), Vector128.Shuffle(second, even) + Vector128.Shuffle(second, odd));
    }
}

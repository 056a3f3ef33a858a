using System.ComponentModel;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using StableQuant.Layout;
using static StableQuant.Kernels.Lanes.Vector128Operations;

namespace StableQuant.Kernels.Lanes;

/// <summary>Eight vectors, two outputs each: an output's sum in two adjacent lanes.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly struct Vector128Sums
{
    internal readonly Vector128<int> A;
    internal readonly Vector128<int> B;
    internal readonly Vector128<int> C;
    internal readonly Vector128<int> D;
    internal readonly Vector128<int> E;
    internal readonly Vector128<int> F;
    internal readonly Vector128<int> G;
    internal readonly Vector128<int> H;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal Vector128Sums(Vector128<int> a, Vector128<int> b, Vector128<int> c, Vector128<int> d, Vector128<int> e, Vector128<int> f, Vector128<int> g, Vector128<int> h)
    {
        A = a;
        B = b;
        C = c;
        D = d;
        E = e;
        F = f;
        G = g;
        H = h;
    }
}

/// <summary>One weight group, four outputs a vector.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly struct Vector128Weights
{
    internal readonly Vector128<sbyte> A;
    internal readonly Vector128<sbyte> B;
    internal readonly Vector128<sbyte> C;
    internal readonly Vector128<sbyte> D;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal Vector128Weights(Vector128<sbyte> a, Vector128<sbyte> b, Vector128<sbyte> c, Vector128<sbyte> d)
    {
        A = a;
        B = b;
        C = c;
        D = d;
    }
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
    public static Vector128<short> LoadInput(byte* inputs) => FourInputs(inputs);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128Sums Dot(Vector128Sums sums, Vector128<short> inputs, Vector128Weights weights) => new(
        MultiplyAddPairs(sums.A, inputs, WidenLower(weights.A)), MultiplyAddPairs(sums.B, inputs, WidenUpper(weights.A)),
        MultiplyAddPairs(sums.C, inputs, WidenLower(weights.B)), MultiplyAddPairs(sums.D, inputs, WidenUpper(weights.B)),
        MultiplyAddPairs(sums.E, inputs, WidenLower(weights.C)), MultiplyAddPairs(sums.F, inputs, WidenUpper(weights.C)),
        MultiplyAddPairs(sums.G, inputs, WidenLower(weights.D)), MultiplyAddPairs(sums.H, inputs, WidenUpper(weights.D)));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128Int Finish(Vector128Sums sums) =>
        new(Join(sums.A, sums.B), Join(sums.C, sums.D), Join(sums.E, sums.F), Join(sums.G, sums.H));

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
        return MultiplyAddPairs(sums, products, sign.AsInt16() | Vector128<short>.One);
    }
}

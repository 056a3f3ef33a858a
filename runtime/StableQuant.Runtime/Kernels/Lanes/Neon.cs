using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;

namespace StableQuant.Kernels.Lanes;

/// <summary>
/// The instructions of NEON that <see cref="Vector128"/> has not. Each has an emulation, so that tests run the very same kernels on any
/// processor; a native program has either the one or the other.
/// </summary>
internal static class Neon
{
    /// <summary>Whether they are instructions here.</summary>
    public static bool IsSupported => AdvSimd.Arm64.IsSupported;

    /// <summary><c>smull</c>: the products of the first eight bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<short> MultiplyLower(Vector128<sbyte> a, Vector128<sbyte> b) => IsSupported
        ? AdvSimd.MultiplyWideningLower(a.GetLower(), b.GetLower())
        : Vector128.WidenLower(a) * Vector128.WidenLower(b);

    /// <summary><c>smull2</c>: of the last eight.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<short> MultiplyUpper(Vector128<sbyte> a, Vector128<sbyte> b) => IsSupported
        ? AdvSimd.MultiplyWideningUpper(a, b)
        : Vector128.WidenUpper(a) * Vector128.WidenUpper(b);

    /// <summary><c>smlal</c>: sums + the products of the first eight bytes, wrapping.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<short> MultiplyAddLower(Vector128<short> sums, Vector128<sbyte> a, Vector128<sbyte> b) => IsSupported
        ? AdvSimd.MultiplyWideningLowerAndAdd(sums, a.GetLower(), b.GetLower())
        : sums + MultiplyLower(a, b);

    /// <summary><c>smlal2</c>: of the last eight.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<short> MultiplyAddUpper(Vector128<short> sums, Vector128<sbyte> a, Vector128<sbyte> b) => IsSupported
        ? AdvSimd.MultiplyWideningUpperAndAdd(sums, a, b)
        : sums + MultiplyUpper(a, b);

    /// <summary><c>sadalp</c>: sums + two neighbours each.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> AddPairs(Vector128<int> sums, Vector128<short> pairs) => IsSupported
        ? AdvSimd.AddPairwiseWideningAndAdd(sums, pairs)
        : sums + ((pairs.AsInt32() << 16) >> 16) + (pairs.AsInt32() >> 16);

    /// <summary><c>addp</c>: two neighbours each of one, then of the other.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> JoinPairs(Vector128<int> first, Vector128<int> second) => IsSupported
        ? AdvSimd.Arm64.AddPairwise(first, second)
        : Vector128.Create(first[0] + first[1], first[2] + first[3], second[0] + second[1], second[2] + second[3]);

    /// <summary><c>fcvtns</c>: rounded to nearest even. <see cref="Vector128.Round(Vector128{float}, MidpointRounding)"/> is a call, and all vectors are saved around it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Round(Vector128<float> value) => IsSupported
        ? AdvSimd.ConvertToInt32RoundToEven(value)
        : Vector128.ConvertToInt32(Vector128.Round(value, MidpointRounding.ToEven));

    /// <summary><c>zip1</c>: the lower halves, in turn.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> ZipLower(Vector128<int> a, Vector128<int> b) => IsSupported
        ? AdvSimd.Arm64.ZipLow(a, b)
        : Vector128.Create(a[0], b[0], a[1], b[1]);

    /// <summary><c>zip2</c>: the upper halves, in turn.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> ZipUpper(Vector128<int> a, Vector128<int> b) => IsSupported
        ? AdvSimd.Arm64.ZipHigh(a, b)
        : Vector128.Create(a[2], b[2], a[3], b[3]);
}

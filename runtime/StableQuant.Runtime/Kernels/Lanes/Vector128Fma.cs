using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.Wasm;
using System.Runtime.Intrinsics.X86;

namespace StableQuant.Kernels.Lanes;

/// <summary>
/// a · b + c, rounded once, on four lanes. Where no instruction does it, the sum is made in double. The product is exact there, so that
/// the result is rounded twice, which differs from once only where the double lies half way between two floats; floats below the normal
/// range have half ways of their own. Such lanes are rare, and left to <see cref="MathF.FusedMultiplyAdd"/>. WebAssembly's relaxed
/// multiply-add rounds once or twice, as the browser likes: it is no use here.
/// </summary>
internal static class Vector128Fma
{
    // Of a double's 52 bits of fraction: the 29 that a float lacks, and the highest of them.
    private const ulong Lost = (1ul << 29) - 1, HalfWay = 1ul << 28;

    // The least normal float: one that was rounded to it may have been below.
    private const int LeastNormal = 1 << 23;

    /// <summary>a · b + c.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> MultiplyAdd(Vector128<float> a, Vector128<float> b, Vector128<float> c) =>
        Fma.IsSupported || AdvSimd.IsSupported ? Vector128.FusedMultiplyAdd(a, b, c) : InDouble(a, b, c);

    /// <summary>The same without the instruction.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector128<float> InDouble(Vector128<float> a, Vector128<float> b, Vector128<float> c)
    {
        Vector128<double> lower = MultiplyAdd(Lower(a), Lower(b), Lower(c)), upper = MultiplyAdd(Upper(a), Upper(b), Upper(c));
        Vector128<float> sum = Narrow(lower, upper);
        Vector128<ulong> lost = Vector128.Create(Lost, Lost), half = Vector128.Create(HalfWay, HalfWay);
        Vector128<ulong> halfWay = Vector128.Equals(lower.AsUInt64() & lost, half) | Vector128.Equals(upper.AsUInt64() & lost, half);
        return (halfWay.AsInt32() | IsTiny(sum)) == Vector128<int>.Zero ? sum : LaneByLane(a, b, c);
    }

    // Not inlined: rare, and what interprets .NET in a browser compiles no more than some thousand bytes at once.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Vector128<float> LaneByLane(Vector128<float> a, Vector128<float> b, Vector128<float> c) => Vector128.FusedMultiplyAdd(a, b, c);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<double> MultiplyAdd(Vector128<double> a, Vector128<double> b, Vector128<double> c) =>
        PackedSimd.IsSupported ? PackedSimd.Add(PackedSimd.Multiply(a, b), c) : a * b + c;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<double> Lower(Vector128<float> value) =>
        PackedSimd.IsSupported ? PackedSimd.ConvertToDoubleLower(value) : Vector128.WidenLower(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<double> Upper(Vector128<float> value)
    {
        if (!PackedSimd.IsSupported)
        {
            return Vector128.WidenUpper(value);
        }

        Vector128<byte> upperBytes = Vector128.Create(0x0F0E0D0C0B0A0908, ulong.MaxValue).AsByte();
        return PackedSimd.ConvertToDoubleLower(PackedSimd.Swizzle(value.AsByte(), upperBytes).AsSingle());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Narrow(Vector128<double> lower, Vector128<double> upper)
    {
        if (!PackedSimd.IsSupported)
        {
            return Vector128.Narrow(lower, upper);
        }

        // Both make two floats, and zeros behind them; a swizzle makes zeros of indices that are none.
        Vector128<byte> toUpper = Vector128.Create(ulong.MaxValue, 0x0706050403020100).AsByte();
        return PackedSimd.ConvertToSingle(lower) | PackedSimd.Swizzle(PackedSimd.ConvertToSingle(upper).AsByte(), toUpper).AsSingle();
    }

    // All bits of a lane at most the least normal float, either sign.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> IsTiny(Vector128<float> value)
    {
        Vector128<int> magnitude = value.AsInt32() & Vector128.Create(int.MaxValue, int.MaxValue, int.MaxValue, int.MaxValue);
        Vector128<int> least = Vector128.Create(LeastNormal, LeastNormal, LeastNormal, LeastNormal);
        return PackedSimd.IsSupported ? PackedSimd.CompareLessThanOrEqual(magnitude, least) : Vector128.LessThanOrEqual(magnitude, least);
    }
}

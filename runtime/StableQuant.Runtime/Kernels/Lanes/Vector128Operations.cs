using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.Wasm;
using System.Runtime.Intrinsics.X86;

namespace StableQuant.Kernels.Lanes;

/// <summary>
/// What <see cref="Vector128"/> lacks or does in many instructions, on one vector. In WebAssembly all are instructions by name: Mono's
/// interpreter, and what it compiles, knows few of <see cref="Vector128"/>'s own methods and runs the others lane by lane.
/// </summary>
internal static unsafe class Vector128Operations
{
    /// <summary>The smaller one; neither may be NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Smaller(Vector128<float> a, Vector128<float> b)
    {
        if (PackedSimd.IsSupported)
        {
            return PackedSimd.PseudoMin(b, a);
        }

        return Sse.IsSupported ? Sse.Min(a, b) : Vector128.ConditionalSelect(Vector128.LessThan(a, b), a, b);
    }

    /// <summary>The larger one; neither may be NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Larger(Vector128<float> a, Vector128<float> b)
    {
        if (PackedSimd.IsSupported)
        {
            return PackedSimd.PseudoMax(b, a);
        }

        return Sse.IsSupported ? Sse.Max(a, b) : Vector128.ConditionalSelect(Vector128.GreaterThan(a, b), a, b);
    }

    /// <summary>Rounded to nearest even; every lane must lie within int32.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Round(Vector128<float> value)
    {
        // Rounding by Vector128 is a call here, around which all vectors are saved.
        if (AdvSimd.IsSupported)
        {
            return AdvSimd.ConvertToInt32RoundToEven(value);
        }

        if (PackedSimd.IsSupported)
        {
            return PackedSimd.ConvertToInt32Saturate(PackedSimd.RoundToNearest(value));
        }

        return Sse2.IsSupported ? Sse2.ConvertToVector128Int32(value) : Vector128.ConvertToInt32(Vector128.Round(value, MidpointRounding.ToEven));
    }

    /// <summary>Rounded to nearest even.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> ToFloat(Vector128<int> value) =>
        PackedSimd.IsSupported ? PackedSimd.ConvertToSingle(value) : Vector128.ConvertToSingle(value);

    /// <summary>a + b, each two doubles.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> AddTwoDoubles(Vector128<float> a, Vector128<float> b) =>
        (PackedSimd.IsSupported ? PackedSimd.Add(a.AsDouble(), b.AsDouble()) : a.AsDouble() + b.AsDouble()).AsSingle();

    /// <summary>a − b, each two doubles.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> SubtractTwoDoubles(Vector128<float> a, Vector128<float> b) =>
        (PackedSimd.IsSupported ? PackedSimd.Subtract(a.AsDouble(), b.AsDouble()) : a.AsDouble() - b.AsDouble()).AsSingle();

    /// <summary>a · b, each two doubles.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> MultiplyTwoDoubles(Vector128<float> a, Vector128<float> b) =>
        (PackedSimd.IsSupported ? PackedSimd.Multiply(a.AsDouble(), b.AsDouble()) : a.AsDouble() * b.AsDouble()).AsSingle();

    /// <summary>Four inputs, u8, as int16, twice.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<short> FourInputs(byte* inputs)
    {
        Vector128<byte> bytes = Vector128.Create(Unsafe.ReadUnaligned<int>(inputs)).AsByte();
        return (PackedSimd.IsSupported ? PackedSimd.ZeroExtendWideningLower(bytes) : Vector128.WidenLower(bytes)).AsInt16();
    }

    /// <summary>Eight weights, s8, as int16.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<short> EightWeights(sbyte* weights) =>
        PackedSimd.IsSupported ? PackedSimd.LoadWideningVector128(weights) : Vector128.WidenLower(Vector128.CreateScalarUnsafe(*(long*)weights).AsSByte());

    /// <summary>The first eight, as int16.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<short> WidenLower(Vector128<sbyte> value) =>
        PackedSimd.IsSupported ? PackedSimd.SignExtendWideningLower(value) : Vector128.WidenLower(value);

    /// <summary>The last eight, as int16.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<short> WidenUpper(Vector128<sbyte> value) =>
        PackedSimd.IsSupported ? PackedSimd.SignExtendWideningUpper(value) : Vector128.WidenUpper(value);

    /// <summary>The first four, as int32.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> WidenLower(Vector128<ushort> value) =>
        (PackedSimd.IsSupported ? PackedSimd.ZeroExtendWideningLower(value) : Vector128.WidenLower(value)).AsInt32();

    /// <summary>The last four, as int32.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> WidenUpper(Vector128<ushort> value) =>
        (PackedSimd.IsSupported ? PackedSimd.ZeroExtendWideningUpper(value) : Vector128.WidenUpper(value)).AsInt32();

    /// <summary>sums + a.lower · b.lower + a.upper · b.upper, each lane of a and b two int16; wrapping.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> MultiplyAddPairs(Vector128<int> sums, Vector128<short> a, Vector128<short> b)
    {
        if (PackedSimd.IsSupported)
        {
            return sums + PackedSimd.Dot(a, b);
        }

        return Sse2.IsSupported
            ? sums + Sse2.MultiplyAddAdjacent(a, b)
            : sums + ((a.AsInt32() << 16) >> 16) * ((b.AsInt32() << 16) >> 16) + (a.AsInt32() >> 16) * (b.AsInt32() >> 16);
    }

    /// <summary>The sums of each two adjacent lanes, of the first vector first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Join(Vector128<int> first, Vector128<int> second)
    {
        Vector128<int> even = Vector128.Create(0, 2, 0, 2), odd = Vector128.Create(1, 3, 1, 3), lower = Vector128.Create(-1, -1, 0, 0);
        return Vector128.ConditionalSelect(lower, Vector128.Shuffle(first, even) + Vector128.Shuffle(first, odd), Vector128.Shuffle(second, even) + Vector128.Shuffle(second, odd));
    }

    /// <summary>The low byte of every lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> LowBytes(Vector128<int> a, Vector128<int> b, Vector128<int> c, Vector128<int> d)
    {
        if (PackedSimd.IsSupported || Sse2.IsSupported)
        {
            Vector128<int> mask = Vector128.Create((int)byte.MaxValue);
            return Saturated(a & mask, b & mask, c & mask, d & mask);
        }

        return Vector128.Narrow(Vector128.Narrow(a, b), Vector128.Narrow(c, d)).AsByte();
    }

    /// <summary>The nearest of 0 … 255 for every lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Saturated(Vector128<int> a, Vector128<int> b, Vector128<int> c, Vector128<int> d)
    {
        if (PackedSimd.IsSupported)
        {
            return PackedSimd.ConvertNarrowingSaturateUnsigned(PackedSimd.ConvertNarrowingSaturateSigned(a, b), PackedSimd.ConvertNarrowingSaturateSigned(c, d));
        }

        return Sse2.IsSupported
            ? Sse2.PackUnsignedSaturate(Sse2.PackSignedSaturate(a, b), Sse2.PackSignedSaturate(c, d))
            : LowBytes(Clamp(a), Clamp(b), Clamp(c), Clamp(d));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Clamp(Vector128<int> value) => Vector128.Min(Vector128.Max(value, Vector128<int>.Zero), Vector128.Create(255));
}

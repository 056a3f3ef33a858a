using System.Runtime.CompilerServices;

namespace StableQuant.Runtime;

/// <summary>
/// The functions of one lane, given operation by operation: the one place that defines them for every path.
/// Coefficients are our own minimax fits.
/// </summary>
/// <typeparam name="TPath">The instruction set.</typeparam>
/// <typeparam name="TInt">Sixteen int32 lanes.</typeparam>
/// <typeparam name="TFloat">Sixteen float32 lanes.</typeparam>
public static unsafe class Elementary<TPath, TInt, TFloat>
    where TPath : struct, ILanes<TInt, TFloat>
    where TInt : unmanaged
    where TFloat : unmanaged
{
    /// <summary>
    /// x/2 · (1 + erf(x/√2)). erf(x/√2) is x·P(x² − 10.125) on |x| ≤ 4.5, of degree 9 and exactly ±1 at its ends, and constant
    /// beyond. The result is within 1.6·10⁻⁵ · max(1, |x|) of the true value: a thousandth of a step of any grid that it is
    /// quantized to. Half of it is that the function ends at −4.5; a division would cost more than the rest of a higher degree.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TFloat Gelu(TFloat x)
    {
        TFloat t = TPath.Max(TPath.Min(x, TPath.Broadcast(4.5f)), TPath.Broadcast(-4.5f));

        // Around the middle of its range the polynomial's terms are small: its sum is good to the last bits.
        TFloat u = TPath.MultiplyAdd(t, t, TPath.Broadcast(-10.125f));
        TFloat p = TPath.Broadcast(-1.6807798642465288e-12f);
        p = TPath.MultiplyAdd(p, u, TPath.Broadcast(7.644656435656927e-11f));
        p = TPath.MultiplyAdd(p, u, TPath.Broadcast(-1.4299554873531406e-09f));
        p = TPath.MultiplyAdd(p, u, TPath.Broadcast(2.0109832021830698e-08f));
        p = TPath.MultiplyAdd(p, u, TPath.Broadcast(-3.2918009651439206e-07f));
        p = TPath.MultiplyAdd(p, u, TPath.Broadcast(5.383547886594897e-06f));
        p = TPath.MultiplyAdd(p, u, TPath.Broadcast(-7.79006804805249e-05f));
        p = TPath.MultiplyAdd(p, u, TPath.Broadcast(0.0010675742523744702f));
        p = TPath.MultiplyAdd(p, u, TPath.Broadcast(-0.015244686044752598f));
        p = TPath.MultiplyAdd(p, u, TPath.Broadcast(0.3138084411621094f));
        TFloat half = TPath.Multiply(x, TPath.Broadcast(0.5f));
        return TPath.MultiplyAdd(half, TPath.Multiply(t, p), half);
    }

    /// <summary>
    /// eˣ for x ≤ 0: x = n·ln 2 + r, eʳ by a polynomial of degree 6 (fit error 3·10⁻⁹), 2ⁿ by the exponent's bits.
    /// Relative error at most 10⁻⁷; below −87 the result is that of −87, about 1.6·10⁻³⁸.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TFloat ExpOfNonPositive(TFloat x)
    {
        x = TPath.Max(x, TPath.Broadcast(-87f));
        TInt n = TPath.RoundToInt(TPath.Multiply(x, TPath.Broadcast(1.44269502f)));
        TFloat whole = TPath.ToFloat(n);

        // ln 2 in two parts: the first has few bits, so that its product with n is exact.
        TFloat r = TPath.MultiplyAdd(whole, TPath.Broadcast(-0.693359375f), x);
        r = TPath.MultiplyAdd(whole, TPath.Broadcast(0.00021219444f), r);

        TFloat p = TPath.Broadcast(0.0013814528938382864f);
        p = TPath.MultiplyAdd(p, r, TPath.Broadcast(0.008368737995624542f));
        p = TPath.MultiplyAdd(p, r, TPath.Broadcast(0.04166838899254799f));
        p = TPath.MultiplyAdd(p, r, TPath.Broadcast(0.1666652113199234f));
        p = TPath.MultiplyAdd(p, r, TPath.Broadcast(0.4999999403953552f));
        p = TPath.MultiplyAdd(p, r, TPath.Broadcast(1f));
        p = TPath.MultiplyAdd(p, r, TPath.Broadcast(1f));

        TInt exponent = TPath.ShiftLeft(TPath.AddInt(n, TPath.BroadcastInt(127)), 23);
        return TPath.Multiply(p, TPath.AsFloat(exponent));
    }

    /// <summary>Writes the first <paramref name="count"/> of the 16 floats.</summary>
    public static void StorePartial(float* target, TFloat value, int count)
    {
        float* lanes = stackalloc float[16];
        TPath.Store(lanes, value);
        new ReadOnlySpan<float>(lanes, count).CopyTo(new Span<float>(target, count));
    }

    /// <summary>Writes the low bytes of the first <paramref name="count"/> of the 16 lanes.</summary>
    public static void StoreBytesPartial(byte* target, TInt value, int count)
    {
        byte* lanes = stackalloc byte[16];
        TPath.StoreBytes(lanes, value);
        new ReadOnlySpan<byte>(lanes, count).CopyTo(new Span<byte>(target, count));
    }
}

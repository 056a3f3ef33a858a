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
    /// x/2 · (1 + erf(x/√2)). erf(x/√2) is x·P(x²)/Q(x²) on |x| ≤ 5.3 (degrees 4 and 5, fit error 7·10⁻⁸) and constant beyond.
    /// The result, x · (Q/2 + x·P/2) / Q, is within 3·10⁻⁷ · max(1, |x|) of the true value.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TFloat Gelu(TFloat x)
    {
        TFloat t = TPath.Max(TPath.Min(x, TPath.Broadcast(5.3f)), TPath.Broadcast(-5.3f));
        TFloat u = TPath.Multiply(t, t);

        // Half of P and of Q, in turn: neither waits for the other.
        TFloat q = TPath.MultiplyAdd(TPath.Broadcast(2.7736095375985315e-07f), u, TPath.Broadcast(6.469738582381979e-05f));
        TFloat p = TPath.MultiplyAdd(TPath.Broadcast(6.59285706205992e-06f), u, TPath.Broadcast(0.0003594011359382421f));
        q = TPath.MultiplyAdd(q, u, TPath.Broadcast(0.00148025865200907f));
        p = TPath.MultiplyAdd(p, u, TPath.Broadcast(0.005805295892059803f));
        q = TPath.MultiplyAdd(q, u, TPath.Broadcast(0.019869772717356682f));
        p = TPath.MultiplyAdd(p, u, TPath.Broadcast(0.053601156920194626f));
        q = TPath.MultiplyAdd(q, u, TPath.Broadcast(0.15050633251667023f));
        p = TPath.MultiplyAdd(p, u, TPath.Broadcast(0.3989412486553192f));
        q = TPath.MultiplyAdd(q, u, TPath.Broadcast(0.5f));

        TFloat numerator = TPath.Multiply(x, TPath.MultiplyAdd(t, p, q));
        return TPath.Divide(numerator, TPath.Add(q, q));
    }

    /// <summary>
    /// eˣ for x ≤ 0: x = n·ln 2 + r, eʳ by a polynomial of degree 6 (fit error 3·10⁻⁹), and n added to its exponent.
    /// Relative error at most 1.2·10⁻⁷ · (1 − x/50); below −87 the result is that of −87, about 1.6·10⁻³⁸.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TFloat ExpOfNonPositive(TFloat x)
    {
        x = TPath.Max(x, TPath.Broadcast(-87f));

        // Beside 1.5 · 2²³ a float has no fraction: its lowest bits are n.
        TFloat shifted = TPath.MultiplyAdd(x, TPath.Broadcast(1.44269502f), TPath.Broadcast(12582912f));
        TFloat n = TPath.Subtract(shifted, TPath.Broadcast(12582912f));
        TFloat r = TPath.MultiplyAdd(n, TPath.Broadcast(-0.693147182f), x);

        TFloat p = TPath.Broadcast(0.0013814528938382864f);
        p = TPath.MultiplyAdd(p, r, TPath.Broadcast(0.008368737995624542f));
        p = TPath.MultiplyAdd(p, r, TPath.Broadcast(0.04166838899254799f));
        p = TPath.MultiplyAdd(p, r, TPath.Broadcast(0.1666652113199234f));
        p = TPath.MultiplyAdd(p, r, TPath.Broadcast(0.4999999403953552f));
        p = TPath.MultiplyAdd(p, r, TPath.Broadcast(1f));
        p = TPath.MultiplyAdd(p, r, TPath.Broadcast(1f));

        return TPath.AsFloat(TPath.AddInt(TPath.AsInt(p), TPath.ShiftLeft(TPath.AsInt(shifted), 23)));
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

    /// <summary>Writes, for each of the first <paramref name="count"/> of the 16 lanes, the nearest of 0 … 255.</summary>
    public static void StoreClampedPartial(byte* target, TInt value, int count)
    {
        byte* lanes = stackalloc byte[16];
        TPath.StoreClamped(lanes, value);
        new ReadOnlySpan<byte>(lanes, count).CopyTo(new Span<byte>(target, count));
    }
}

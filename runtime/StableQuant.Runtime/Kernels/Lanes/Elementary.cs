using System.ComponentModel;
using System.Runtime.CompilerServices;

namespace StableQuant.Kernels.Lanes;

/// <summary>
/// The functions of one lane, given operation by operation: the one place that defines them for every path.
/// Coefficients are our own minimax fits.
/// </summary>
/// <typeparam name="TIsa">The instruction set.</typeparam>
/// <typeparam name="TInt">Sixteen int32 lanes.</typeparam>
/// <typeparam name="TFloat">Sixteen float32 lanes.</typeparam>
[EditorBrowsable(EditorBrowsableState.Never)]
public static unsafe class Elementary<TIsa, TInt, TFloat>
    where TIsa : struct, ILanes<TInt, TFloat>
    where TInt : unmanaged
    where TFloat : unmanaged
{
    /// <summary>
    /// x/2 · (1 + erf(x/√2)). erf(x/√2) is x·P(x²)/Q(x²) on |x| ≤ 5.3 (degrees 4 and 5, fit error 7·10⁻⁸) and constant beyond.
    /// The result is within 3·10⁻⁷ · max(1, |x|) of the true value.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TFloat Gelu(TFloat x)
    {
        TFloat t = TIsa.Limit(x, TIsa.Broadcast(5.3f));
        TFloat u = TIsa.Multiply(t, t);

        // Half of P and of Q, in turn: neither waits for the other.
        TFloat q = TIsa.MultiplyAdd(TIsa.Broadcast(2.7736095375985315e-07f), u, TIsa.Broadcast(6.469738582381979e-05f));
        TFloat p = TIsa.MultiplyAdd(TIsa.Broadcast(6.59285706205992e-06f), u, TIsa.Broadcast(0.0003594011359382421f));
        q = TIsa.MultiplyAdd(q, u, TIsa.Broadcast(0.00148025865200907f));
        p = TIsa.MultiplyAdd(p, u, TIsa.Broadcast(0.005805295892059803f));
        q = TIsa.MultiplyAdd(q, u, TIsa.Broadcast(0.019869772717356682f));
        p = TIsa.MultiplyAdd(p, u, TIsa.Broadcast(0.053601156920194626f));
        q = TIsa.MultiplyAdd(q, u, TIsa.Broadcast(0.15050633251667023f));
        p = TIsa.MultiplyAdd(p, u, TIsa.Broadcast(0.3989412486553192f));
        q = TIsa.MultiplyAdd(q, u, TIsa.Broadcast(0.5f));

        TFloat half = TIsa.Multiply(x, TIsa.Broadcast(0.5f));
        return TIsa.MultiplyAdd(half, TIsa.Divide(TIsa.Multiply(t, p), q), half);
    }

    /// <summary>
    /// x/2 · (1 + tanh(√(2/π) · (x + 0.044715 · x³))), which is x · σ(u) with u twice what tanh is taken of. Within 3·10⁻⁷ · max(1, |x|).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TFloat GeluTanh(TFloat x) =>
        Gated(x, TIsa.Multiply(x, TIsa.MultiplyAdd(TIsa.Multiply(x, x), TIsa.Broadcast(0.0713548162726f), TIsa.Broadcast(1.5957691216f))));

    /// <summary>max(x, 0).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TFloat Relu(TFloat x) => TIsa.Max(x, TIsa.Broadcast(0f));

    /// <summary>x / (1 + e⁻ˣ), within 3·10⁻⁷ · max(1, |x|).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TFloat Silu(TFloat x) => Gated(x, x);

    /// <summary>x / (1 + e⁻ᵘ), x times the sigmoid of a gate: within 3·10⁻⁷ · |x|.</summary>
    /// <param name="x">What the gate lets through.</param>
    /// <param name="u">The gate; beyond ±87 it is as ±87.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TFloat Gated(TFloat x, TFloat u)
    {
        TFloat negative = TIsa.Min(TIsa.Subtract(TIsa.Broadcast(0f), u), TIsa.Broadcast(87f));
        return TIsa.Divide(x, TIsa.Add(TIsa.Broadcast(1f), Exp(negative)));
    }

    /// <summary>
    /// eˣ for x ≤ 0: x = n·ln 2 + r, eʳ by a polynomial of degree 6 (fit error 3·10⁻⁹), and n added to its exponent.
    /// Relative error at most 1.2·10⁻⁷ · (1 − x/50); below −87 the result is that of −87, about 1.6·10⁻³⁸.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TFloat ExpOfNonPositive(TFloat x) => Exp(x);

    // The same up to 87.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TFloat Exp(TFloat x)
    {
        x = TIsa.Max(x, TIsa.Broadcast(-87f));

        TFloat shifted = Powers(x), r = LessPowers(x, shifted);
        TFloat p = TIsa.Broadcast(0.0013814528938382864f);
        p = TIsa.MultiplyAdd(p, r, TIsa.Broadcast(0.008368737995624542f));
        p = TIsa.MultiplyAdd(p, r, TIsa.Broadcast(0.04166838899254799f));
        p = TIsa.MultiplyAdd(p, r, TIsa.Broadcast(0.1666652113199234f));
        p = TIsa.MultiplyAdd(p, r, TIsa.Broadcast(0.4999999403953552f));
        p = TIsa.MultiplyAdd(p, r, TIsa.Broadcast(1f));
        p = TIsa.MultiplyAdd(p, r, TIsa.Broadcast(1f));

        return Raise(p, shifted);
    }

    // n, the powers of 2 in eˣ, beside 1.5 · 2²³, where a float has no fraction: its lowest bits are n.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TFloat Powers(TFloat x) => TIsa.MultiplyAdd(x, TIsa.Broadcast(1.44269502f), TIsa.Broadcast(12582912f));

    // r of x = n · ln 2 + r.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TFloat LessPowers(TFloat x, TFloat powers) => TIsa.MultiplyAdd(TIsa.Subtract(powers, TIsa.Broadcast(12582912f)), TIsa.Broadcast(-0.693147182f), x);

    // p · 2ⁿ.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TFloat Raise(TFloat p, TFloat powers) => TIsa.AsFloat(TIsa.AddInt(TIsa.AsInt(p), TIsa.ShiftLeft(TIsa.AsInt(powers), 23)));

    /// <summary>roundToEven(top · eˣ) for x ≤ 0, with coefficients that are held in registers for many values.</summary>
    /// <param name="top">What stands for 1.</param>
    [method: MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly struct ExpSteps(float top)
    {
        private const float C2 = 0.499992311000824f, C3 = 0.16667115688323975f, C4 = 0.04189033806324005f, C5 = 0.008312503807246685f;

        private readonly TFloat c0 = TIsa.Broadcast(top), c2 = TIsa.Broadcast(top * C2), c3 = TIsa.Broadcast(top * C3), c4 = TIsa.Broadcast(top * C4), c5 = TIsa.Broadcast(top * C5);

        /// <summary>As <see cref="ExpOfNonPositive"/>, with eʳ by a polynomial of degree 5 (fit error 1.1·10⁻⁷), whose coefficients are top times as large.</summary>
        /// <param name="x">At most 0.</param>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TInt Of(TFloat x)
        {
            x = TIsa.Max(x, TIsa.Broadcast(-87f));
            TFloat shifted = Powers(x), r = LessPowers(x, shifted);
            TFloat p = TIsa.MultiplyAdd(c5, r, c4);
            p = TIsa.MultiplyAdd(p, r, c3);
            p = TIsa.MultiplyAdd(p, r, c2);
            p = TIsa.MultiplyAdd(p, r, c0);
            p = TIsa.MultiplyAdd(p, r, c0);
            return TIsa.RoundToInt(Raise(p, shifted));
        }
    }

    /// <summary>
    /// ln x for x from the smallest normal number up: x = z · 2ⁿ with z from 3/4 to 3/2, and ln z = f − s · (f − s² · P(s²)) with f = z − 1 and
    /// s = f / (2 + f) (degree 3, fit error 4·10⁻⁹). Within 10⁻⁷ · max(1, |ln x|).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TFloat Log(TFloat x)
    {
        // A float's bits as an integer are 2²³ times its binary logarithm plus 127, but for what its fraction bends.
        TInt bits = TIsa.AsInt(x);
        TInt minusN = TIsa.RoundToInt(TIsa.MultiplyAdd(TIsa.ToFloat(bits), TIsa.Broadcast(-1f / (1 << 23)), TIsa.Broadcast(127f)));
        TFloat n = TIsa.Subtract(TIsa.Broadcast(0f), TIsa.ToFloat(minusN));
        TFloat f = TIsa.Subtract(TIsa.AsFloat(TIsa.AddInt(bits, TIsa.ShiftLeft(minusN, 23))), TIsa.Broadcast(1f));
        TFloat s = TIsa.Divide(f, TIsa.Add(f, TIsa.Broadcast(2f)));
        TFloat t = TIsa.Multiply(s, s);

        TFloat p = TIsa.Broadcast(0.23747344538330536f);
        p = TIsa.MultiplyAdd(p, t, TIsa.Broadcast(0.2853274476880108f));
        p = TIsa.MultiplyAdd(p, t, TIsa.Broadcast(0.40000311250704635f));
        p = TIsa.MultiplyAdd(p, t, TIsa.Broadcast(0.66666666277190653f));

        // ln 2 in two floats.
        TFloat tail = TIsa.Multiply(s, TIsa.Subtract(f, TIsa.Multiply(t, p)));
        tail = TIsa.MultiplyAdd(n, TIsa.Broadcast(1.9046543e-9f), tail);
        return TIsa.MultiplyAdd(n, TIsa.Broadcast(0.693147182f), TIsa.Subtract(f, tail));
    }

    /// <summary>Writes the first <paramref name="count"/> of the 16 floats.</summary>
    public static void StorePartial(float* target, TFloat value, int count)
    {
        float* lanes = stackalloc float[16];
        TIsa.Store(lanes, value);
        new ReadOnlySpan<float>(lanes, count).CopyTo(new Span<float>(target, count));
    }

    /// <summary>Writes the low bytes of the first <paramref name="count"/> of the 16 lanes.</summary>
    public static void StoreBytesPartial(byte* target, TInt value, int count)
    {
        byte* lanes = stackalloc byte[16];
        TIsa.StoreBytes(lanes, value);
        new ReadOnlySpan<byte>(lanes, count).CopyTo(new Span<byte>(target, count));
    }

    /// <summary>Writes, for each of the first <paramref name="count"/> of the 16 lanes, the nearest of 0 … 255.</summary>
    public static void StoreClampedPartial(byte* target, TInt value, int count)
    {
        byte* lanes = stackalloc byte[16];
        TIsa.StoreClamped(lanes, value);
        new ReadOnlySpan<byte>(lanes, count).CopyTo(new Span<byte>(target, count));
    }
}

using System.ComponentModel;

namespace StableQuant.Kernels.Lanes;

/// <summary>
/// Sixteen lanes of int32 and float32 on one instruction set. Every operation is exact or rounded once to nearest even,
/// as IEEE 754 says, so that all implementations give the same bits; <see cref="ScalarInstructions"/> is the normative one.
/// </summary>
/// <typeparam name="TInt">Sixteen int32 lanes.</typeparam>
/// <typeparam name="TFloat">Sixteen float32 lanes.</typeparam>
[EditorBrowsable(EditorBrowsableState.Never)]
public unsafe interface ILanes<TInt, TFloat> : IDoubleLanes<TFloat>
    where TInt : unmanaged
    where TFloat : unmanaged
{
    /// <summary>Reads 16 floats; no alignment needed.</summary>
    static abstract TFloat Load(float* source);

    /// <summary>Writes 16 floats; no alignment needed.</summary>
    static abstract void Store(float* target, TFloat value);

    /// <summary>Reads 16 integers; no alignment needed.</summary>
    static abstract TInt LoadInt(int* source);

    /// <summary>Reads 16 bytes, an integer each; no alignment needed.</summary>
    static abstract TInt LoadBytes(byte* source);

    /// <summary>Writes 16 integers; no alignment needed.</summary>
    static abstract void StoreInt(int* target, TInt value);

    /// <summary>The same float in every lane.</summary>
    static abstract TFloat Broadcast(float value);

    /// <summary>The same integer in every lane.</summary>
    static abstract TInt BroadcastInt(int value);

    /// <summary>a + b.</summary>
    static abstract TFloat Add(TFloat a, TFloat b);

    /// <summary>a − b.</summary>
    static abstract TFloat Subtract(TFloat a, TFloat b);

    /// <summary>a · b.</summary>
    static abstract TFloat Multiply(TFloat a, TFloat b);

    /// <summary>a / b.</summary>
    static abstract TFloat Divide(TFloat a, TFloat b);

    /// <summary>a · b + c, rounded once (fused on every path).</summary>
    static abstract TFloat MultiplyAdd(TFloat a, TFloat b, TFloat c);

    /// <summary>The smaller one; neither may be NaN.</summary>
    static abstract TFloat Min(TFloat a, TFloat b);

    /// <summary>The larger one; neither may be NaN.</summary>
    static abstract TFloat Max(TFloat a, TFloat b);

    /// <summary>x, or the limit with x's sign where x lies further from 0; the limit is positive, and x no NaN.</summary>
    static abstract TFloat Limit(TFloat x, TFloat limit);

    /// <summary>a + b, wrapping.</summary>
    static abstract TInt AddInt(TInt a, TInt b);

    /// <summary>a · b, wrapping.</summary>
    static abstract TInt MultiplyInt(TInt a, TInt b);

    /// <summary>sums + a.lower · b.lower + a.upper · b.upper, each lane of a and b two int16; wrapping.</summary>
    static abstract TInt AddPairs(TInt sums, TInt a, TInt b);

    /// <summary>
    /// sums ± Σ of the products of each lane's four weights, s8 but not −128, and four magnitudes, u8, of which one at most is
    /// not 0; − where the sign is −1 instead of 0.
    /// </summary>
    static abstract TInt AddGroup(TInt sums, byte* weights, TInt magnitudes, TInt sign);

    /// <summary>a · 2^<paramref name="bits"/>, wrapping.</summary>
    static abstract TInt ShiftLeft(TInt a, int bits);

    /// <summary>The bits that either has.</summary>
    static abstract TInt OrBits(TInt a, TInt b);

    /// <summary>Whether all lanes lie within 0 … 255.</summary>
    static abstract bool AreBytes(TInt value);

    /// <summary>A bit for each lane, the first one's lowest: whether it lies beyond 0 … 255.</summary>
    static abstract uint OutlierLanes(TInt value);

    /// <summary>Integers as floats, rounded to nearest even.</summary>
    static abstract TFloat ToFloat(TInt value);

    /// <summary>Floats as integers, rounded to nearest even; every lane must lie within int32.</summary>
    static abstract TInt RoundToInt(TFloat value);

    /// <summary>The integers' bits read as floats.</summary>
    static abstract TFloat AsFloat(TInt bits);

    /// <summary>The floats' bits read as integers.</summary>
    static abstract TInt AsInt(TFloat value);

    /// <summary>Writes the low byte of each of the 16 lanes.</summary>
    static abstract void StoreBytes(byte* target, TInt value);

    /// <summary>Writes, for each of the 16 lanes, the nearest of 0 … 255.</summary>
    static abstract void StoreClamped(byte* target, TInt value);

    /// <summary>The sum of all lanes by a fixed tree: lane i plus lane i + 8, then + 4, + 2, + 1.</summary>
    static abstract float Sum(TFloat value);

    /// <summary>The largest lane; none may be NaN.</summary>
    static abstract float Largest(TFloat value);
}

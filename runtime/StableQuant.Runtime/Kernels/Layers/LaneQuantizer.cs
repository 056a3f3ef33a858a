using System.ComponentModel;
using System.Runtime.CompilerServices;
using StableQuant.Kernels.Lanes;

namespace StableQuant.Kernels.Layers;

/// <summary>Quantizes values to a grid, which is held in registers for many of them.</summary>
/// <typeparam name="TIsa">The instruction set.</typeparam>
/// <typeparam name="TInt">Sixteen int32 lanes.</typeparam>
/// <typeparam name="TFloat">Sixteen float32 lanes.</typeparam>
/// <param name="inverseScale">1/scale.</param>
/// <param name="zeroPoint">What stands for 0.</param>
/// <param name="lowest">The lowest integer.</param>
/// <param name="highest">The highest integer.</param>
[EditorBrowsable(EditorBrowsableState.Never)]
[method: MethodImpl(MethodImplOptions.AggressiveInlining)]
public readonly struct LaneQuantizer<TIsa, TInt, TFloat>(float inverseScale, int zeroPoint, int lowest, int highest)
    where TIsa : struct, ILanes<TInt, TFloat>
    where TInt : unmanaged
    where TFloat : unmanaged
{
    private readonly TFloat inverseScale = TIsa.Broadcast(inverseScale);
    private readonly TFloat lowest = TIsa.Broadcast(lowest - zeroPoint);
    private readonly TFloat highest = TIsa.Broadcast(highest - zeroPoint);
    private readonly TInt zeroPoint = TIsa.BroadcastInt(zeroPoint);

    /// <summary>
    /// clamp(roundToEven(x · inverseScale) + zeroPoint, lowest, highest). The clamp comes first, which gives the same
    /// integers and keeps huge values and NaN (which becomes the lowest) inside int32.
    /// </summary>
    /// <param name="x">The values.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TInt Quantize(TFloat x) => Round(TIsa.Multiply(x, inverseScale));

    /// <summary>The same of fma(x, inverseScale, dither).</summary>
    /// <param name="x">The values.</param>
    /// <param name="dither">What is added to each, of less than half a step.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TInt Quantize(TFloat x, TFloat dither) => Round(TIsa.MultiplyAdd(x, inverseScale, dither));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private TInt Round(TFloat steps) => TIsa.AddInt(TIsa.RoundToInt(TIsa.Min(TIsa.Max(steps, lowest), highest)), zeroPoint);
}

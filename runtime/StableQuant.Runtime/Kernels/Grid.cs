using System.Runtime.CompilerServices;

namespace StableQuant.Runtime;

/// <summary>The grid of a quantized value, ready in registers for many of them.</summary>
/// <typeparam name="TPath">The instruction set.</typeparam>
/// <typeparam name="TInt">Sixteen int32 lanes.</typeparam>
/// <typeparam name="TFloat">Sixteen float32 lanes.</typeparam>
/// <param name="inverseScale">1/scale.</param>
/// <param name="zeroPoint">What stands for 0.</param>
/// <param name="lowest">The lowest integer.</param>
/// <param name="highest">The highest integer.</param>
[method: MethodImpl(MethodImplOptions.AggressiveInlining)]
public readonly struct Grid<TPath, TInt, TFloat>(float inverseScale, int zeroPoint, int lowest, int highest)
    where TPath : struct, ILanes<TInt, TFloat>
    where TInt : unmanaged
    where TFloat : unmanaged
{
    private readonly TFloat inverseScale = TPath.Broadcast(inverseScale);
    private readonly TFloat lowest = TPath.Broadcast(lowest - zeroPoint);
    private readonly TFloat highest = TPath.Broadcast(highest - zeroPoint);
    private readonly TInt zeroPoint = TPath.BroadcastInt(zeroPoint);

    /// <summary>
    /// clamp(roundToEven(x · inverseScale) + zeroPoint, lowest, highest). The clamp comes first, which gives the same
    /// integers and keeps huge values and NaN (which becomes the lowest) inside int32.
    /// </summary>
    /// <param name="x">The values.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TInt Quantize(TFloat x)
    {
        TFloat steps = TPath.Min(TPath.Max(TPath.Multiply(x, inverseScale), lowest), highest);
        return TPath.AddInt(TPath.RoundToInt(steps), zeroPoint);
    }
}

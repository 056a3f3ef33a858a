using System.ComponentModel;

namespace StableQuant.Kernels.Lanes;

/// <summary>
/// Eight lanes of double where <see cref="ILanes{TInt, TFloat}"/> has sixteen of float32: the same bits, read otherwise. Every operation is rounded
/// once to nearest even. Products and sums of features run in them, whose bands may nearly cancel.
/// </summary>
/// <typeparam name="TFloat">The vector.</typeparam>
[EditorBrowsable(EditorBrowsableState.Never)]
public unsafe interface IDoubleLanes<TFloat>
    where TFloat : unmanaged
{
    /// <summary>Reads 8 doubles; no alignment needed.</summary>
    static abstract TFloat LoadDoubles(double* source);

    /// <summary>Writes 8 doubles; no alignment needed.</summary>
    static abstract void StoreDoubles(double* target, TFloat value);

    /// <summary>The same double in every lane.</summary>
    static abstract TFloat BroadcastDouble(double value);

    /// <summary>a + b.</summary>
    static abstract TFloat AddDoubles(TFloat a, TFloat b);

    /// <summary>a − b.</summary>
    static abstract TFloat SubtractDoubles(TFloat a, TFloat b);

    /// <summary>a · b.</summary>
    static abstract TFloat MultiplyDoubles(TFloat a, TFloat b);
}

using System.ComponentModel;

namespace StableQuant.Kernels.Lanes;

/// <summary>
/// The kernels' primitives on one instruction set: sixteen lanes and the exact integer dot product. Generated code is
/// written once against this interface; each path is a struct, so that the compiler specialises and inlines all of it.
/// </summary>
/// <remarks>
/// A product runs over packed weights: panels of 16 outputs × groups of 4 inputs (64 bytes). For each group, a path adds
/// Σ inputs[i] · weights[output, i] to the accumulators of the 16 outputs: u8 × s8, exact in int32.
/// </remarks>
/// <typeparam name="TAccumulator">The running sums of 16 outputs, in whatever form the instruction likes.</typeparam>
/// <typeparam name="TWeights">One group of packed weights, read and prepared for several rows.</typeparam>
/// <typeparam name="TInput">Four inputs of one row, prepared for several panels.</typeparam>
/// <typeparam name="TInt">Sixteen int32 lanes.</typeparam>
/// <typeparam name="TFloat">Sixteen float32 lanes.</typeparam>
[EditorBrowsable(EditorBrowsableState.Never)]
public unsafe interface IInstructions<TAccumulator, TWeights, TInput, TInt, TFloat> : ILanes<TInt, TFloat>, IIndexLookup
    where TAccumulator : unmanaged
    where TWeights : unmanaged
    where TInput : unmanaged
    where TInt : unmanaged
    where TFloat : unmanaged
{
    /// <summary>Rows of the largest tile that keeps its accumulators in registers: 6 or 2.</summary>
    static abstract int TileRows { get; }

    /// <summary>Panels of that tile: 2 or 1.</summary>
    static abstract int TilePanels { get; }

    /// <summary>
    /// What the instruction subtracts from every input byte (128 where it multiplies signed by signed): the sums lack
    /// this many times Σw, which the zero-point correction adds back.
    /// </summary>
    static abstract int InputBias { get; }

    /// <summary>Reads one group: 16 outputs × 4 inputs, s8.</summary>
    static abstract TWeights LoadWeights(byte* group);

    /// <summary>Reads four inputs, u8; no alignment needed.</summary>
    static abstract TInput LoadInput(byte* inputs);

    /// <summary>Adds one group's products to the sums.</summary>
    static abstract TAccumulator Dot(TAccumulator sums, TInput inputs, TWeights weights);

    /// <summary>The sums as 16 int32 lanes, output by output.</summary>
    static abstract TInt Finish(TAccumulator sums);
}

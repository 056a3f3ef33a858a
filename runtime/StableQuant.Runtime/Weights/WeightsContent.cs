using System.ComponentModel;

namespace StableQuant.Weights;

/// <summary>What a weights file holds, as its model says; offsets are in bytes, multiples of 64, and all of it lies within the file.</summary>
/// <param name="products">The int8 products.</param>
/// <param name="floats">All vectors and matrices of float32.</param>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class WeightsContent(Int8Content[] products, FloatContent[] floats)
{
    /// <summary>The int8 products.</summary>
    internal Int8Content[] Products { get; } = products;

    /// <summary>All vectors and matrices of float32.</summary>
    internal FloatContent[] Floats { get; } = floats;
}

/// <summary>An int8 product's packed weights, and what follows from them.</summary>
/// <param name="Weights">Offset of the packed weights.</param>
/// <param name="Sums">Offset of the outputs' Σw.</param>
/// <param name="Groups">Channel groups, which follow each other.</param>
/// <param name="Outputs">Outputs of a group.</param>
/// <param name="Inputs">Inputs of an output.</param>
/// <param name="Limits">Offset of the limits; −1 for none.</param>
/// <param name="ZeroPoint">The inputs' zero point, which limits depend on.</param>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly record struct Int8Content(long Weights, long Sums, int Groups, int Outputs, int Inputs, long Limits = -1, int ZeroPoint = 0);

/// <summary>Float32 numbers.</summary>
/// <param name="Offset">Where they begin.</param>
/// <param name="Count">How many.</param>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly record struct FloatContent(long Offset, long Count);

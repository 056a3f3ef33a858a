using System.ComponentModel;

namespace StableQuant.Weights;

/// <summary>What a weights file holds, as its model says; offsets are in bytes, multiples of 64, and all of it lies within the file.</summary>
/// <param name="products">The int8 products.</param>
/// <param name="floats">All vectors and matrices of float32.</param>
/// <param name="indices">The int8 products whose weights are stored as indices of fewer bits; none by default.</param>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class WeightsContent(Int8Content[] products, FloatContent[] floats, params IndexContent[] indices)
{
    /// <summary>The int8 products.</summary>
    internal Int8Content[] Products { get; } = products;

    /// <summary>All vectors and matrices of float32.</summary>
    internal FloatContent[] Floats { get; } = floats;

    /// <summary>The int8 products whose weights are stored as indices.</summary>
    internal IndexContent[] Indices { get; } = indices;
}

/// <summary>An int8 product's packed weights, and what follows from them.</summary>
/// <param name="Weights">Offset of the packed weights.</param>
/// <param name="Sums">Offset of the outputs' Σw.</param>
/// <param name="Groups">Channel groups, which follow each other.</param>
/// <param name="Outputs">Outputs of a group.</param>
/// <param name="Inputs">Inputs of an output.</param>
/// <param name="Limits">Where limits go, in bytes from <see cref="WeightsBlob.Expanded"/>; a multiple of 64, −1 for nowhere.</param>
/// <param name="ZeroPoint">The inputs' zero point, which limits depend on.</param>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly record struct Int8Content(long Weights, long Sums, int Groups, int Outputs, int Inputs, long Limits = -1, int ZeroPoint = 0);

/// <summary>An int8 product's weights, stored as indices into levels of its outputs, and where what is made of them goes.</summary>
/// <param name="Bits">Bits of an index.</param>
/// <param name="Weights">Offset of the indices.</param>
/// <param name="Levels">Offset of the levels.</param>
/// <param name="Panels">Where the packed weights are expanded to, in bytes from <see cref="WeightsBlob.Expanded"/>; a multiple of 64. −1 for nowhere: its kernel expands them.</param>
/// <param name="Sums">Where the outputs' Σw goes; a multiple of 64.</param>
/// <param name="Groups">See <see cref="Int8Content"/>.</param>
/// <param name="Outputs">See <see cref="Int8Content"/>.</param>
/// <param name="Inputs">See <see cref="Int8Content"/>.</param>
/// <param name="Limits">See <see cref="Int8Content"/>.</param>
/// <param name="ZeroPoint">See <see cref="Int8Content"/>.</param>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly record struct IndexContent(
    int Bits, long Weights, long Levels, long Panels, long Sums, int Groups, int Outputs, int Inputs, long Limits = -1, int ZeroPoint = 0);

/// <summary>Float32 numbers.</summary>
/// <param name="Offset">Where they begin.</param>
/// <param name="Count">How many.</param>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly record struct FloatContent(long Offset, long Count);

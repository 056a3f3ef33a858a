using System.ComponentModel;
using StableQuant.Kernels.Lanes;
using StableQuant.Kernels.Layers;
using StableQuant.Kernels.Outliers;

namespace StableQuant.Kernels.Gemm;

/// <summary>
/// The kernel of a product of rows and packed panels: its shape, and the code that is written for this shape alone. Rows may overlap, as a
/// convolution's windows over channels-last frames do.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public unsafe struct GemmShape
{
    /// <summary>Inputs from one row to the next.</summary>
    public long InputStride;

    /// <summary>Groups of 4 int8 inputs or 1 float32 input.</summary>
    public int Groups;

    /// <summary>Panels of 16 outputs.</summary>
    public int Panels;

    /// <summary>Whether it is one of float32.</summary>
    public bool IsFloat;

    /// <summary>Bytes of <see cref="LayerArguments.Limits"/> from one panel to the next; 0 where the shape has no use for limits.</summary>
    public int LimitBytes;

    /// <summary>
    /// Where the input keeps its outliers: what a row reads, which says how much <see cref="LayerArguments.Scratch"/> holds; else the default.
    /// </summary>
    public InputWindow Window;

    /// <summary>
    /// Sums a tile in the path's own registers: (product, first row, first panel, panels, rows, sums). So many panels and rows as
    /// <see cref="IInstructions{TAccumulator, TWeights, TInput, TInt, TFloat}.TilePanels"/> and
    /// <see cref="IInstructions{TAccumulator, TWeights, TInput, TInt, TFloat}.TileRows"/> say, or fewer panels, or one of both.
    /// </summary>
    internal delegate*<in LayerArguments, int, int, int, int, int*, void> Sum;

    /// <summary>
    /// Takes sums through the epilogue to memory: (product, sums [rows][panels][16], first row, rows, first panel, panels). The sums'
    /// memory is free for it.
    /// </summary>
    internal delegate*<in LayerArguments, int*, int, int, int, int, void> Store;

    /// <summary>Whether the input keeps outliers.</summary>
    internal readonly bool IsKept => Window.Taps != 0;
}

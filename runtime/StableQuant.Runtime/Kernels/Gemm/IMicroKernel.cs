using System.ComponentModel;
using StableQuant.Kernels.Layers;
using StableQuant.Layout;

namespace StableQuant.Kernels.Gemm;

/// <summary>
/// Sums whole tiles of an int8 product, u8 × s8 in int32, whatever the product's shape: generated code brings rows, panels and epilogue. All
/// give the same sums, and read the same packed weights. A micro-kernel states its own geometry here, and nothing else knows it.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public unsafe interface IMicroKernel
{
    /// <summary>Rows that a product must have.</summary>
    static abstract int MinRows { get; }

    /// <summary>Groups of 4 inputs that a product must have; shorter ones are <see cref="OfShort"/>'s.</summary>
    static virtual int MinGroups => 0;

    /// <summary>What sums shorter products.</summary>
    internal static virtual MicroKernel OfShort() => MicroKernel.None;

    /// <summary>Panels of its widest tile, 1 … <see cref="TileLayout.MaxPanels"/>.</summary>
    static abstract int MaxPanels { get; }

    /// <summary>
    /// Rows of a tile with so many panels; at most <see cref="MinRows"/> where they are more than are left: such a tile begins that much
    /// earlier.
    /// </summary>
    /// <param name="panels">1 … <see cref="MaxPanels"/>.</param>
    /// <param name="left">Rows that are wanted; where they are fewer than a tile's, a smaller tile may do.</param>
    static abstract int Rows(int panels, int left);

    /// <summary>Whether it adds products in int16 where <see cref="TileArguments.Limits"/> and <see cref="TileArguments.Deviations"/> prove them exact.</summary>
    static abstract bool TakesLimits { get; }

    /// <summary>Whether it is worth nothing without limits.</summary>
    static abstract bool NeedsLimits { get; }

    /// <summary>Whether it adds the outliers of <see cref="TileArguments.Bounds"/>, too, in <see cref="SumRows"/> where it has that, or in <see cref="Sum"/>; else they are added to its sums.</summary>
    static abstract bool AddsOutliers { get; }

    /// <summary>Bytes of <see cref="TileArguments.Workspace"/>.</summary>
    static virtual int WorkspaceBytes => 0;

    /// <summary>Rows of a block that is taken through all panels before the next.</summary>
    /// <param name="stride">Bytes from one row to the next.</param>
    static virtual int BlockRows(long stride) => TileLayout.BlockRows(stride);

    /// <summary>Bytes of one packed panel, <see cref="MicroKernel.MaxPackedBytes"/> at most; 0 where it reads panels as they lie.</summary>
    /// <param name="groups">Groups of 4 inputs of the panel.</param>
    static virtual int PackedBytes(long groups) => 0;

    /// <summary>Packs one panel, for all tiles of a block of rows: <see cref="TileArguments.Weights"/> then lead to packed ones.</summary>
    /// <param name="panel">The panel.</param>
    /// <param name="sums">Σw of its 16 outputs.</param>
    /// <param name="groups">Groups of 4 inputs of the panel.</param>
    /// <param name="packed">Receives <see cref="PackedBytes"/>.</param>
    static virtual void Pack(byte* panel, int* sums, long groups, byte* packed) => throw new NotSupportedException();

    /// <summary>Sums a tile.</summary>
    /// <param name="panels">1 … <see cref="MaxPanels"/>.</param>
    /// <param name="rows">As <see cref="Rows"/> says.</param>
    /// <param name="tile">Where it lies.</param>
    static abstract void Sum(int panels, int rows, TileArguments* tile);

    /// <summary>Whether <see cref="SumRows"/> takes rows through panels.</summary>
    static virtual bool SumsRows => false;

    /// <summary>
    /// Sums rows and stores results by <see cref="GemmShape.Store"/>, in its own order: some may wait until the next call, or until <see cref="FinishRows"/>.
    /// </summary>
    /// <param name="a">The product's matrices.</param>
    /// <param name="product">Its shape.</param>
    /// <param name="tile">The first row's inputs and outliers, and the weights of panel 0.</param>
    /// <param name="row">The first row.</param>
    /// <param name="rows">As <see cref="Rows"/> says.</param>
    /// <param name="panel">The first panel.</param>
    /// <param name="endPanels">The panel behind the last.</param>
    /// <param name="panels">Panels of each tile, of which there is a whole number.</param>
    static virtual void SumRows(in LayerArguments a, in GemmShape product, TileArguments* tile, int row, int rows, int panel, int endPanels, int panels) =>
        throw new NotSupportedException();

    /// <summary>Stores what <see cref="SumRows"/> left.</summary>
    /// <param name="a">The product's matrices.</param>
    /// <param name="product">Its shape.</param>
    /// <param name="tile">The tile of those calls.</param>
    static virtual void FinishRows(in LayerArguments a, in GemmShape product, TileArguments* tile) => throw new NotSupportedException();

    /// <summary>Leaves the thread as it was before a product's tiles.</summary>
    static virtual void Release()
    {
    }
}

using System.ComponentModel;
using System.Runtime.InteropServices;
using StableQuant.Kernels.Layers;
using StableQuant.Kernels.Outliers;

namespace StableQuant.Kernels.Gemm;

/// <summary>What a tile of a product is made of; the layout is that of <c>Avx512Vnni.s</c>, which reads all up to <see cref="RowWeights"/>.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
[StructLayout(LayoutKind.Sequential)]
public unsafe struct TileArguments
{
    /// <summary>Inputs of the first row, u8.</summary>
    public byte* Input;

    /// <summary>Bytes from one row to the next.</summary>
    public long InputStride;

    /// <summary>Weights of the first panel.</summary>
    public byte* Weights;

    /// <summary>Bytes from one panel to the next.</summary>
    public long PanelBytes;

    /// <summary>Groups of 4 inputs.</summary>
    public long Groups;

    /// <summary>Receives the sums [rows][panels][16], 64-byte aligned.</summary>
    public int* Sums;

    /// <summary>
    /// Where the first row's products begin, as a number of products, and <see cref="WindowBytes"/> further on where they end; null where
    /// the input keeps no outliers. Kernels that do not add them leave this and the next five unread.
    /// </summary>
    public int* Bounds;

    /// <summary>Bytes from a row's first bound to its last.</summary>
    public long WindowBytes;

    /// <summary>Bytes from one row's bounds to the next row's.</summary>
    public long BoundsStride;

    /// <summary>The outliers that rows read.</summary>
    public OutlierProduct* Products;

    /// <summary>Bytes before the weights from which the first row's products count theirs.</summary>
    public long TermOffset;

    /// <summary>Bytes by which that is more for each next row.</summary>
    public long RowWeights;

    /// <summary>The limits of the first panel, see <see cref="LayerArguments.Limits"/>; null for none.</summary>
    public byte* Limits;

    /// <summary>With limits: the deviations of the first row's steps, see <see cref="StepDeviations.Of"/>.</summary>
    public byte* Deviations;

    /// <summary>The micro-kernel's own memory, which it finds again with the next tile: <see cref="IMicroKernel.WorkspaceBytes"/>.</summary>
    public byte* Workspace;

    /// <summary>Of AMX: rows for which the thread's tiles are configured; 0 before the first.</summary>
    public int ConfiguredRows;

    /// <summary>Says where the outliers of the tile's rows are; the tile may begin before their block, with rows that are not stored.</summary>
    /// <param name="outliers">The block's.</param>
    /// <param name="row">The tile's first row.</param>
    internal void Take(in OutlierProducts outliers, int row)
    {
        Bounds = outliers.Bounds(row);
        WindowBytes = outliers.Window.Taps * sizeof(int);
        BoundsStride = outliers.Window.Stride * sizeof(int);
        Products = outliers.All;
        TermOffset = outliers.WeightsBefore(row);
        RowWeights = outliers.WeightBytesOfRow;
    }
}

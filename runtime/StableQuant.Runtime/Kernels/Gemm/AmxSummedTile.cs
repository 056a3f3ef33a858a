using StableQuant.Kernels.Layers;
using StableQuant.Layout;

namespace StableQuant.Kernels.Gemm;

/// <summary>A tile that is summed, and of which so many rows are not stored yet.</summary>
internal unsafe struct AmxSummedTile
{
    private readonly int row, rows, panel, panels;
    private TileArguments tile;
    private int stored;

    /// <summary>A tile.</summary>
    /// <param name="tile">Its weights, sums and outliers.</param>
    /// <param name="row">Its first row.</param>
    /// <param name="rows">Its rows.</param>
    /// <param name="panel">Its first panel.</param>
    /// <param name="panels">Its panels.</param>
    public AmxSummedTile(in TileArguments tile, int row, int rows, int panel, int panels)
    {
        this.tile = tile;
        this.row = row;
        this.rows = rows;
        this.panel = panel;
        this.panels = panels;
    }

    /// <summary>Rows that are not stored yet.</summary>
    public readonly int RowsLeft => rows - stored;

    /// <summary>Stores some rows, the first behind the tile's outliers.</summary>
    /// <param name="a">The product's matrices.</param>
    /// <param name="product">Its shape.</param>
    /// <param name="count">How many at most.</param>
    /// <param name="run">Runs AMX's code.</param>
    public void Store(in LayerArguments a, in GemmShape product, int count, delegate*<int, void*, void> run)
    {
        count = Math.Min(count, RowsLeft);
        if (count == 0)
        {
            return;
        }

        if (stored == 0 && tile.Bounds != null)
        {
            fixed (TileArguments* sums = &tile)
            {
                AmxOutliers.Add(panels, rows, sums, run);
            }
        }

        product.Store(a, tile.Sums + stored * panels * PanelLayout.Outputs, row + stored, count, panel, panels);
        stored += count;
    }
}

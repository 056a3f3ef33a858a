using StableQuant.Kernels.Layers;

namespace StableQuant.Kernels.Gemm;

/// <summary>
/// Takes rows through panels on AMX, whose products have a unit of their own: a tile is summed part by part, and behind each some rows of the tile before
/// are stored, while products go on.
/// </summary>
internal static unsafe class AmxRows
{
    // A part's products take 384 clocks; shorter ones leave vectors and products in each other's way where an activation is computed (docs/contributing/decisions.md).
    private const int PartSteps = 6;

    /// <summary>Sums some rows, and stores what was summed before; see <see cref="IMicroKernel.SumRows"/>.</summary>
    /// <param name="a">The product's matrices.</param>
    /// <param name="product">Its shape.</param>
    /// <param name="tile">The first tile.</param>
    /// <param name="row">The first row.</param>
    /// <param name="rows">1 … 32.</param>
    /// <param name="panel">The first panel.</param>
    /// <param name="endPanels">The panel behind the last: whole tiles.</param>
    /// <param name="panels">Panels of each tile.</param>
    /// <param name="run">Runs AMX's code.</param>
    public static void Sum(
        in LayerArguments a, in GemmShape product, TileArguments* tile, int row, int rows, int panel, int endPanels, int panels, delegate*<int, void*, void> run)
    {
        AmxWorkspace* work = AmxWorkspace.Of(tile);
        AmxSummedTile* before = &work->Summed;
        AmxArguments whole = AmxTile.Begin(rows, tile, run);
        int entry = AmxTile.Entry(panels, rows);
        long steps = whole.Steps, parts = Math.Max(steps / PartSteps, 1), partSteps = steps / parts;
        for (; panel < endPanels; panel += panels)
        {
            TileArguments summed = *tile;
            summed.Weights += panel * tile->PanelBytes;
            summed.Sums = work->NextSums();
            AmxArguments arguments = whole;
            arguments.Weights = summed.Weights;
            arguments.TailWeights += panel * tile->PanelBytes;
            arguments.Sums = summed.Sums;
            arguments.Steps = partSteps;
            int share = (int)((before->RowsLeft + parts - 1) / parts);
            for (long part = 1; part < parts; part++)
            {
                run(entry, &arguments);
                before->Store(a, product, share, run);
                arguments.Input += partSteps * AmxTile.StepInputs;
                arguments.Weights += partSteps * AmxTile.StepWeights;
                arguments.GoesOn = 1;
            }

            arguments.Steps = steps - (parts - 1) * partSteps;
            arguments.IsStored = 1;
            run(entry, &arguments);
            before->Store(a, product, AmxWorkspace.MaxRows, run);
            *before = new AmxSummedTile(summed, row, rows, panel, panels);
        }
    }

    /// <summary>Stores what is left.</summary>
    /// <param name="a">The product's matrices.</param>
    /// <param name="product">Its shape.</param>
    /// <param name="tile">Any tile of the product.</param>
    /// <param name="run">Runs AMX's code.</param>
    public static void Finish(in LayerArguments a, in GemmShape product, TileArguments* tile, delegate*<int, void*, void> run)
    {
        if (tile->ConfiguredRows != 0)
        {
            AmxWorkspace* work = AmxWorkspace.Of(tile);
            work->Summed.Store(a, product, AmxWorkspace.MaxRows, run);
        }
    }
}

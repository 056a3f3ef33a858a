using StableQuant.Graph.Layout;

namespace StableQuant.Generator.Emit.Kernels;

/// <summary>Writes the unrolled tile of a product: so many rows times so many panels of 16 outputs, summed in registers.</summary>
internal static class Tile
{
    /// <summary>Rows of the largest tile. Its sums take few registers in float32, so that it is every path's there.</summary>
    public const int MaxRows = TileLayout.UnrolledRows;

    /// <summary>The tiles of an int8 kernel; paths choose by <c>TIsa.TileRows</c> and <c>TIsa.TilePanels</c>.</summary>
    public static readonly (int Rows, int Panels)[] Int8Shapes = [(MaxRows, 2), (MaxRows, 1), (TileLayout.FewUnrolledRows, 1), (1, 1)];

    /// <summary>The tiles of a float32 kernel.</summary>
    public static readonly (int Rows, int Panels)[] FloatShapes = [(MaxRows, 2), (MaxRows, 1), (1, 1)];

    /// <summary>Writes one tile method, <c>Tile{rows}x{panels}(in LayerArguments a, int row, int panel, int* sums)</c>.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="rows">Rows of the tile.</param>
    /// <param name="panels">Panels of the tile.</param>
    /// <param name="arithmetic">How it multiplies.</param>
    /// <param name="stride">C# for the inputs from one row to the next.</param>
    /// <param name="groups">C# for the groups of inputs.</param>
    public static void Write(SourceWriter writer, int rows, int panels, Arithmetic arithmetic, string stride, string groups)
    {
        writer.Lines(Kernel.Optimized);
        writer.Open($"private static void Tile{rows}x{panels}(in __Layers::LayerArguments a, int row, int panel, int* sums)");
        writer.Lines($"long panelBytes = {groups} * 64L;");
        writer.Lines("byte* w = a.Weights + panel * panelBytes;");
        writer.Lines($"{arithmetic.Element}* x0 = {arithmetic.Rows} + (long)row * {stride};");
        for (int r = 1; r < rows; r++)
        {
            writer.Lines($"{arithmetic.Element}* x{r} = x{r - 1} + {stride};");
        }

        for (int r = 0; r < rows; r++)
        {
            writer.Lines(arithmetic.Sums + " " + string.Join(", ", Enumerable.Range(0, panels).Select(p => $"s{r}{p} = default")) + ";");
        }

        writer.Open(arithmetic.Loop(groups));
        for (int p = 0; p < panels; p++)
        {
            writer.Lines($"{arithmetic.Weights} w{p} = {arithmetic.LoadWeights(p == 0 ? "w" : "w + panelBytes")};");
        }

        for (int r = 0; r < rows; r++)
        {
            writer.Lines($"{arithmetic.Input} i{r} = {arithmetic.LoadInput($"x{r}")};");
            for (int p = 0; p < panels; p++)
            {
                writer.Lines($"s{r}{p} = {arithmetic.Accumulate($"s{r}{p}", $"i{r}", $"w{p}")};");
            }
        }

        writer.Lines("w += 64;");
        writer.Close();
        for (int r = 0; r < rows; r++)
        {
            for (int p = 0; p < panels; p++)
            {
                writer.Lines(arithmetic.Store($"sums{Plus((r * panels + p) * PanelLayout.Outputs)}", $"s{r}{p}"));
            }
        }

        writer.Close();
        writer.Lines("");
    }

    private static string Plus(int offset) => offset == 0 ? "" : $" + {offset}";
}

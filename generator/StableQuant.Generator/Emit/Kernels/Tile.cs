namespace StableQuant.Generator.Emit.Kernels;

/// <summary>Writes the unrolled tile of a product: so many rows times so many panels of 16 outputs, sums in registers.</summary>
internal static class Tile
{
    /// <summary>The tiles that a kernel has; paths choose by <c>TPath.TileRows</c> and <c>TPath.TilePanels</c>.</summary>
    public static readonly (int Rows, int Panels)[] Shapes = [(6, 2), (6, 1), (2, 1), (1, 1)];

    /// <summary>Writes one tile method, <c>Tile{rows}x{panels}(in LayerArguments a, int row, int panel)</c>.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="rows">Rows of the tile.</param>
    /// <param name="panels">Panels of the tile.</param>
    /// <param name="stride">C# for the bytes from one input row to the next.</param>
    /// <param name="groups">C# for the groups of 4 inputs.</param>
    public static void Write(SourceWriter writer, int rows, int panels, string stride, string groups)
    {
        writer.Lines("[MethodImpl(MethodImplOptions.AggressiveOptimization)]");
        writer.Open($"private static void Tile{rows}x{panels}(in SQ::LayerArguments a, int row, int panel)");
        writer.Lines($"long panelBytes = {groups} * 64L;");
        writer.Lines("byte* w = a.Weights + panel * panelBytes;");
        writer.Lines($"byte* x0 = a.Input + (long)row * {stride};");
        for (int r = 1; r < rows; r++)
        {
            writer.Lines($"byte* x{r} = x{r - 1} + {stride};");
        }

        for (int r = 0; r < rows; r++)
        {
            writer.Lines("TSums " + string.Join(", ", Enumerable.Range(0, panels).Select(p => $"s{r}{p} = default")) + ";");
        }

        writer.Open($"for (int k = 0; k < {groups} * 4; k += 4)");
        for (int p = 0; p < panels; p++)
        {
            writer.Lines($"TWeights w{p} = TPath.LoadWeights(w{(p == 0 ? "" : " + panelBytes")});");
        }

        for (int r = 0; r < rows; r++)
        {
            writer.Lines($"TInput i{r} = TPath.LoadInput(x{r} + k);");
            for (int p = 0; p < panels; p++)
            {
                writer.Lines($"s{r}{p} = TPath.Dot(s{r}{p}, i{r}, w{p});");
            }
        }

        writer.Lines("w += 64;");
        writer.Close();
        for (int r = 0; r < rows; r++)
        {
            for (int p = 0; p < panels; p++)
            {
                writer.Lines($"Store(a, s{r}{p}, row{Plus(r)}, panel{Plus(p)});");
            }
        }

        writer.Close();
        writer.Lines("");
    }

    private static string Plus(int offset) => offset == 0 ? "" : $" + {offset}";
}

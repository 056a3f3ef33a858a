using StableQuant.Graph.Layout;

namespace StableQuant.Generator.Emit.Kernels;

/// <summary>Writes what takes a product's sums through scaling and epilogue, some rows of some panels at a time.</summary>
internal static class ProductStore
{
    /// <summary>Writes the method <c>Store(in LayerArguments a, int* tile, int row, int rows, int firstPanel, int panels)</c>. Where outliers are kept, results replace their sums.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="arithmetic">How the product multiplies.</param>
    /// <param name="scaling">How sums become results.</param>
    /// <param name="outputs">Outputs; null where known only at run time, see <see cref="GemmKernel"/>.</param>
    /// <param name="outputStride">Elements from one result row to the next; null where known only at run time.</param>
    /// <param name="epilogue">What follows.</param>
    public static void Write(SourceWriter writer, Arithmetic arithmetic, Scaling scaling, int? outputs, int? outputStride, EpilogueForm epilogue)
    {
        string stride = outputStride?.ToString() ?? "a.OutputStride";
        string? columns = outputs is { } known ? (known % PanelLayout.Outputs == 0 ? null : known.ToString()) : scaling == Scaling.PerOutput ? stride : null;
        string? count = columns is null ? null : "count";
        writer.Lines(Kernel.Optimized);
        writer.Open("private static void Store(in __Layers::LayerArguments a, int* tile, int row, int rows, int firstPanel, int panels)");
        writer.Lines("long rowSums = panels * 16;");
        EpilogueText.WriteConstants(writer, epilogue);
        EpilogueText.WriteBefore(writer, epilogue);
        writer.Open("for (int panel = 0; panel < panels; panel++)");
        writer.Lines($"""
            int* sums = tile + panel * 16;
            int column = (firstPanel + panel) * 16;
            long at = (long)row * {stride} + column;
            """);
        if (count is not null)
        {
            writer.Lines($"int count = global::System.Math.Min(16, {columns} - column);");
        }

        arithmetic.WriteConstants(writer, scaling);
        writer.Open($"for (int r = 0; r < rows; r++, at += {stride}, sums += rowSums)");
        writer.Lines($"TFloat y = {arithmetic.Result(scaling)};");
        EpilogueText.Write(writer, epilogue, "row + r", count, "sums");
        writer.Close();
        writer.Close();
        EpilogueText.WriteAfter(
            writer, epilogue, EpilogueText.HasOutliers, "tile", "rows * panels", "panels", "row", "firstPanel * 16", (outputs ?? 0).ToString());
        writer.Close();
    }
}

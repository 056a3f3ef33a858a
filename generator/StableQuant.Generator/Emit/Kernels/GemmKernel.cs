using StableQuant.Graph.Layout;

namespace StableQuant.Generator.Emit.Kernels;

/// <summary>The frames and channels that one output reads, for the input's exact outliers.</summary>
/// <param name="Taps">Frames of the window.</param>
/// <param name="Stride">Frames from one window to the next.</param>
/// <param name="PadLeft">Frames of the first window that lie before the utterance.</param>
/// <param name="Channels">Channels of one frame.</param>
internal sealed record Window(int Taps, int Stride, int PadLeft, int Channels);

/// <summary>
/// A product of rows and packed panels, in int8 or float32. Rows may overlap (a convolution's windows over channels-last
/// frames), so that linear layers, convolutions and both products of attention are this one kernel.
/// </summary>
/// <param name="Title">What it is, as part of its name.</param>
/// <param name="Arithmetic">How it multiplies.</param>
/// <param name="Stride">Inputs from one input row to the next; null where it is known only at run time.</param>
/// <param name="Inputs">Inputs of a row; null where known only at run time.</param>
/// <param name="Outputs">Outputs; null where known only at run time: as many as there are elements from one row to the next where each has its own scale, else a multiple of 16.</param>
/// <param name="OutputStride">Elements from one result row to the next; null where known only at run time.</param>
/// <param name="Scaling">How sums become results.</param>
/// <param name="Epilogue">What follows.</param>
/// <param name="Kept">Where the input keeps its outliers: what an output reads of it; else null.</param>
internal sealed record GemmKernel(
    string Title, Arithmetic Arithmetic, int? Stride, int? Inputs, int? Outputs, int? OutputStride, Scaling Scaling, EpilogueForm Epilogue, Window? Kept)
    : Kernel
{
    /// <inheritdoc/>
    public override string Name => Arithmetic.Title + Title + (Kept is null ? "" : "Kept") + Epilogue.Suffix;

    /// <summary>Whether the kernel can use the weights' limits: deviations of 16 inputs are shared by rows that begin a multiple of 16 apart.</summary>
    public bool TakesLimits => Scaling == Scaling.PerOutput && IsInt8 && Stride is { } stride && stride % PanelLayout.StepInputs == 0
        && PanelLayout.DeviationBytes(TileLayout.IndexedBlockRows(stride) + TileLayout.MaxRows, stride, Inputs!.Value) <= PanelLayout.MaxDeviationBytes;

    private bool IsInt8 => Arithmetic == Arithmetic.Int8;

    /// <inheritdoc/>
    public override void Write(SourceWriter writer)
    {
        string stride = Stride?.ToString() ?? "a.InputStride";
        string groups = Inputs is { } inputs ? ((inputs + Arithmetic.GroupInputs - 1) / Arithmetic.GroupInputs).ToString() : "a.InputGroups";
        string panels = Outputs is { } outputs ? PanelLayout.Panels(outputs).ToString() : "a.Panels";
        writer.Lines($"/// <summary>{(Inputs is null ? "Any number of" : Inputs.ToString())} {Arithmetic.InputWord} inputs (rows {(Stride is null ? "any" : Stride.ToString())} {Arithmetic.Element}s apart) × {(Outputs is null ? "any number of" : Outputs.ToString())} {Arithmetic.WeightWord} outputs{(Kept is null ? "" : ", with the input's outliers")}; {Epilogue.Words}.</summary>");
        writer.Open($"private static class {Name}");
        WriteRun(writer, stride, groups, panels);
        WriteSum(writer);
        foreach ((int rows, int tilePanels) in IsInt8 ? Tile.Int8Shapes : Tile.FloatShapes)
        {
            Tile.Write(writer, rows, tilePanels, Arithmetic, stride, groups);
        }

        ProductStore.Write(writer, Arithmetic, Scaling, Outputs, OutputStride, Epilogue);
        writer.Close();
    }

    private void WriteRun(SourceWriter writer, string stride, string groups, string panels)
    {
        writer.Open("internal static void Run(in __Gemm::MicroKernel microKernel, in __Layers::LayerArguments a) => __Gemm::MatrixProduct<TIsa, TSums, TWeights, TInput, TInt, TFloat>.Run(microKernel, a, new __Gemm::GemmShape");
        writer.Lines($"""
            InputStride = {stride},
            Groups = {groups},
            Panels = {panels},
            """);
        if (!IsInt8)
        {
            writer.Lines("IsFloat = true,");
        }

        if (TakesLimits)
        {
            writer.Lines($"LimitBytes = {PanelLayout.LimitBytes(Inputs!.Value)},");
        }

        if (Kept is not null)
        {
            writer.Lines($"Window = new __Outliers::InputWindow({Kept.Taps}, {Kept.Stride}, {Kept.PadLeft}, {Kept.Channels}),");
        }

        writer.Close(", &Sum, &Store);");
        writer.Lines("");
    }

    // One tile in registers, of whatever size the path chose.
    private void WriteSum(SourceWriter writer)
    {
        writer.Lines(Optimized);
        writer.Open("private static void Sum(in __Layers::LayerArguments a, int row, int panel, int panels, int rows, int* sums)");
        writer.Open("if (rows == 1)");
        writer.Lines("Tile1x1(a, row, panel, sums);");
        writer.Close();
        writer.Open("else if (TIsa.TilePanels == 2 && panels == 2)");
        writer.Lines($"Tile{Tile.MaxRows}x2(a, row, panel, sums);");
        writer.Close();
        writer.Open(IsInt8 ? $"else if (TIsa.TileRows == {Tile.MaxRows})" : "else");
        writer.Lines($"Tile{Tile.MaxRows}x1(a, row, panel, sums);");
        writer.Close();
        if (IsInt8)
        {
            writer.Open("else");
            writer.Lines($"Tile{TileLayout.FewUnrolledRows}x1(a, row, panel, sums);");
            writer.Close();
        }

        writer.Close();
        writer.Lines("");
    }
}

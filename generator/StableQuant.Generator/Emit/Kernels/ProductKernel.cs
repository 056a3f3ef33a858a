using StableQuant.Generator.Lower;
using StableQuant.Graph;

namespace StableQuant.Generator.Emit.Kernels;

/// <summary>The frames and channels that one output reads, for the input's exact remainders.</summary>
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
/// <param name="Outputs">Outputs; null where known only at run time (a multiple of 16 then).</param>
/// <param name="OutputStride">Elements from one result row to the next; null where known only at run time.</param>
/// <param name="Scaling">How sums become results.</param>
/// <param name="Epilogue">What follows.</param>
/// <param name="Kept">Where the input keeps its outliers: what an output reads of it; else null.</param>
internal sealed record ProductKernel(
    string Title, Arithmetic Arithmetic, int? Stride, int? Inputs, int? Outputs, int? OutputStride, Scaling Scaling, EpilogueForm Epilogue, Window? Kept)
    : Kernel
{
    /// <inheritdoc/>
    public override string Name => Arithmetic.Title + Title + (Kept is null ? "" : "Kept") + Epilogue.Suffix;

    /// <summary>Whether the kernel can use the weights' limits: deviations of 16 inputs are shared by rows that begin a multiple of 16 apart.</summary>
    public bool TakesLimits => Scaling == Scaling.PerOutput && IsInt8 && Stride % StepInputs == 0;

    private const int StepInputs = PanelLayout.StepGroups * PanelLayout.Inputs;

    private bool IsInt8 => Arithmetic == Arithmetic.Int8;

    /// <inheritdoc/>
    public override void Write(SourceWriter writer)
    {
        string stride = Stride?.ToString() ?? "a.InputStride";
        string groups = Inputs is { } inputs ? ((inputs + Arithmetic.GroupInputs - 1) / Arithmetic.GroupInputs).ToString() : "a.InputGroups";
        string panels = Outputs is { } outputs ? PanelLayout.Panels(outputs).ToString() : "a.Panels";
        writer.Lines($"/// <summary>{(Inputs is null ? "Any number of" : Inputs.ToString())} {Arithmetic.InputWord} inputs (rows {(Stride is null ? "any" : Stride.ToString())} {Arithmetic.Element}s apart) × {(Outputs is null ? "any number of" : Outputs.ToString())} {Arithmetic.WeightWord} outputs{(Kept is null ? "" : ", with the input's exact remainders")}; {Epilogue.Words}.</summary>");
        writer.Open($"private static class {Name}");
        WriteRun(writer, stride, groups, panels);
        WriteSum(writer, stride);
        foreach ((int rows, int tilePanels) in IsInt8 ? Tile.Int8Shapes : Tile.FloatShapes)
        {
            Tile.Write(writer, rows, tilePanels, Arithmetic, stride, groups);
        }

        WriteStore(writer);
        writer.Close();
    }

    // Rows in blocks, which stay in the cache while the weights of all panels go by; a block tile by tile. The last tile of a
    // block begins so early that it is whole, and of its rows only the new ones are stored.
    private void WriteRun(SourceWriter writer, string stride, string groups, string panels)
    {
        writer.Lines("[SkipLocalsInit]");
        writer.Lines("[MethodImpl(MethodImplOptions.AggressiveOptimization)]");
        writer.Open("internal static void Run(in SQ::LayerArguments a)");
        writer.Lines($"""
            int* room = stackalloc int[{(Kept is null ? "" : "2 * ")}SQ::TileSums.RoomForSums];
            int* sums = SQ::TileSums.Align(room);
            """);
        if (IsInt8)
        {
            writer.Lines($$"""
                SQ::TileKernel kernel = SQ::TileSums.Of(a);
                bool isShared = kernel != SQ::TileKernel.None;
                var tile = new SQ::TileArguments { InputStride = {{stride}}, PanelBytes = {{groups}} * 64L, Groups = {{groups}}, FoursFit = a.FoursFit };
                """);
        }

        if (Kept is not null)
        {
            var room = RemainderRoom.Of(Kept.Channels, Kept.Taps, Kept.Stride);
            writer.Lines($"""
                var window = new SQ::InputWindow({Kept.Taps}, {Kept.Stride}, {Kept.PadLeft}, {Kept.Channels});
                var terms = new SQ::RemainderTerms(a.Scratch, {room.Terms}, {room.Frames}, window);
                var planes = new SQ::RemainderPlanes(a.Scratch, {room.PlaneRows}, window);
                """);
        }

        writer.Lines($"int block = SQ::TileSums.BlockRows({stride}{(IsInt8 ? "" : " * 4L")});");
        if (TakesLimits)
        {
            writer.Lines($"""
                byte* steps = stackalloc byte[SQ::StepDeviations.Room(kernel, block, {Stride}, {Inputs})];
                var deviations = new SQ::StepDeviations(steps, kernel, {Stride}, {Inputs}, a.InputZeroPoint);
                """);
        }

        writer.Open("for (int first = a.FirstRow, end; first < a.EndRow; first = end)");
        writer.Lines("end = global::System.Math.Min(first + block, a.EndRow);");
        if (Kept is not null)
        {
            writer.Lines("""
                bool isCrowded = planes.AreFor(a.InputRemainders, first, end);
                end = isCrowded ? planes.Fill(a, first, end) : terms.Gather(a.InputRemainders, first, end, a.FirstInputChannel);
                """);
        }

        if (TakesLimits)
        {
            writer.Lines("deviations.Find(a.Input, first, end);");
        }

        writer.Open($"for (int panel = 0; panel < {panels};)");
        writer.Lines($"int width = global::System.Math.Min({(IsInt8 ? "isShared ? SQ::TileSums.MostPanels : " : "")}TPath.TilePanels, {panels} - panel);");
        writer.Lines($"int height = {(IsInt8 ? "isShared ? SQ::TileSums.Rows(kernel, width) : TPath.TileRows" : Tile.MostRows)};");
        writer.Open("if (height > end)");
        writer.Lines("""
            width = 1;
            height = 1;
            """);
        writer.Close();
        writer.Lines("");
        writer.Open("for (int row = first; row < end;)");
        writer.Lines("""
            int start = global::System.Math.Min(row, end - height);
            int rows = start + height - row;
            int* rowSums = sums + (row - start) * width * 16;
            """);
        if (TakesLimits)
        {
            writer.Lines("tile.Deviations = deviations.Of(start);");
        }

        WriteSums(writer, groups);
        const string Store = "Store(a, rowSums, row, rows, panel, width)";
        if (!Epilogue.Keep)
        {
            writer.Lines(Store + ";");
        }

        EpilogueText.WriteAfter(writer, Epilogue, Store, "rowSums", "rows * width", "width", "row", "panel * 16", (Outputs ?? 0).ToString());
        writer.Lines("""

            row += rows;
            """);
        writer.Close();
        writer.Lines("""

            panel += width;
            """);
        writer.Close();
        writer.Close();
        writer.Close();
        writer.Lines("");
    }

    // The sums of a tile, over the input and, where it keeps outliers, its remainders.
    private void WriteSums(SourceWriter writer, string groups)
    {
        string Sum(string product, string sums) => $"Sum({product}, {(IsInt8 ? "kernel, &tile, " : "")}start, panel, width, height, {sums});";
        if (Kept is null)
        {
            writer.Lines(Sum("a", "sums"));
            return;
        }

        const string Remainders = "SQ::RemainderKernels<TPath, TInt, TFloat>";
        writer.Open("if (isCrowded)");
        writer.Lines($"""
            {Sum("planes.Low(a)", "sums")}
            {Sum("planes.High(a)", "sums + SQ::TileSums.RoomForSums")}
            {Remainders}.Join(rowSums, rowSums + SQ::TileSums.RoomForSums, rows, width, a.Sums + panel * 16, TPath.InputBias);
            """);
        writer.Close();
        writer.Open("else");
        writer.Lines($"""
            {Sum("a", "sums")}
            {Remainders}.Add(rowSums, row, rows, width, a.Weights + panel * ({groups} * 64L), {groups} * 64L, terms);
            """);
        writer.Close();
    }

    // One tile, by whatever sums tiles of its size here.
    private void WriteSum(SourceWriter writer, string stride)
    {
        writer.Lines("[MethodImpl(MethodImplOptions.AggressiveOptimization)]");
        writer.Open($"private static void Sum(in SQ::LayerArguments a, {(IsInt8 ? "SQ::TileKernel kernel, SQ::TileArguments* tile, " : "")}int row, int panel, int width, int height, int* sums)");
        writer.Open("if (height == 1)");
        writer.Lines("Tile1x1(a, row, panel, sums);");
        writer.Close();
        if (IsInt8)
        {
            writer.Open("else if (kernel != SQ::TileKernel.None)");
            writer.Lines($"""
                tile->Input = a.Input + (long)row * {stride};
                tile->Weights = a.Weights + panel * tile->PanelBytes;
                tile->Sums = sums;
                """);
            if (TakesLimits)
            {
                writer.Lines($"tile->Limits = a.Limits == null ? null : a.Limits + panel * {PanelLayout.LimitBytes(Inputs!.Value)};");
            }

            writer.Lines("SQ::TileSums.Run(kernel, width, tile);");
            writer.Close();
        }

        writer.Open("else if (TPath.TilePanels == 2 && width == 2)");
        writer.Lines("Tile6x2(a, row, panel, sums);");
        writer.Close();
        writer.Open(IsInt8 ? "else if (TPath.TileRows == 6)" : "else");
        writer.Lines("Tile6x1(a, row, panel, sums);");
        writer.Close();
        if (IsInt8)
        {
            writer.Open("else");
            writer.Lines("Tile2x1(a, row, panel, sums);");
            writer.Close();
        }

        writer.Close();
        writer.Lines("");
    }

    // Some rows of some panels. Where outliers are kept, results replace their sums. Returns whether any lie beyond the grid.
    private void WriteStore(SourceWriter writer)
    {
        string stride = OutputStride?.ToString() ?? "a.OutputStride";
        string? count = (Outputs ?? 0) % PanelLayout.Outputs == 0 ? null : "count";
        writer.Lines("[MethodImpl(MethodImplOptions.AggressiveOptimization)]");
        writer.Open($"private static {(Epilogue.Keep ? "bool" : "void")} Store(in SQ::LayerArguments a, int* tile, int row, int rows, int firstPanel, int panels)");
        writer.Lines("nint rowSums = panels * 16;");
        EpilogueText.WriteConstants(writer, Epilogue);
        EpilogueText.WriteBefore(writer, Epilogue);
        writer.Open("for (int panel = firstPanel; panel < firstPanel + panels; panel++, tile += 16)");
        writer.Lines($"""
            int* sums = tile;
            int column = panel * 16;
            long at = (long)row * {stride} + column;
            """);
        if (count is not null)
        {
            writer.Lines($"int count = global::System.Math.Min(16, {Outputs} - column);");
        }

        Arithmetic.WriteConstants(writer, Scaling);
        writer.Open($"for (int r = 0; r < rows; r++, at += {stride}, sums += rowSums)");
        writer.Lines($"TFloat y = {Arithmetic.Result(Scaling)};");
        EpilogueText.Write(writer, Epilogue, count, "sums");
        writer.Close();
        writer.Close();
        if (Epilogue.Keep)
        {
            writer.Lines("");
            writer.Lines($"return {EpilogueText.IsBeyond};");
        }

        writer.Close();
    }
}

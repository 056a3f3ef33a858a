using StableQuant.Graph;

namespace StableQuant.Generator.Emit.Kernels;

/// <summary>The frames and groups of 4 channels that one output reads, for the input's exact remainders.</summary>
/// <param name="Taps">Frames of the window.</param>
/// <param name="Stride">Frames from one window to the next.</param>
/// <param name="PadLeft">Frames of the first window that lie before the utterance.</param>
/// <param name="Groups">Groups of 4 channels of one frame.</param>
internal sealed record Window(int Taps, int Stride, int PadLeft, int Groups);

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

    /// <inheritdoc/>
    public override void Write(SourceWriter writer)
    {
        string stride = Stride?.ToString() ?? "a.InputStride";
        string groups = Inputs is { } inputs ? ((inputs + Arithmetic.GroupInputs - 1) / Arithmetic.GroupInputs).ToString() : "a.InputGroups";
        string panels = Outputs is { } outputs ? PanelLayout.Panels(outputs).ToString() : "a.Panels";
        writer.Lines($"/// <summary>{(Inputs is null ? "Any number of" : Inputs.ToString())} {Arithmetic.InputWord} inputs (rows {(Stride is null ? "any" : Stride.ToString())} {Arithmetic.Element}s apart) × {(Outputs is null ? "any number of" : Outputs.ToString())} {Arithmetic.WeightWord} outputs{(Kept is null ? "" : ", with the input's exact remainders")}; {Epilogue.Words}.</summary>");
        writer.Open($"private static class {Name}");
        writer.Open("internal static void Run(in SQ::LayerArguments a)");
        if (Arithmetic == Arithmetic.Int8)
        {
            writer.Lines("""
                SQ::TileKernel kernel = SQ::TileSums.Of(a);
                if (kernel != SQ::TileKernel.None)
                {
                    RunTiles(a, kernel);
                    return;
                }

                """);
        }

        writer.Open($"for (int panel = 0; panel < {panels};)");
        writer.Lines($$"""
            int row = a.FirstRow;
            if (TPath.TilePanels == 2 && panel + 2 <= {{panels}})
            {
                for (; row + 6 <= a.EndRow; row += 6)
                {
                    Tile6x2(a, row, panel);
                }

                for (; row < a.EndRow; row++)
                {
                    Tile1x1(a, row, panel);
                    Tile1x1(a, row, panel + 1);
                }

                panel += 2;
                continue;
            }

            for (; {{Arithmetic.WideTile}}row + 6 <= a.EndRow; row += 6)
            {
                Tile6x1(a, row, panel);
            }

            for (; row + 2 <= a.EndRow; row += 2)
            {
                Tile2x1(a, row, panel);
            }

            for (; row < a.EndRow; row++)
            {
                Tile1x1(a, row, panel);
            }

            panel++;
            """);
        writer.Close();
        writer.Close();
        writer.Lines("");
        if (Arithmetic == Arithmetic.Int8)
        {
            WriteTiles(writer, stride, groups, panels);
        }

        foreach ((int rows, int tilePanels) in Tile.Shapes)
        {
            Tile.Write(writer, rows, tilePanels, Arithmetic, Kept is not null, stride, groups);
        }

        if (Kept is not null)
        {
            // One row and panel of a tile that C# sums.
            writer.Lines("[MethodImpl(MethodImplOptions.AggressiveInlining)]");
            writer.Open("private static TInt WithRemainders(in SQ::LayerArguments a, TInt sums, int row, int panel)");
            writer.Lines("""
                int* lanes = stackalloc int[16];
                TPath.StoreInt(lanes, sums);
                AddRemainders(a, lanes, 1, row, panel);
                return TPath.LoadInt(lanes);
                """);
            writer.Close();
            writer.Lines("");
            writer.Lines("[MethodImpl(MethodImplOptions.AggressiveInlining)]");
            writer.Open("private static void AddRemainders(in SQ::LayerArguments a, int* sums, int panels, int row, int panel)");
            writer.Lines($"""
                SQ::RemainderKernels<TPath, TInt, TFloat>.Add(
                    sums, panels, a.Weights + panel * ({groups} * 64L), {groups} * 64L, a.InputRemainders, row * {Kept.Stride} - {Kept.PadLeft}, {Kept.Taps}, a.FirstGroup, {Kept.Groups});
                """);
            writer.Close();
            writer.Lines("");
        }

        writer.Lines("[MethodImpl(MethodImplOptions.AggressiveInlining)]");
        writer.Open($"private static void Store(in SQ::LayerArguments a, {Arithmetic.Finished} sums, int row, int panel)");
        writer.Lines("int column = panel * 16;");
        Arithmetic.WriteResult(writer, Scaling);
        EpilogueText.Write(writer, Epilogue, OutputStride?.ToString() ?? "a.OutputStride", Outputs);
        writer.Close();
        writer.Close();
    }

    // The last tile of a block begins so early that it is whole; of its rows only the new ones are stored.
    private void WriteTiles(SourceWriter writer, string stride, string groups, string panels)
    {
        string remainders = Kept is null ? "" : $"\n{new string(' ', 16)}AddRemainders(a, rowSums, width, row, panel);";
        string wideSteps = Scaling == Scaling.PerOutput && Inputs is { } inputs ? $"\n{new string(' ', 8)}tile.WideSteps = a.WideSteps + panel * {PanelLayout.WideStepBytes(inputs)};" : "";
        writer.Lines("/// <summary>The same, where a kernel of the runtime sums whole tiles.</summary>");
        writer.Lines("[MethodImpl(MethodImplOptions.AggressiveOptimization)]");
        writer.Open("private static void RunTiles(in SQ::LayerArguments a, SQ::TileKernel kernel)");
        writer.Lines($$"""
            int* room = stackalloc int[SQ::TileSums.RoomForSums];
            int* sums = SQ::TileSums.Align(room);
            var tile = new SQ::TileArguments { InputStride = {{stride}}, PanelBytes = {{groups}} * 64L, Groups = {{groups}}, Sums = sums };
            int block = SQ::TileSums.BlockRows({{stride}});
            for (int first = a.FirstRow; first < a.EndRow; first += block)
            {
                int end = global::System.Math.Min(first + block, a.EndRow);
                for (int panel = 0; panel < {{panels}};)
                {
                    int width = global::System.Math.Min(SQ::TileSums.MostPanels, {{panels}} - panel);
                    int height = SQ::TileSums.Rows(kernel, width);
                    tile.Weights = a.Weights + panel * tile.PanelBytes;{{wideSteps}}
                    for (int row = first; row < end;)
                    {
                        int start = global::System.Math.Min(row, end - height);
                        tile.Input = a.Input + (long)start * {{stride}};
                        SQ::TileSums.Run(kernel, width, &tile);
                        for (; row < start + height; row++)
                        {
                            int* rowSums = sums + (row - start) * width * 16;{{remainders}}
                            for (int column = 0; column < width; column++)
                            {
                                Store(a, TPath.LoadInt(rowSums + column * 16), row, panel + column);
                            }
                        }
                    }

                    panel += width;
                }
            }
            """);
        writer.Close();
        writer.Lines("");
    }
}

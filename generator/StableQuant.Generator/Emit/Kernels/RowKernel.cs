using StableQuant.Graph;
using StableQuant.Graph.Layout;

namespace StableQuant.Generator.Emit.Kernels;

/// <summary>A norm, a gate, a mean, a scale, or none of them, over float rows, and its epilogue.</summary>
/// <param name="Operation">Kind of the norm, gate, mean or scale, or of the features that are normalised; null for none.</param>
/// <param name="Channels">Width of a row of the result.</param>
/// <param name="Parts">How many times as wide a row of the input is: 2 for a gate, of a mean its frames.</param>
/// <param name="Epilogue">What follows.</param>
internal sealed record RowKernel(string? Operation, int Channels, int Parts, EpilogueForm Epilogue) : Kernel
{
    private const int BlockVectors = TileLayout.EpilogueVectors, BlockColumns = BlockVectors * PanelLayout.Outputs;

    /// <inheritdoc/>
    public override string Name => $"{Identifiers.Pascal(Operation ?? "elementwise")}{(IsMean ? $"{Parts}x" : "")}{Channels}{Epilogue.Suffix}";

    /// <inheritdoc/>
    public override void Write(SourceWriter writer)
    {
        writer.Lines($"/// <summary>{Operation ?? "Elementwise"} over rows of {Channels}; {Epilogue.Words}.</summary>");
        writer.Open($"private static class {Name}");
        WriteRun(writer);
        WriteStore(writer);
        writer.Close();
    }

    private bool IsNorm => Operation is LayerNorm.KindName or GroupNorm.KindName;

    private bool IsOverTime => Operation is GroupNorm.KindName or LogMelFrontEnd.KindName;

    private bool IsGate => Operation == GatedLinearUnit.KindName;

    private bool IsScale => Operation == Graph.Scale.KindName;

    private bool IsMean => Operation == AveragePool.KindName;

    private string Statistics => Operation == LayerNorm.KindName ? ", float mean, float inverseDeviation" : "";

    private void WriteRun(SourceWriter writer)
    {
        writer.Lines(Optimized);
        writer.Open("internal static void Run(in __Layers::LayerArguments a)");
        if (Epilogue.Keep)
        {
            writer.Lines($"int* integers = stackalloc int[{BlockColumns}];");
        }

        string statistics = "";
        if (Operation == LayerNorm.KindName)
        {
            statistics = ", means[row - firstRow], inverseDeviations[row - firstRow]";
            writer.Lines($"""
                const int BlockRows = __Layers::Normalization<TIsa, TInt, TFloat>.BlockRows;
                float* means = stackalloc float[2 * BlockRows];
                float* inverseDeviations = means + BlockRows;
                """);
            writer.Open("for (int firstRow = a.FirstRow; firstRow < a.EndRow; firstRow += BlockRows)");
            writer.Lines($"""
                int endRow = global::System.Math.Min(firstRow + BlockRows, a.EndRow);
                __Layers::Normalization<TIsa, TInt, TFloat>.OfRows(a.Source + (long)firstRow * {Channels}, endRow - firstRow, {Channels}, a.Epsilon, means, inverseDeviations);
                """);
            writer.Open("for (int row = firstRow; row < endRow; row++)");
        }
        else
        {
            writer.Open("for (int row = a.FirstRow; row < a.EndRow; row++)");
        }

        if (Epilogue.Keep)
        {
            writer.Open($"for (int first = 0; first < {Channels}; first += {BlockColumns})");
            writer.Lines($"""
                int end = global::System.Math.Min(first + {BlockColumns}, {Channels});
                bool isBeyond = Store(a, row, first, end{statistics}, integers);
                """);
            EpilogueText.WriteAfter(writer, Epilogue, "isBeyond", "integers", "(end - first + 15) / 16", $"{BlockVectors}", "row", "first", "end");
            writer.Close();
        }
        else
        {
            writer.Lines($"Store(a, row, 0, {Channels}{statistics});");
        }

        if (Operation == LayerNorm.KindName)
        {
            writer.Close();
        }

        writer.Close();
        writer.Close();
        writer.Lines("");
    }

    // Some columns of a row. Where outliers are kept, their integers are put aside. Returns whether any lie beyond the grid: a
    // method by itself, since registers do not survive the call that lists them.
    private void WriteStore(SourceWriter writer)
    {
        string? count = Channels % PanelLayout.Outputs == 0 ? null : "count";
        writer.Lines(Optimized);
        writer.Open($"private static {(Epilogue.Keep ? "bool" : "void")} Store(in __Layers::LayerArguments a, int row, int first, int end{Statistics}{(Epilogue.Keep ? ", int* integers" : "")})");
        writer.Lines($"float* x = a.Source + (long)row * {Parts * Channels};");
        if (IsOverTime)
        {
            writer.Lines($"""
                float* mean = (float*)a.Scratch;
                float* inverseDeviation = mean + {PanelLayout.Padded(Channels)};
                """);
        }
        else if (Operation == LayerNorm.KindName)
        {
            writer.Lines("""
                TFloat center = TIsa.Broadcast(mean);
                TFloat factor = TIsa.Broadcast(inverseDeviation);
                """);
        }

        if (IsNorm)
        {
            writer.Lines("""
                float* gain = a.Gain;
                float* bias = a.Bias;
                """);
        }

        if (IsScale)
        {
            writer.Lines("TFloat factor = TIsa.Broadcast(a.Multiplier);");
        }

        if (IsMean)
        {
            writer.Lines($"TFloat share = TIsa.Broadcast({SourceWriter.Literal(1f / Parts)});");
        }

        EpilogueText.WriteConstants(writer, Epilogue);
        EpilogueText.WriteBefore(writer, Epilogue);
        writer.Open("for (int column = first; column < end; column += 16)");
        writer.Lines($"long at = (long)row * {Channels} + column;");
        if (count is not null)
        {
            writer.Lines($"int count = global::System.Math.Min(16, {Channels} - column);");
        }

        writer.Lines(IsGate
            ? $"TFloat y = __Lanes::Elementary<TIsa, TInt, TFloat>.Gated(TIsa.Load(x + column), TIsa.Load(x + {Channels} + column));"
            : "TFloat y = TIsa.Load(x + column);");
        if (IsMean)
        {
            for (int part = 1; part < Parts; part++)
            {
                writer.Lines($"y = TIsa.Add(y, TIsa.Load(x + {part * Channels} + column));");
            }

            writer.Lines("y = TIsa.Multiply(y, share);");
        }
        else if (IsScale)
        {
            writer.Lines("y = TIsa.Multiply(y, factor);");
        }
        else if (IsOverTime)
        {
            writer.Lines("y = TIsa.Multiply(TIsa.Subtract(y, TIsa.Load(mean + column)), TIsa.Load(inverseDeviation + column));");
        }
        else if (Operation == LayerNorm.KindName)
        {
            writer.Lines("y = TIsa.Multiply(TIsa.Subtract(y, center), factor);");
        }

        if (IsNorm)
        {
            writer.Lines("y = TIsa.MultiplyAdd(y, TIsa.Load(gain + column), TIsa.Load(bias + column));");
        }

        EpilogueText.Write(writer, Epilogue, "row", count, "integers + (column - first)");
        writer.Close();
        if (Epilogue.Keep)
        {
            writer.Lines("");
            writer.Lines($"return {EpilogueText.HasOutliers};");
        }

        writer.Close();
    }
}

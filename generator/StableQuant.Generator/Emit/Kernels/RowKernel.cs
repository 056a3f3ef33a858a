using StableQuant.Graph;

namespace StableQuant.Generator.Emit.Kernels;

/// <summary>A norm, or none, over float rows, and its epilogue.</summary>
/// <param name="Norm">Kind of the norm; null for none.</param>
/// <param name="Channels">Width of a row.</param>
/// <param name="Epilogue">What follows.</param>
internal sealed record RowKernel(string? Norm, int Channels, EpilogueForm Epilogue) : Kernel
{
    /// <summary>Columns of 64 vectors.</summary>
    private const int BlockColumns = 64 * PanelLayout.Outputs;

    /// <inheritdoc/>
    public override string Name => $"{Identifiers.Pascal(Norm ?? "elementwise")}{Channels}{Epilogue.Suffix}";

    /// <inheritdoc/>
    public override void Write(SourceWriter writer)
    {
        writer.Lines($"/// <summary>{(Norm is null ? "Elementwise" : Norm)} over rows of {Channels}; {Epilogue.Words}.</summary>");
        writer.Open($"private static class {Name}");
        writer.Lines("[MethodImpl(MethodImplOptions.AggressiveOptimization)]");
        writer.Open("internal static void Run(in SQ::LayerArguments a)");
        if (Norm == GroupNorm.KindName)
        {
            writer.Lines($"""
                float* mean = (float*)a.Scratch;
                float* inverseDeviation = mean + {Channels};
                """);
        }

        if (Epilogue.Keep)
        {
            writer.Lines($"int* integers = stackalloc int[{BlockColumns}];");
        }

        EpilogueText.WriteConstants(writer, Epilogue);
        writer.Open("for (int row = a.FirstRow; row < a.EndRow; row++)");
        writer.Lines($"float* x = a.Source + (long)row * {Channels};");
        if (Norm == LayerNorm.KindName)
        {
            writer.Lines($"""
                SQ::Norms<TPath, TInt, TFloat>.OfRow(x, {Channels}, a.Epsilon, out float mean, out float inverseDeviation);
                TFloat center = TPath.Broadcast(mean);
                TFloat factor = TPath.Broadcast(inverseDeviation);
                """);
        }

        string? count = Channels % PanelLayout.Outputs == 0 ? null : "count";
        writer.Open($"for (int first = 0; first < {Channels}; first += {BlockColumns})");
        writer.Lines($"int end = global::System.Math.Min(first + {BlockColumns}, {Channels});");
        EpilogueText.WriteBefore(writer, Epilogue);
        writer.Open("for (int column = first; column < end; column += 16)");
        writer.Lines($"long at = (long)row * {Channels} + column;");
        if (count is not null)
        {
            writer.Lines($"int count = global::System.Math.Min(16, {Channels} - column);");
        }

        writer.Lines("TFloat y = TPath.Load(x + column);");
        if (Norm == GroupNorm.KindName)
        {
            writer.Lines("y = TPath.Multiply(TPath.Subtract(y, TPath.Load(mean + column)), TPath.Load(inverseDeviation + column));");
        }
        else if (Norm == LayerNorm.KindName)
        {
            writer.Lines("y = TPath.Multiply(TPath.Subtract(y, center), factor);");
        }

        if (Norm is not null)
        {
            writer.Lines("y = TPath.MultiplyAdd(y, TPath.Load(a.Gain + column), TPath.Load(a.Bias + column));");
        }

        EpilogueText.Write(writer, Epilogue, count, "(column - first) / 16", "integers + (column - first)");
        writer.Close();
        EpilogueText.WriteAfter(writer, Epilogue, "integers", "64", "row", "first", "end");
        writer.Close();
        writer.Close();
        writer.Close();
        writer.Close();
    }
}

using StableQuant.Graph.Layout;

namespace StableQuant.Generator.Emit.Kernels;

/// <summary>The first convolution: one channel of 16-bit samples, the filters being the utterance's own.</summary>
/// <param name="Taps">Taps of the convolution.</param>
/// <param name="Stride">Samples from one window to the next.</param>
/// <param name="Outputs">Channels made.</param>
/// <param name="Epilogue">What follows.</param>
internal sealed record WaveformKernel(int Taps, int Stride, int Outputs, EpilogueForm Epilogue) : Kernel
{
    /// <summary>Rows that are taken through all panels before the next, so that their results stay in the cache until every channel is there.</summary>
    private const int BlockRows = TileLayout.EpilogueVectors;

    /// <inheritdoc/>
    public override string Name => $"Audio{Taps}Stride{Stride}To{Outputs}{Epilogue.Suffix}";

    /// <inheritdoc/>
    public override void Write(SourceWriter writer)
    {
        int pairs = (Taps + 1) / 2;
        writer.Lines($"/// <summary>{Taps} samples of 16 bits, every {Stride}, × {Outputs} outputs; {Epilogue.Words}.</summary>");
        writer.Open($"private static class {Name}");
        writer.Lines(Optimized);
        writer.Open("internal static void Run(in __Layers::LayerArguments a, in __SQ::FrontEnd.WaveformFilters filters, in __SQ::FrontEnd.Waveform audio)");
        if (Epilogue.Keep)
        {
            writer.Lines($"int* integers = stackalloc int[{BlockRows * PanelLayout.Outputs}];");
        }

        writer.Open($"for (int first = a.FirstRow; first < a.EndRow; first += {BlockRows})");
        writer.Lines($"int rows = global::System.Math.Min({BlockRows}, a.EndRow - first);");
        writer.Open($"for (int panel = 0; panel < {PanelLayout.Panels(Outputs)}; panel++)");
        writer.Lines($"int* w = filters.Weights + panel * {pairs * PanelLayout.Outputs};");
        for (int p = 0; p < pairs; p++)
        {
            writer.Lines($"TInt w{p} = TIsa.LoadInt(w{(p == 0 ? "" : $" + {p * PanelLayout.Outputs}")});");
        }

        string? count = Outputs % PanelLayout.Outputs == 0 ? null : "count";
        writer.Lines($"""
            int column = panel * 16;
            TInt offset = TIsa.LoadInt(filters.Offsets + column);
            TFloat factor = TIsa.Load(filters.Factors + column);
            TFloat bias = TIsa.Load(filters.Biases + column);
            short* x = audio.Samples + (long)first * {Stride};
            long at = (long)first * {Outputs} + column;
            """);
        EpilogueText.WriteConstants(writer, Epilogue);
        EpilogueText.WriteBefore(writer, Epilogue);
        if (count is not null)
        {
            writer.Lines($"int count = global::System.Math.Min(16, {Outputs} - column);");
        }

        writer.Open($"for (int row = 0; row < rows; row++, x += {Stride}, at += {Outputs})");
        for (int p = 0; p < pairs; p++)
        {
            writer.Lines($"{(p == 0 ? "TInt " : "")}sums = TIsa.AddPairs({(p == 0 ? "offset" : "sums")}, TIsa.BroadcastInt(global::System.Runtime.CompilerServices.Unsafe.ReadUnaligned<int>(x{(p == 0 ? "" : $" + {2 * p}")})), w{p});");
        }

        writer.Lines("TFloat y = TIsa.MultiplyAdd(TIsa.ToFloat(sums), factor, bias);");
        EpilogueText.Write(writer, Epilogue, "first + row", count, "integers + row * 16");
        writer.Close();
        EpilogueText.WriteAfter(writer, Epilogue, EpilogueText.HasOutliers, "integers", "rows", "1", "first", "column", Outputs.ToString());
        writer.Close();
        writer.Close();
        writer.Close();
        writer.Close();
    }
}

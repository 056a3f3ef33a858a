using StableQuant.Graph;

namespace StableQuant.Generator.Emit.Kernels;

/// <summary>The first convolution: one channel of 16-bit samples, the filters being the utterance's own.</summary>
/// <param name="Taps">Taps of the convolution.</param>
/// <param name="Stride">Samples from one window to the next.</param>
/// <param name="Outputs">Channels made.</param>
/// <param name="Epilogue">What follows.</param>
internal sealed record AudioKernel(int Taps, int Stride, int Outputs, EpilogueForm Epilogue) : Kernel
{
    /// <summary>Rows that are taken through all panels before the next: their results stay in the cache until every channel is there.</summary>
    private const int BlockRows = 64;

    /// <inheritdoc/>
    public override string Name => $"Audio{Taps}Stride{Stride}To{Outputs}{Epilogue.Suffix}";

    /// <inheritdoc/>
    public override void Write(SourceWriter writer)
    {
        int pairs = (Taps + 1) / 2;
        writer.Lines($"/// <summary>{Taps} samples of 16 bits, every {Stride}, × {Outputs} outputs; {Epilogue.Words}.</summary>");
        writer.Open($"private static class {Name}");
        writer.Lines("[MethodImpl(MethodImplOptions.AggressiveOptimization)]");
        writer.Open("internal static void Run(in SQ::LayerArguments a, in SQ::AudioFilters filters, in SQ::AudioSamples audio)");
        writer.Open($"for (int first = a.FirstRow; first < a.EndRow; first += {BlockRows})");
        writer.Lines($"int end = global::System.Math.Min(first + {BlockRows}, a.EndRow);");
        writer.Open($"for (int panel = 0; panel < {PanelLayout.Panels(Outputs)}; panel++)");
        writer.Lines($"int* w = filters.Weights + panel * {pairs * PanelLayout.Outputs};");
        for (int p = 0; p < pairs; p++)
        {
            writer.Lines($"TInt w{p} = TPath.LoadInt(w + {p * PanelLayout.Outputs});");
        }

        writer.Lines("""
            int column = panel * 16;
            TInt offset = TPath.LoadInt(filters.Offsets + column);
            TFloat factor = TPath.Load(filters.Factors + column);
            TFloat bias = TPath.Load(filters.Biases + column);
            """);
        writer.Open("for (int row = first; row < end; row++)");
        writer.Lines($"short* x = audio.Samples + (long)row * {Stride};");
        for (int p = 0; p < pairs; p++)
        {
            writer.Lines($"{(p == 0 ? "TInt " : "")}sums = TPath.AddPairs({(p == 0 ? "offset" : "sums")}, TPath.BroadcastInt(Unsafe.ReadUnaligned<int>(x + {2 * p})), w{p});");
        }

        writer.Lines("Store(a, TPath.MultiplyAdd(TPath.ToFloat(sums), factor, bias), row, column);");
        writer.Close();
        writer.Close();
        writer.Close();
        writer.Close();
        writer.Lines("");
        writer.Lines("[MethodImpl(MethodImplOptions.AggressiveInlining)]");
        writer.Open("private static void Store(in SQ::LayerArguments a, TFloat y, int row, int column)");
        EpilogueText.Write(writer, Epilogue, Outputs.ToString(), Outputs);
        writer.Close();
        writer.Close();
    }
}

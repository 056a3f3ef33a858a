using StableQuant.Graph;

namespace StableQuant.Generator.Emit.Kernels;

/// <summary>The first convolution: one channel of 16-bit samples in two planes of bytes, both multiplied by the same weights.</summary>
/// <param name="Taps">Taps of the convolution.</param>
/// <param name="Stride">Samples from one window to the next.</param>
/// <param name="Outputs">Channels made.</param>
/// <param name="Epilogue">What follows.</param>
internal sealed record AudioKernel(int Taps, int Stride, int Outputs, EpilogueForm Epilogue) : Kernel
{
    /// <inheritdoc/>
    public override string Name => $"Audio{Taps}Stride{Stride}To{Outputs}{Epilogue.Suffix}";

    /// <inheritdoc/>
    public override void Write(SourceWriter writer)
    {
        int groups = PanelLayout.InputGroups(Taps);
        writer.Lines($"/// <summary>{Taps} samples of 16 bits, every {Stride}, × {Outputs} s8 outputs; {Epilogue.Words}.</summary>");
        writer.Open($"private static class {Name}");
        writer.Lines("[MethodImpl(MethodImplOptions.AggressiveOptimization)]");
        writer.Open("internal static void Run(in SQ::LayerArguments a, in SQ::AudioPlanes audio)");
        writer.Open($"for (int panel = 0; panel < {PanelLayout.Panels(Outputs)}; panel++)");
        writer.Lines($"byte* w = a.Weights + panel * {groups * 64};");
        for (int g = 0; g < groups; g++)
        {
            writer.Lines($"TWeights w{g} = TPath.LoadWeights(w + {g * 64});");
        }

        writer.Open("for (int row = a.FirstRow; row < a.EndRow; row++)");
        writer.Lines($"""
            byte* high = audio.High + (long)row * {Stride};
            byte* low = audio.Low + (long)row * {Stride};
            TSums sumsHigh = default, sumsLow = default;
            """);
        for (int g = 0; g < groups; g++)
        {
            writer.Lines($"""
                sumsHigh = TPath.Dot(sumsHigh, TPath.LoadInput(high + {g * 4}), w{g});
                sumsLow = TPath.Dot(sumsLow, TPath.LoadInput(low + {g * 4}), w{g});
                """);
        }

        writer.Lines("Store(a, audio, sumsHigh, sumsLow, row, panel);");
        writer.Close();
        writer.Close();
        writer.Close();
        writer.Lines("");
        writer.Lines("[MethodImpl(MethodImplOptions.AggressiveInlining)]");
        writer.Open("private static void Store(in SQ::LayerArguments a, in SQ::AudioPlanes audio, TSums sumsHigh, TSums sumsLow, int row, int panel)");
        writer.Lines("""
            int column = panel * 16;
            TInt weightSums = TPath.LoadInt(a.Sums + column);
            TInt sums = TPath.AddInt(TPath.ShiftLeft(TPath.Finish(sumsHigh), 8), TPath.Finish(sumsLow));
            sums = TPath.AddInt(sums, TPath.MultiplyInt(weightSums, TPath.BroadcastInt(257 * TPath.InputBias - audio.ZeroPoint)));
            TFloat y = TPath.Subtract(TPath.ToFloat(sums), TPath.Multiply(TPath.ToFloat(weightSums), TPath.Broadcast(audio.Remainder)));
            y = TPath.Multiply(y, TPath.Broadcast(audio.Step));
            y = TPath.Add(TPath.Multiply(y, TPath.Load(a.Multipliers + column)), TPath.Load(a.Bias + column));
            """);
        EpilogueText.Write(writer, Epilogue, Outputs.ToString(), Outputs);
        writer.Close();
        writer.Close();
    }
}

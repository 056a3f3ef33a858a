namespace StableQuant.Generator.Emit.Kernels;

/// <summary>A convolution of each channel by itself, in int8 or float32.</summary>
/// <param name="Channels">Channels.</param>
/// <param name="Taps">Taps along time.</param>
/// <param name="Stride">Frames from one output to the next.</param>
/// <param name="PadLeft">Frames of the first window that lie before the utterance.</param>
/// <param name="IsInt8">Whether in int8.</param>
/// <param name="Epilogue">What follows.</param>
internal sealed record DepthwiseKernel(int Channels, int Taps, int Stride, int PadLeft, bool IsInt8, EpilogueForm Epilogue) : Kernel
{
    /// <inheritdoc/>
    public override string Name => $"{(IsInt8 ? "" : "Float")}Depthwise{Channels}x{Taps}Stride{Stride}Pad{PadLeft}{Epilogue.Suffix}";

    /// <inheritdoc/>
    public override void Write(SourceWriter writer)
    {
        writer.Lines($"/// <summary>{Channels} channels in {(IsInt8 ? "u8 × s8" : "float32")}, each convolved by itself, {Taps} taps, every {Stride}; {Epilogue.Words}.</summary>");
        writer.Open($"private static class {Name}");
        writer.Open("internal static void Run(in __Layers::LayerArguments a)");
        writer.Lines($"__Layers::DepthwiseConvolution<TIsa, TInt, TFloat>.Run{(IsInt8 ? "" : "Float")}(a, new __Layers::DepthwiseShape({Channels}, {Taps}, {Stride}, {PadLeft}), &Store);");
        writer.Close();
        writer.Lines("");
        ProductStore.Write(writer, IsInt8 ? Arithmetic.Int16Pairs : Arithmetic.Float, Scaling.PerOutput, Channels, Channels, Epilogue);
        writer.Close();
    }
}

namespace StableQuant.Generator.Emit.Kernels;

/// <summary>A convolution over time and bands, in int8 or float32.</summary>
/// <param name="Bands">Bands of a frame of the input.</param>
/// <param name="Inputs">Channels of the input: 1, or those of the result.</param>
/// <param name="Channels">Channels of the result.</param>
/// <param name="Taps">Taps along time, and along bands.</param>
/// <param name="Stride">Frames, and bands, from one output to the next.</param>
/// <param name="Padding">Frames, and bands, of the first window that lie before the utterance.</param>
/// <param name="IsInt8">Whether in int8.</param>
/// <param name="Epilogue">What follows.</param>
internal sealed record Convolution2dKernel(int Bands, int Inputs, int Channels, int Taps, int Stride, int Padding, bool IsInt8, EpilogueForm Epilogue) : Kernel
{
    /// <inheritdoc/>
    public override string Name => $"{(IsInt8 ? "" : "Float")}Convolution2d{Bands}Of{Inputs}To{Channels}x{Taps}Stride{Stride}Pad{Padding}{Epilogue.Suffix}";

    /// <inheritdoc/>
    public override void Write(SourceWriter writer)
    {
        writer.Lines($"/// <summary>{Bands} bands in {(IsInt8 ? "u8 × s8" : "float32")}, {(Inputs == 1 ? $"one channel into {Channels}" : $"{Channels} channels, each convolved by itself")}, {Taps} × {Taps} taps, every {Stride}; {Epilogue.Words}.</summary>");
        writer.Open($"private static class {Name}");
        writer.Open("internal static void Run(in __Layers::LayerArguments a, int frames)");
        writer.Lines($"__Layers::Convolution2d<TIsa, TInt, TFloat>.Run{(IsInt8 ? "" : "Float")}(a, new __Layers::Convolution2dShape({Bands}, {Inputs}, {Channels}, {Taps}, {Stride}, {Padding}), frames, &Store);");
        writer.Close();
        writer.Lines("");
        ProductStore.Write(writer, IsInt8 ? Arithmetic.Int16Pairs : Arithmetic.Float, Scaling.PerOutput, Channels, Channels, Epilogue);
        writer.Close();
    }
}

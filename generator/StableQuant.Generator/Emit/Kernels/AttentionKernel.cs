using StableQuant.Generator.Lower;
using StableQuant.Graph;

namespace StableQuant.Generator.Emit.Kernels;

/// <summary>
/// Attention, head by head: keys and values packed like weights, then, a block of queries at a time, scores, softmax and
/// the product with the values. In int8 the probabilities are u8; in float32 they replace the scores. Memory grows with
/// the frames, not with their square.
/// </summary>
/// <param name="Heads">Number of heads.</param>
/// <param name="HeadSize">Channels of one head.</param>
/// <param name="Arithmetic">How both products multiply.</param>
/// <param name="Epilogue">What follows.</param>
internal sealed record AttentionKernel(int Heads, int HeadSize, Arithmetic Arithmetic, EpilogueForm Epilogue) : Kernel
{
    /// <inheritdoc/>
    public override string Name => $"{Arithmetic.Title}Attention{Heads}x{HeadSize}{Epilogue.Suffix}";

    /// <summary>q·kᵀ: float scores.</summary>
    public ProductKernel Scores => new(
        $"Scores{HeadSize}Of{Channels}", Arithmetic, Channels, HeadSize, null, null, Scaling.Single, new EpilogueForm(false, false, true, null, false), null);

    /// <summary>Probabilities · v.</summary>
    public ProductKernel Context => new(
        $"Context{HeadSize}Of{Channels}", Arithmetic, null, null, HeadSize, Channels, IsFloat ? Scaling.None : Scaling.Single, Epilogue, null);

    private int Channels => Heads * HeadSize;

    private bool IsFloat => Arithmetic == Arithmetic.Float;

    /// <inheritdoc/>
    public override void Write(SourceWriter writer)
    {
        string kept = !Epilogue.Keep ? "" : """

                Limit = a.Limit,
                FirstChannel = channel,
                Remainders = a.Remainders.From(start),
            """;
        writer.Lines($"/// <summary>{Heads} heads of {HeadSize}: softmax(q·kᵀ)·v in {(IsFloat ? "float32" : "int8")}; {Epilogue.Words}.</summary>");
        writer.Open($"private static class {Name}");
        writer.Open("internal static void Run(in SQ::AttentionArguments a)");
        writer.Lines("int padded = (a.Frames + 15) & ~15;");
        writer.Open($"for (int head = 0; head < {Heads}; head++)");
        writer.Lines($"int channel = head * {HeadSize};");
        writer.Lines(IsFloat
            ? $"""
                SQ::AttentionPacking.Keys((float*)a.Key + channel, {Channels}, a.Frames, {HeadSize}, (float*)a.KeyPanels);
                SQ::AttentionPacking.Values((float*)a.Value + channel, {Channels}, a.Frames, {HeadSize}, (float*)a.ValuePanels);
                """
            : $"""
                SQ::AttentionPacking.Keys(a.Key + channel, {Channels}, a.Frames, {HeadSize}, a.KeyPanels, a.KeySums);
                SQ::AttentionPacking.Values(a.Value + channel, {Channels}, a.Frames, {HeadSize}, a.ValuePanels, a.ValueSums);
                """);
        writer.Open($"for (int start = 0; start < a.Frames; start += {AttentionStep.BlockRows})");
        writer.Lines($$"""
            int rows = global::System.Math.Min({{AttentionStep.BlockRows}}, a.Frames - start);
            long first = (long)start * {{Channels}} + channel;
            """);
        writer.Open($"{Scores.Name}.Run(new SQ::LayerArguments");
        writer.Lines("Rows = rows,");
        writer.Lines(IsFloat
            ? """
                Source = (float*)a.Query + first,
                Weights = a.KeyPanels,
                """
            : """
                Input = a.Query + first,
                InputZeroPoint = a.QueryZeroPoint,
                Weights = a.KeyPanels,
                Sums = a.KeySums,
                """);
        writer.Lines("""
            Panels = padded / 16,
            Multiplier = a.ScoreMultiplier,
            Output = a.Scores,
            OutputStride = padded,
            """);
        writer.Close(");");
        writer.Open("for (int row = 0; row < rows; row++)");
        writer.Lines($"SQ::Softmax<TPath, TInt, TFloat>.Row(a.Scores + (long)row * padded, a.Frames{(IsFloat ? "" : ", a.Probabilities + (long)row * padded")});");
        writer.Close();
        writer.Lines("");
        writer.Open($"{Context.Name}.Run(new SQ::LayerArguments");
        writer.Lines("Rows = rows,");
        writer.Lines(IsFloat
            ? """
                Source = a.Scores,
                InputStride = padded,
                InputGroups = a.Frames,
                Weights = a.ValuePanels,
                """
            : """
                Input = a.Probabilities,
                InputStride = padded,
                InputGroups = padded / 4,
                Weights = a.ValuePanels,
                Sums = a.ValueSums,
                Multiplier = a.ContextMultiplier,
                """);
        writer.Lines($"""
            Output = a.Output + first,
            Quantized = a.Quantized + first,
            InverseScale = a.InverseScale,
            ZeroPoint = a.ZeroPoint,{kept}
            """);
        writer.Close(");");
        writer.Close();
        writer.Close();
        writer.Close();
        writer.Close();
    }
}

using StableQuant.Generator.Lower;
using StableQuant.Graph;

namespace StableQuant.Generator.Emit.Kernels;

/// <summary>
/// Attention, head by head: keys and values packed like weights, then, a block of queries at a time, integer scores,
/// softmax to u8 and the integer product with the values. Memory grows with the frames, not with their square.
/// </summary>
/// <param name="Heads">Number of heads.</param>
/// <param name="HeadSize">Channels of one head.</param>
/// <param name="Epilogue">What follows.</param>
internal sealed record AttentionKernel(int Heads, int HeadSize, EpilogueForm Epilogue) : Kernel
{
    /// <inheritdoc/>
    public override string Name => $"Attention{Heads}x{HeadSize}{Epilogue.Suffix}";

    /// <summary>q·kᵀ: float scores.</summary>
    public ProductKernel Scores => new(
        $"Scores{HeadSize}Of{Channels}", Channels, HeadSize, null, null, Dequantization.Single, new EpilogueForm(false, false, true, null, false), null);

    /// <summary>Probabilities · v.</summary>
    public ProductKernel Context => new($"Context{HeadSize}Of{Channels}", null, null, HeadSize, Channels, Dequantization.Single, Epilogue, null);

    private int Channels => Heads * HeadSize;

    /// <inheritdoc/>
    public override void Write(SourceWriter writer)
    {
        string kept = !Epilogue.Keep ? "" : """

                Limit = a.Limit,
                FirstChannel = channel,
                Remainders = a.Remainders.From(start),
            """;
        writer.Lines($"/// <summary>{Heads} heads of {HeadSize}: softmax(q·kᵀ)·v in int8; {Epilogue.Words}.</summary>");
        writer.Open($"private static class {Name}");
        writer.Open("internal static void Run(in SQ::AttentionArguments a)");
        writer.Lines("int padded = (a.Frames + 15) & ~15;");
        writer.Open($"for (int head = 0; head < {Heads}; head++)");
        writer.Lines($$"""
            int channel = head * {{HeadSize}};
            SQ::AttentionPacking.Keys(a.Key + channel, {{Channels}}, a.Frames, {{HeadSize}}, a.KeyPanels, a.KeySums);
            SQ::AttentionPacking.Values(a.Value + channel, {{Channels}}, a.Frames, {{HeadSize}}, a.ValuePanels, a.ValueSums);
            """);
        writer.Open($"for (int start = 0; start < a.Frames; start += {AttentionStep.BlockRows})");
        writer.Lines($$"""
            int rows = global::System.Math.Min({{AttentionStep.BlockRows}}, a.Frames - start);
            long first = (long)start * {{Channels}} + channel;
            {{Scores.Name}}.Run(new SQ::LayerArguments
            {
                Rows = rows,
                Input = a.Query + first,
                InputZeroPoint = a.QueryZeroPoint,
                Weights = a.KeyPanels,
                Sums = a.KeySums,
                Panels = padded / 16,
                Multiplier = a.ScoreMultiplier,
                Output = a.Scores,
                OutputStride = padded,
            });
            for (int row = 0; row < rows; row++)
            {
                SQ::Softmax<TPath, TInt, TFloat>.Row(a.Scores + (long)row * padded, a.Frames, a.Probabilities + (long)row * padded);
            }

            {{Context.Name}}.Run(new SQ::LayerArguments
            {
                Rows = rows,
                Input = a.Probabilities,
                InputStride = padded,
                InputGroups = padded / 4,
                Weights = a.ValuePanels,
                Sums = a.ValueSums,
                Multiplier = a.ContextMultiplier,
                Output = a.Output + first,
                Quantized = a.Quantized + first,
                InverseScale = a.InverseScale,
                ZeroPoint = a.ZeroPoint,{{kept}}
            });
            """);
        writer.Close();
        writer.Close();
        writer.Close();
        writer.Close();
    }
}

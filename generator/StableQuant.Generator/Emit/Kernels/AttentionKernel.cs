using StableQuant.Graph.Layout;

namespace StableQuant.Generator.Emit.Kernels;

/// <summary>What an attention's scores have beside products of queries and keys.</summary>
internal enum AttentionPositions
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>A gated bias for the distance between query and key.</summary>
    Biased,

    /// <summary>A product of query and position of the distance, and a bias for it.</summary>
    Relative,

    /// <summary>A score of the query's own for the distance.</summary>
    RelativeKey,
}

/// <summary>
/// Attention: all heads' keys and values packed like weights, then, head by head and a block of queries at a time, scores,
/// softmax and the product with the values. In int8 the probabilities are u8, each row on a grid of its own; in float32 they replace the scores. Memory grows with
/// the frames, not with their square.
/// </summary>
/// <param name="Heads">Number of heads.</param>
/// <param name="HeadSize">Channels of one head.</param>
/// <param name="Positions">What scores have beside products of queries and keys.</param>
/// <param name="Arithmetic">How both products multiply.</param>
/// <param name="Epilogue">What follows.</param>
internal sealed record AttentionKernel(int Heads, int HeadSize, AttentionPositions Positions, Arithmetic Arithmetic, EpilogueForm Epilogue) : Kernel
{
    /// <inheritdoc/>
    public override string Name => $"{Arithmetic.Title}{(Positions == AttentionPositions.None ? "" : Positions)}Attention{Heads}x{HeadSize}{Epilogue.Suffix}";

    /// <summary>q·kᵀ: float scores.</summary>
    public GemmKernel Scores => new(
        $"Scores{HeadSize}Of{Channels}", Arithmetic, Channels, HeadSize, null, null, Scaling.Single, new EpilogueForm(null, false, true, null, false, false), null);

    /// <summary>Probabilities · v.</summary>
    public GemmKernel Context => new(
        $"Context{HeadSize}Of{Channels}", Arithmetic, null, null, HeadSize, Channels, IsFloat ? Scaling.None : Scaling.PerRow, Epilogue, null);

    private string Added => Positions switch
    {
        AttentionPositions.Biased => " + gate · bias",
        AttentionPositions.Relative => " + q·pᵀ + bias",
        AttentionPositions.RelativeKey => " + distance",
        _ => "",
    };

    private int Channels => Heads * HeadSize;

    private bool IsFloat => Arithmetic == Arithmetic.Float;

    /// <inheritdoc/>
    public override void Write(SourceWriter writer)
    {
        writer.Lines($"/// <summary>{Heads} heads of {HeadSize}: softmax(q·kᵀ{Added})·v in {(IsFloat ? "float32" : "int8")}; {Epilogue.Words}.</summary>");
        writer.Open($"private static class {Name}");
        writer.Open("internal static void Run(in __Gemm::MicroKernel microKernel, in __Layers::AttentionArguments a, in __SQ::Threads.Worker worker)");
        int paddedSize = PanelLayout.Padded(HeadSize);
        int element = IsFloat ? sizeof(float) : sizeof(byte);
        string keyPanels = $"a.KeyPanels + (long)head * padded * {(IsFloat ? HeadSize * element : PanelLayout.PaddedInputs(HeadSize))}";
        string valuePanels = $"a.ValuePanels + (long)head * padded * {paddedSize * element}";
        writer.Lines("int padded = (a.Frames + 15) & ~15;");
        if (Positions == AttentionPositions.Relative)
        {
            writer.Lines("int distances = (2 * a.Frames + 14) & ~15;");
        }

        writer.Open($"for (int head = worker.Index; head < {Heads}; head += worker.Count)");
        writer.Lines($"int channel = head * {HeadSize};");
        writer.Lines(IsFloat
            ? $"""
                __Layers::AttentionPacking.Keys((float*)a.Key + channel, {Channels}, a.Frames, {HeadSize}, (float*)({keyPanels}));
                __Layers::AttentionPacking.Values((float*)a.Value + channel, {Channels}, a.Frames, {HeadSize}, (float*)({valuePanels}));
                """
            : $"""
                __Layers::AttentionPacking.Keys(a.Key + channel, {Channels}, a.Frames, {HeadSize}, {keyPanels}, a.KeySums + (long)head * padded);
                __Layers::AttentionPacking.Values(a.Value + channel, {Channels}, a.Frames, {HeadSize}, {valuePanels}, a.ValueSums + head * {paddedSize});
                """);
        string positionPanels = $"a.PositionPanels + (long)head * distances * {(IsFloat ? HeadSize * element : PanelLayout.PaddedInputs(HeadSize))}";
        if (Positions == AttentionPositions.Relative)
        {
            writer.Lines(IsFloat
                ? $"__Layers::AttentionPacking.Positions((float*)a.Position + channel, {2 * Channels}, {Channels}, a.Frames, {HeadSize}, (float*)({positionPanels}));"
                : $"__Layers::AttentionPacking.Positions(a.Position + channel, {2 * Channels}, {Channels}, a.Frames, {HeadSize}, {positionPanels}, a.PositionSums + (long)head * distances);");
            writer.Lines($"__Layers::RelativePositions<TIsa, TInt, TFloat>.Spread(a, head, {Heads}, a.Biases + (long)head * 2 * padded);");
        }

        if (Positions == AttentionPositions.Biased)
        {
            writer.Lines($"""
                __Layers::RelativeBias<TIsa, TInt, TFloat>.Spread(a, head, a.Biases + (long)head * 2 * padded);
                __Layers::RelativeBias<TIsa, TInt, TFloat>.Gates(a, head, {Heads}, a.Gates + (long)head * padded);
                """);
        }

        writer.Close();
        writer.Lines("");
        writer.Lines($"""
            worker.Barrier();
            (int firstQuery, int endQuery) = worker.Rows(a.Frames, {TileLayout.MaxRows});
            float* scores = a.Scores + (long)worker.Index * {TileLayout.AttentionRows} * padded;
            """);
        if (Positions == AttentionPositions.Relative)
        {
            writer.Lines($"float* positionScores = a.PositionScores + (long)worker.Index * {TileLayout.AttentionRows} * (a.Frames + {PositionSlack});");
        }

        if (!IsFloat)
        {
            writer.Lines($"""
                byte* probabilities = a.Probabilities + (long)worker.Index * {TileLayout.AttentionRows} * padded;
                float* multipliers = stackalloc float[{TileLayout.AttentionRows}];
                """);
        }

        writer.Open($"for (int head = 0; head < {Heads}; head++)");
        writer.Lines($"int channel = head * {HeadSize};");
        writer.Open($"for (int start = firstQuery; start < endQuery; start += {TileLayout.AttentionRows})");
        writer.Lines($$"""
            int rows = global::System.Math.Min({{TileLayout.AttentionRows}}, endQuery - start);
            long first = (long)start * {{Channels}} + channel;
            """);
        writer.Open($"{Scores.Name}.Run(microKernel, new __Layers::LayerArguments");
        writer.Lines("EndRow = rows,");
        writer.Lines(IsFloat
            ? """
                Source = (float*)a.Query + first,
                """
            : """
                Input = a.Query + first,
                InputZeroPoint = a.QueryZeroPoint,
                Sums = a.KeySums + (long)head * padded,
                """);
        writer.Lines($"Weights = {keyPanels},");
        writer.Lines("""
            Panels = padded / 16,
            Multiplier = a.ScoreMultiplier,
            Output = scores,
            OutputStride = padded,
            """);
        writer.Close(");");
        if (Positions == AttentionPositions.Relative)
        {
            WritePositions(writer, positionPanels);
        }
        else if (Positions == AttentionPositions.Biased)
        {
            writer.Lines("__Layers::RelativeBias<TIsa, TInt, TFloat>.Add(scores, start, rows, a.Frames, a.Biases + (long)head * 2 * padded, a.Gates + (long)head * padded);");
        }
        else if (Positions == AttentionPositions.RelativeKey)
        {
            writer.Lines($"__Layers::RelativeKeys<TIsa, TInt, TFloat>.Add(a, head, {Heads}, start, rows, scores);");
        }

        writer.Lines($"__Layers::Softmax<TIsa, TInt, TFloat>.Rows(scores, rows, a.Frames{(IsFloat ? "" : ", a.ValueScale, probabilities, multipliers")});");
        writer.Open($"{Context.Name}.Run(microKernel, new __Layers::LayerArguments");
        writer.Lines("EndRow = rows,");
        writer.Lines(IsFloat
            ? """
                Source = scores,
                InputStride = padded,
                InputGroups = a.Frames,
                """
            : $"""
                Input = probabilities,
                InputStride = padded,
                InputGroups = padded / 4,
                Sums = a.ValueSums + head * {paddedSize},
                RowMultipliers = multipliers,
                """);
        writer.Lines($"""
            Weights = {valuePanels},
            Output = a.Output + first,
            Quantized = a.Quantized + first,
            InverseScale = a.InverseScale,
            ZeroPoint = a.ZeroPoint,
            """);
        if (Epilogue.Keep)
        {
            writer.Lines("""
                Limit = a.Limit,
                FirstChannel = channel,
                Outliers = a.Outliers.From(start),
                """);
        }

        writer.Close(");");
        writer.Close();
        writer.Close();
        writer.Close();
        writer.Close();
    }

    /// <summary>Frames more than there are that a block's products with positions have room for.</summary>
    private const int PositionSlack = TileLayout.AttentionRows + 3 * PanelLayout.Outputs;

    // Of the distances those that the block's queries have, in whole panels.
    private void WritePositions(SourceWriter writer, string panels)
    {
        int panelBytes = PanelLayout.Outputs * (IsFloat ? HeadSize * sizeof(float) : PanelLayout.PaddedInputs(HeadSize));
        writer.Lines("""
            int firstPanel = (a.Frames - start - rows) / 16;
            int panels = (2 * a.Frames - 2 - start) / 16 - firstPanel + 1;
            """);
        writer.Open($"{Scores.Name}.Run(microKernel, new __Layers::LayerArguments");
        writer.Lines("EndRow = rows,");
        writer.Lines(IsFloat
            ? """
                Source = (float*)a.Query + first,
                Multiplier = a.ScoreMultiplier,
                """
            : """
                Input = a.Query + first,
                InputZeroPoint = a.QueryZeroPoint,
                Sums = a.PositionSums + (long)head * distances + firstPanel * 16,
                Multiplier = a.PositionMultiplier,
                """);
        writer.Lines($"""
            Weights = {panels} + firstPanel * {panelBytes},
            Panels = panels,
            Output = positionScores,
            OutputStride = panels * 16,
            """);
        writer.Close(");");
        writer.Lines("""
            int nearest = a.Frames - 1 - start;
            __Layers::RelativePositions<TIsa, TInt, TFloat>.Add(scores, rows, a.Frames, positionScores + nearest - firstPanel * 16, panels * 16, a.Biases + (long)head * 2 * padded + nearest);
            """);
    }
}

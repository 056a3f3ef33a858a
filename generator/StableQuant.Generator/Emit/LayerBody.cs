using StableQuant.Generator.Emit.Kernels;
using StableQuant.Generator.Lower;
using StableQuant.Graph;
using StableQuant.Graph.Layout;

namespace StableQuant.Generator.Emit;

/// <summary>Writes the body of a layer's method: which kernel, over which memory, with which constants.</summary>
internal static class LayerBody
{
    public static void Write(SourceWriter writer, Step step, Kernel kernel)
    {
        string frames = $"work.Frames.Stage{step.Stage}";
        string? outliers = step.Epilogue.Quantized is { Kept: { } kept, Channels: var channels } ? ArgumentText.List(kept, frames, channels) : null;
        if (step is not AttentionStep || outliers is not null)
        {
            writer.Lines($"(int first, int end) = worker.Rows({frames}, {TileLayout.MaxRows});");
        }

        WritePadding(writer, step.Epilogue.Float, frames, "Clear()");
        WritePadding(writer, step.Epilogue.Quantized?.Buffer, frames, step.Epilogue.Quantized is { } padded ? $"Fill({GridText.Zero(padded)})" : "");
        if (outliers is not null)
        {
            writer.Lines($"__Outliers::OutlierList outliers = {outliers};");
            writer.Lines("outliers.Clear(first, end);");
        }

        WriteRun(writer, step, kernel, frames);
        writer.Lines("worker.Barrier();");
    }

    private static void WriteRun(SourceWriter writer, Step step, Kernel kernel, string frames)
    {
        switch (step)
        {
            case WaveformStep s:
                WriteAudio(writer, s, kernel, frames);
                break;
            case LogMelStep s:
                WriteFeatures(writer, s, kernel);
                break;
            case ProductStep s:
                WriteProduct(writer, s, kernel);
                break;
            case DepthwiseStep s:
                WriteDepthwise(writer, s, kernel);
                break;
            case Convolution2dStep s:
                WriteConvolution2d(writer, s, kernel);
                break;
            case AttentionStep s:
                WriteAttention(writer, s, kernel, frames);
                break;
            case RowStep s:
                WriteRow(writer, s, kernel, frames);
                break;
        }
    }

    private static void WriteRow(SourceWriter writer, RowStep s, Kernel kernel, string frames)
    {
        if (s.Operation is GroupNorm { Epsilon: var added })
        {
            writer.Lines($"""
                (int firstChannel, int endChannel) = worker.Rows({s.Channels}, 16);
                float* mean = (float*)work.Slot{s.Statistics!.Slot};
                __Layers::Normalization<TIsa, TInt, TFloat>.OfChannels({ArgumentText.Floats(s.Input)}, {frames}, {s.Channels}, firstChannel, endChannel, {SourceWriter.Literal(added)}, mean, mean + {PanelLayout.Padded(s.Channels)});
                worker.Barrier();
                """);
        }

        if (s.Operation is Sinusoids { Packed: { } rotations, Rows: var rows, IsBFloat16: var isRounded })
        {
            writer.Lines($"__Layers::Rotations.Waves((float*)({ArgumentText.At(rotations)}), {s.Channels}, {rows}, {(isRounded ? "true" : "false")}, first, end, {ArgumentText.Floats(s.Input)});");
        }

        if (s is { Operation: Rotary { Heads: var heads }, Turned: { } turned })
        {
            writer.Lines($"__Layers::Rotary<TIsa, TInt, TFloat>.Rows({ArgumentText.Floats(turned.Input)}, {ArgumentText.Floats(turned.Waves)}, first, end, {heads}, {s.Channels / heads}, {ArgumentText.Floats(s.Input)});");
        }

        if (s.Operation is UtterancePool pool)
        {
            string input = $"{ArgumentText.Floats(s.Input)}, work.Frames.Stage{s.Input.Stage}, {s.Input.RowBytes / sizeof(float)}";
            writer.Lines($"""
                (int firstChannel, int endChannel) = worker.Rows({s.Input.RowBytes / sizeof(float)}, 16);
                __Layers::Pooling<TIsa, TInt, TFloat>.{(pool is StatisticsPool ? "Statistics" : "Mean")}({input}, firstChannel, endChannel, {ArgumentText.Floats(s.Statistics!)});
                worker.Barrier();
                """);
        }

        writer.Open($"{kernel.Name}.Run(new __Layers::LayerArguments");
        ArgumentText.WriteRows(writer);
        writer.Lines($"Source = {ArgumentText.Floats(s.Operation is UtterancePool ? s.Statistics! : s.Input)},");
        if (s.Operation is Norm { Packed: { } packed })
        {
            ArgumentText.WritePacked(writer, packed);
        }

        if (s.Operation is LayerNorm { Epsilon: var epsilon })
        {
            writer.Lines($"Epsilon = {SourceWriter.Literal(epsilon)},");
        }

        if (s.Operation is Scale { Factor: var factor })
        {
            writer.Lines($"Multiplier = {SourceWriter.Literal(factor)},");
        }

        if (s is { Operation: GroupNorm, Statistics: { } statistics })
        {
            writer.Lines($"Scratch = work.Slot{statistics.Slot},");
        }

        ArgumentText.WriteOutputs(writer, s.Epilogue, "");
        writer.Close(");");
    }

    private static void WriteAudio(SourceWriter writer, WaveformStep step, Kernel kernel, string frames)
    {
        Convolution convolution = step.Convolution;
        string moments = step.Moments is null ? "null" : $"work.Slot{step.Moments.Slot}";
        writer.Lines($"__SQ::FrontEnd.WaveformFilters filters = new(work.Slot{step.Filters.Slot}, {moments}, {convolution.Kernel}, {convolution.Stride}, {convolution.OutputChannels});");
        if (step.Norm is not null)
        {
            writer.Lines("""
                filters.Measure(work.Audio, worker.Index, first, end);
                worker.Barrier();
                """);
        }

        writer.Lines($"(int firstChannel, int endChannel) = worker.Rows({convolution.OutputChannels}, 16);");
        writer.Open(step.Norm is null
            ? "filters.Make(work.Audio, new __Layers::LayerArguments"
            : $"filters.MakeNormalised(work.Audio, worker.Count, {frames}, new __Layers::LayerArguments");
        ArgumentText.WritePacked(writer, convolution, "", limits: false, bias: step.Norm is null);
        if (step.Norm is { } norm)
        {
            ArgumentText.WritePacked(writer, norm.Packed!);
            writer.Lines($"Epsilon = {SourceWriter.Literal(norm.Epsilon)},");
        }

        writer.Close(", firstChannel, endChannel);");
        writer.Lines("worker.Barrier();");
        writer.Open($"{kernel.Name}.Run(new __Layers::LayerArguments");
        ArgumentText.WriteRows(writer);
        ArgumentText.WriteOutputs(writer, step.Epilogue, "");
        writer.Close(", filters, work.Audio);");
    }

    private static void WriteFeatures(SourceWriter writer, LogMelStep step, Kernel kernel)
    {
        string logarithms = ArgumentText.Floats(step.Logarithms), scratch = $"work.Slot{step.Scratch.Slot} + worker.Index * {step.Scratch.FixedBytes}L";
        writer.Lines($"""
            (int firstFrame, int endFrame) = worker.Rows(work.Frames.Stage1, {LogMelLayout.BlockFrames});
            __SQ::FrontEnd.LogMelKernels<TIsa, TInt, TFloat>.Run(FrontEnd, (float*)work.Slot{step.Samples.Slot}, work.Frames.Stage0, firstFrame, endFrame, {logarithms}, {scratch});
            worker.Barrier();
            (int firstBand, int endBand) = worker.Rows({step.FrontEnd.Bands}, 16);
            __SQ::FrontEnd.LogMelKernels<TIsa, TInt, TFloat>.Measure(FrontEnd, {logarithms}, work.Frames.Stage1, {step.FrontEnd.Stack}, firstBand, endBand, (float*)work.Slot{step.Statistics.Slot});
            worker.Barrier();
            """);
        writer.Open($"{kernel.Name}.Run(new __Layers::LayerArguments");
        ArgumentText.WriteRows(writer);
        writer.Lines($"Source = {logarithms},");
        writer.Lines($"Scratch = work.Slot{step.Statistics.Slot},");
        ArgumentText.WriteOutputs(writer, step.Epilogue, "");
        writer.Close(");");
    }

    private static void WriteProduct(SourceWriter writer, ProductStep step, Kernel kernel)
    {
        Lower.Buffer input = step.Input.Buffer;
        if (step.Product.Input == Operation.Audio)
        {
            writer.Open("if (worker.IsFirst)");
            writer.Lines($"work.Audio.Normalised((float*)work.Slot{input.Slot}, work.Frames.Stage0);");
            writer.Close();
            writer.Lines("worker.Barrier();");
        }

        if (step.Product is Convolution { Groups: > 1 } grouped)
        {
            int width = grouped.InputChannels / grouped.Groups;
            int outputs = grouped.OutputChannels / grouped.Groups;
            writer.Lines($"int rows = work.Frames.Stage{input.Stage}{ArgumentText.Plus(input.PadLeft + input.PadRight)};");
            writer.Lines($"""
                (int firstCopied, int endCopied) = worker.Rows(rows, {TileLayout.MaxRows});
                __Layers::ChannelGroups.Split(work.Slot{input.Slot}, rows, firstCopied, endCopied, {input.RowBytes}, {grouped.Groups}, work.Slot{step.Planes!.Slot});
                worker.Barrier();
                """);
            writer.Open($"for (int group = 0; group < {grouped.Groups}; group++)");
            writer.Open($"{kernel.Name}.Run(work.MicroKernel, new __Layers::LayerArguments");
            ArgumentText.WriteRows(writer);
            ArgumentText.WriteInput(writer, step.Input, step.Planes.Slot, input.PadLeft == grouped.PadLeft ? $" + (long)group * rows * {width}" : $" + ((long)group * rows{ArgumentText.Plus(input.PadLeft - grouped.PadLeft)}) * {width}");
            ArgumentText.WriteInputOutliers(writer, step, $"group * {width}");
            ArgumentText.WritePacked(writer, grouped, "group", kernel is GemmKernel { TakesLimits: true }, expanded: step.Expanded);
            ArgumentText.WriteOutputs(writer, step.Epilogue, $"group * {outputs}");
            writer.Close(");");
            writer.Close();
            return;
        }

        int skipped = step.Product is Convolution convolution ? input.PadLeft - convolution.PadLeft : input.PadLeft;
        writer.Open($"{kernel.Name}.Run(work.MicroKernel, new __Layers::LayerArguments");
        ArgumentText.WriteRows(writer);
        ArgumentText.WriteInput(writer, step.Input, input.Slot, ArgumentText.Plus(skipped * step.Product.InputChannels));
        ArgumentText.WriteInputOutliers(writer, step, "");
        bool limits = kernel is GemmKernel { TakesLimits: true };
        if (step.IsMountedHead)
        {
            ArgumentText.WriteMountedHead(writer, (Linear)step.Product, limits, step.Expanded);
        }
        else
        {
            ArgumentText.WritePacked(writer, step.Product, "", limits, expanded: step.Expanded);
        }

        ArgumentText.WriteOutputs(writer, step.Epilogue, "");
        writer.Close(");");
    }

    private static void WriteDepthwise(SourceWriter writer, DepthwiseStep step, Kernel kernel)
    {
        Convolution convolution = step.Convolution;
        Lower.Buffer input = step.Input.Buffer;
        writer.Open($"{kernel.Name}.Run(new __Layers::LayerArguments");
        ArgumentText.WriteRows(writer);
        ArgumentText.WriteInput(writer, step.Input, input.Slot, ArgumentText.Plus((input.PadLeft - convolution.PadLeft) * convolution.InputChannels));
        if (step is { Input: QuantizedBuffer { Kept: { } kept, Channels: var channels } })
        {
            writer.Lines($"InputOutliers = {ArgumentText.List(kept, $"work.Frames.Stage{input.Stage}", channels)},");
        }

        if (step.Scratch is { } scratch)
        {
            writer.Lines($"Scratch = work.Slot{scratch.Slot} + worker.Index * {scratch.FixedBytes}L,");
        }

        ArgumentText.WritePacked(writer, convolution, "", limits: false);
        ArgumentText.WriteOutputs(writer, step.Epilogue, "");
        writer.Close(");");
    }

    private static void WriteConvolution2d(SourceWriter writer, Convolution2dStep step, Kernel kernel)
    {
        Lower.Buffer input = step.Input.Buffer;
        string rows = $"work.Frames.Stage{input.Stage}";
        writer.Open($"{kernel.Name}.Run(new __Layers::LayerArguments");
        ArgumentText.WriteRows(writer);
        ArgumentText.WriteInput(writer, step.Input, input.Slot, ArgumentText.Plus(input.PadLeft * (step.Convolution.InputChannels == 1 ? step.Convolution.Bands : step.Convolution.InputChannels)));
        if (step is { Input: QuantizedBuffer { Kept: { } kept, Channels: var channels } })
        {
            writer.Lines($"InputOutliers = {ArgumentText.List(kept, rows, channels)},");
        }

        if (step.Scratch is { } scratch)
        {
            writer.Lines($"Scratch = work.Slot{scratch.Slot} + worker.Index * {scratch.FixedBytes}L,");
        }

        ArgumentText.WritePacked(writer, step.Convolution, "", limits: false);
        ArgumentText.WriteOutputs(writer, step.Epilogue, "");
        writer.Close($", {rows}{(step.Convolution.FrameRows == 1 ? "" : $" / {step.Convolution.FrameRows}")});");
    }

    private static void WriteAttention(SourceWriter writer, AttentionStep s, Kernel kernel, string frames)
    {
        writer.Open($"{kernel.Name}.Run(work.MicroKernel, new __Layers::AttentionArguments");
        writer.Lines($"Frames = {frames},");
        if (s is { Query: QuantizedBuffer query, Key: QuantizedBuffer key, Value: QuantizedBuffer value })
        {
            writer.Lines($"""
                Query = {ArgumentText.Rows(query.Buffer)},
                QueryZeroPoint = {GridText.ZeroPoint(query)},
                Key = {ArgumentText.Rows(key.Buffer)},
                Value = {ArgumentText.Rows(value.Buffer)},
                ScoreMultiplier = {GridText.Factor(query, key, s.Attention.Scale)},
                ValueScale = {GridText.Scale(value)},
                KeyPanels = work.Slot{s.KeyPanels.Slot},
                KeySums = (int*)work.Slot{s.KeySums!.Slot},
                ValuePanels = work.Slot{s.ValuePanels.Slot},
                ValueSums = (int*)work.Slot{s.ValueSums!.Slot},
                Scores = (float*)work.Slot{s.Scores.Slot},
                Probabilities = work.Slot{s.Probabilities!.Slot},
                """);
        }
        else
        {
            writer.Lines($"""
                Query = {ArgumentText.Rows(s.Query.Buffer)},
                Key = {ArgumentText.Rows(s.Key.Buffer)},
                Value = {ArgumentText.Rows(s.Value.Buffer)},
                ScoreMultiplier = {SourceWriter.Literal(s.Attention.Scale)},
                KeyPanels = work.Slot{s.KeyPanels.Slot},
                ValuePanels = work.Slot{s.ValuePanels.Slot},
                Scores = (float*)work.Slot{s.Scores.Slot},
                """);
        }

        if (s is { Bias: { } buffers, Attention: BiasedAttention biased })
        {
            writer.Lines($"""
                Gate = {ArgumentText.Floats(buffers.Gate)},
                Behind = {biased.Behind},
                Ahead = {biased.Ahead},
                Biases = (float*)work.Slot{buffers.Biases.Slot},
                Gates = (float*)work.Slot{buffers.Gates.Slot},
                """);
            ArgumentText.WritePacked(writer, biased.Packed!);
        }

        if (s.Positions is { } positions)
        {
            writer.Lines($"""
                Position = {ArgumentText.Rows(positions.Position.Buffer)},
                PositionBias = {ArgumentText.Floats(positions.Bias)},
                PositionPanels = work.Slot{positions.Panels.Slot},
                Biases = (float*)work.Slot{positions.Biases.Slot},
                PositionScores = (float*)work.Slot{positions.Scores.Slot},
                """);
            if (s.Query is QuantizedBuffer asked && positions.Position is QuantizedBuffer places)
            {
                writer.Lines($"""
                    PositionSums = (int*)work.Slot{positions.Sums!.Slot},
                    PositionMultiplier = {GridText.Factor(asked, places, s.Attention.Scale)},
                    """);
            }
        }

        if (s is { Distances: { } distances, Attention: RelativeKeyAttention keyed })
        {
            writer.Lines($"""
                Distances = {ArgumentText.Floats(distances)},
                Behind = {keyed.Behind},
                Ahead = {keyed.Ahead},
                """);
        }

        ArgumentText.WriteOutputs(writer, s.Epilogue, "");
        writer.Close(", worker);");
    }

    /// <summary>Zero frames around a value that a padded convolution reads: in the quantized domain, its zero point.</summary>
    private static void WritePadding(SourceWriter writer, Lower.Buffer? buffer, string frames, string fill)
    {
        if (buffer is null || buffer.PadLeft + buffer.PadRight == 0)
        {
            return;
        }

        writer.Open("if (worker.IsFirst)");
        writer.Lines($"new global::System.Span<byte>(work.Slot{buffer.Slot}, {buffer.PadLeft * buffer.RowBytes}).{fill};");
        writer.Lines($"new global::System.Span<byte>(work.Slot{buffer.Slot} + ({frames} + {buffer.PadLeft}L) * {buffer.RowBytes}, {buffer.PadRight * buffer.RowBytes}).{fill};");
        writer.Close();
    }
}

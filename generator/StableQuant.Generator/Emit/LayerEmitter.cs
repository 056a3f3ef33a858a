using StableQuant.Generator.Emit.Kernels;
using StableQuant.Generator.Lower;
using StableQuant.Graph;

namespace StableQuant.Generator.Emit;

/// <summary>Writes one small method a step: which kernel, over which memory, with which constants.</summary>
internal sealed class LayerEmitter
{
    private readonly Network network;
    private readonly List<(Step Step, string Method, Kernel Kernel)> layers = [];

    public LayerEmitter(Network network)
    {
        this.network = network;
        List<(Step Step, Kernel Kernel)> steps = [.. network.Steps.Select(step => (step, KernelOf(step)))];
        var identifiers = new Identifiers([.. Taken, .. steps.SelectMany(step => Parts(step.Kernel)).Select(kernel => kernel.Name)]);
        foreach ((Step step, Kernel kernel) in steps)
        {
            layers.Add((step, identifiers.For(step.Name), kernel));
        }
    }

    /// <summary>The groups of layers that are a file each, in order of their first layer.</summary>
    public IEnumerable<string> Groups => layers.Select(layer => LayerGroup.Of(layer.Step)).Distinct();

    /// <summary>The kernels in use, each once, by the kind of their layers, in order of their first layer.</summary>
    public IEnumerable<IGrouping<string, Kernel>> Kernels => layers
        .SelectMany(layer => Parts(layer.Kernel).Select(kernel => (Kind: KindOf(layer.Step), Kernel: kernel)))
        .GroupBy(used => used.Kernel.Name)
        .Select(same => same.First())
        .GroupBy(used => used.Kind, used => used.Kernel);

    // Names that mean something else where the layers' methods stand.
    private static readonly string[] Taken =
        ["Run", "Network", "TPath", "TSums", "TWeights", "TInput", "TInt", "TFloat", "MethodImpl", "MethodImplOptions", "Equals", "Finalize", "GetHashCode", "GetType", "MemberwiseClone", "ReferenceEquals", "ToString"];

    private static Kernel[] Parts(Kernel kernel) => kernel is AttentionKernel attention ? [attention.Scores, attention, attention.Context] : [kernel];

    /// <summary>Writes the method that calls all layers.</summary>
    public void WriteRun(SourceWriter writer)
    {
        writer.Lines("/// <summary>One thread's share of all layers, in order. A layer ends when every thread has met the others with its rows done.</summary>");
        writer.Open("internal static void Run(in SQ::Share share, void* workspace)");
        writer.Lines("ref readonly Workspace work = ref *(Workspace*)workspace;");
        string? group = null;
        foreach ((Step step, string method, _) in layers)
        {
            if (LayerGroup.Of(step) is var next && next != group)
            {
                group = next;
                writer.Lines($"""

                    // {group}
                    """);
            }

            writer.Lines($"{method}(work, share);");
        }

        writer.Close();
    }

    /// <summary>Writes the methods of a group's layers.</summary>
    public void Write(SourceWriter writer, string group)
    {
        foreach ((Step step, string method, Kernel kernel) in layers.Where(layer => LayerGroup.Of(layer.Step) == group))
        {
            LayerComment.Write(writer, network, step);
            writer.Open($"private static void {method}(in Workspace work, in SQ::Share share)");
            WriteBody(writer, step, kernel);
            writer.Close();
        }
    }

    private static string KindOf(Step step) => step switch
    {
        AudioStep => "Audio",
        ProductStep { Product: Convolution } => "Convolution",
        ProductStep => "Linear",
        AttentionStep => "Attention",
        RowStep { Norm: not null } => "Norm",
        _ => "Elementwise",
    };

    private static Kernel KernelOf(Step step)
    {
        var form = EpilogueForm.Of(step.Epilogue);
        return step switch
        {
            AudioStep s => new AudioKernel(s.Convolution.Kernel, s.Convolution.Stride, s.Convolution.OutputChannels, form),
            ProductStep { Product: Linear l } s => new ProductKernel(
                $"Linear{l.InputChannels}To{l.OutputChannels}", ArithmeticOf(s.Input), l.InputChannels, l.InputChannels, l.OutputChannels, l.OutputChannels, Scaling.PerOutput, form,
                IsKept(s.Input) ? new Window(1, 1, 0, l.InputChannels / PanelLayout.Inputs) : null),
            ProductStep { Product: Convolution c } s => ConvolutionKernel(c, form, ArithmeticOf(s.Input), IsKept(s.Input)),
            AttentionStep s => new AttentionKernel(s.Attention.Heads, s.Attention.HeadSize, ArithmeticOf(s.Query), form),
            RowStep s => new RowKernel(s.Norm?.Kind, s.Channels, form),
            _ => throw new InvalidOperationException($"No kernel for {step.GetType().Name}."),
        };
    }

    private static Arithmetic ArithmeticOf(Operand input) => input is QuantizedBuffer ? Arithmetic.Int8 : Arithmetic.Float;

    private static bool IsKept(Operand input) => input is QuantizedBuffer { Kept: not null };

    private static ProductKernel ConvolutionKernel(Convolution c, EpilogueForm form, Arithmetic arithmetic, bool kept)
    {
        int width = c.InputChannels / c.Groups;
        int outputs = c.OutputChannels / c.Groups;
        string groups = c.Groups == 1 ? "" : $"Of{c.OutputChannels}";
        return new ProductKernel(
            $"Convolution{width}x{c.Kernel}Stride{c.Stride}To{outputs}{groups}{(kept && c.PadLeft > 0 ? $"Pad{c.PadLeft}" : "")}", arithmetic, c.Stride * width, c.Kernel * width, outputs, c.OutputChannels, Scaling.PerOutput, form,
            kept ? new Window(c.Kernel, c.Stride, c.PadLeft, width / PanelLayout.Inputs) : null);
    }

    private static void WriteBody(SourceWriter writer, Step step, Kernel kernel)
    {
        string frames = $"work.Frames.Stage{step.Stage}";
        string? remainders = step.Epilogue.Quantized is { Kept: { } kept, Channels: var channels } ? List(kept, frames, channels) : null;
        if (step is not AttentionStep || remainders is not null)
        {
            writer.Lines($"(int first, int end) = share.Of({frames}, {Share.RowStep});");
        }

        WritePadding(writer, step.Epilogue.Float, frames, "Clear()");
        WritePadding(writer, step.Epilogue.Quantized?.Buffer, frames, $"Fill({step.Epilogue.Quantized?.Grid.ZeroPoint})");
        if (remainders is not null)
        {
            writer.Lines($"var remainders = {remainders};");
            writer.Lines("remainders.Clear(first, end);");
        }

        WriteRun(writer, step, kernel, frames);
        writer.Lines("share.Meet();");
        if (remainders is not null)
        {
            writer.Open("if (share.IsFirst)");
            writer.Lines("remainders.Compact();");
            writer.Close();
            writer.Lines("share.Meet();");
        }
    }

    private static void WriteRun(SourceWriter writer, Step step, Kernel kernel, string frames)
    {
        switch (step)
        {
            case AudioStep s:
                WriteAudio(writer, s, kernel, frames);
                break;
            case ProductStep s:
                WriteProduct(writer, s, kernel, frames);
                break;
            case AttentionStep s:
                WriteAttention(writer, s, kernel, frames);
                break;
            case RowStep s:
                if (s.Norm is GroupNorm { Epsilon: var added })
                {
                    writer.Lines($"""
                        (int firstChannel, int endChannel) = share.Of({s.Channels}, 16);
                        float* mean = (float*)work.Slot{s.Statistics!.Slot};
                        SQ::Norms<TPath, TInt, TFloat>.OfChannels({Floats(s.Input)}, {frames}, {s.Channels}, firstChannel, endChannel, {SourceWriter.Literal(added)}, mean, mean + {s.Channels});
                        share.Meet();
                        """);
                }

                writer.Open($"{kernel.Name}.Run(new SQ::LayerArguments");
                WriteRows(writer);
                writer.Lines($"Source = {Floats(s.Input)},");
                PackedNorm? packed = s.Norm switch
                {
                    LayerNorm n => n.Packed,
                    GroupNorm n => n.Packed,
                    _ => null,
                };
                if (packed is not null)
                {
                    WritePacked(writer, packed);
                }

                if (s.Norm is LayerNorm { Epsilon: var epsilon })
                {
                    writer.Lines($"Epsilon = {SourceWriter.Literal(epsilon)},");
                }

                if (s.Statistics is { } statistics)
                {
                    writer.Lines($"Scratch = work.Slot{statistics.Slot},");
                }

                WriteOutputs(writer, step.Epilogue, "", frames);
                writer.Close(");");
                break;
        }
    }

    private static void WriteAudio(SourceWriter writer, AudioStep step, Kernel kernel, string frames)
    {
        Convolution convolution = step.Convolution;
        string moments = step.Moments is null ? "null" : $"work.Slot{step.Moments.Slot}";
        writer.Lines($"var filters = new SQ::AudioFilters(work.Slot{step.Filters.Slot}, {moments}, {convolution.Kernel}, {convolution.Stride}, {convolution.OutputChannels});");
        if (step.Norm is not null)
        {
            writer.Lines("""
                filters.Measure(work.Audio, share.Part, first, end);
                share.Meet();
                """);
        }

        writer.Lines($"(int firstChannel, int endChannel) = share.Of({convolution.OutputChannels}, 16);");
        writer.Open(step.Norm is null
            ? "filters.Make(work.Audio, new SQ::LayerArguments"
            : $"filters.MakeNormalised(work.Audio, share.Parts, {frames}, new SQ::LayerArguments");
        WritePacked(writer, convolution.Packed!, "", 0, 0, bias: step.Norm is null);
        if (step.Norm is { } norm)
        {
            WritePacked(writer, norm.Packed!);
            writer.Lines($"Epsilon = {SourceWriter.Literal(norm.Epsilon)},");
        }

        writer.Close(", firstChannel, endChannel);");
        writer.Lines("share.Meet();");
        writer.Open($"{kernel.Name}.Run(new SQ::LayerArguments");
        WriteRows(writer);
        WriteOutputs(writer, step.Epilogue, "", frames);
        writer.Close(", filters, work.Audio);");
    }

    private static void WriteProduct(SourceWriter writer, ProductStep step, Kernel kernel, string frames)
    {
        Lower.Buffer input = step.Input.Buffer;
        if (step.Product.Input == Operation.Audio)
        {
            writer.Open("if (share.IsFirst)");
            writer.Lines($"work.Audio.Normalised((float*)work.Slot{input.Slot}, work.Frames.Stage0);");
            writer.Close();
            writer.Lines("share.Meet();");
        }

        if (step.Product is Convolution { Groups: > 1 } grouped)
        {
            int width = grouped.InputChannels / grouped.Groups;
            int outputs = grouped.OutputChannels / grouped.Groups;
            writer.Lines($"int rows = work.Frames.Stage{input.Stage}{Plus(input.PadLeft + input.PadRight)};");
            writer.Lines($"""
                (int firstCopied, int endCopied) = share.Of(rows, {Share.RowStep});
                SQ::ChannelGroups.Split(work.Slot{input.Slot}, rows, firstCopied, endCopied, {input.RowBytes}, {grouped.Groups}, work.Slot{step.Planes!.Slot});
                share.Meet();
                """);
            writer.Open($"for (int group = 0; group < {grouped.Groups}; group++)");
            writer.Open($"{kernel.Name}.Run(new SQ::LayerArguments");
            WriteRows(writer);
            WriteInput(writer, step.Input, step.Planes.Slot, input.PadLeft == grouped.PadLeft ? $" + (long)group * rows * {width}" : $" + ((long)group * rows{Plus(input.PadLeft - grouped.PadLeft)}) * {width}");
            WriteInputRemainders(writer, step.Input, frames, $"group * {width / PanelLayout.Inputs}");
            WritePacked(writer, grouped.Packed!, "group", outputs, grouped.Kernel * width);
            WriteOutputs(writer, step.Epilogue, $"group * {outputs}", frames);
            writer.Close(");");
            writer.Close();
            return;
        }

        int skipped = step.Product is Convolution convolution ? input.PadLeft - convolution.PadLeft : input.PadLeft;
        writer.Open($"{kernel.Name}.Run(new SQ::LayerArguments");
        WriteRows(writer);
        WriteInput(writer, step.Input, input.Slot, Plus(skipped * step.Product.InputChannels));
        WriteInputRemainders(writer, step.Input, $"work.Frames.Stage{input.Stage}", "");
        WritePacked(writer, step.Product.Packed!, "", 0, 0);
        WriteOutputs(writer, step.Epilogue, "", frames);
        writer.Close(");");
    }

    private static void WriteRows(SourceWriter writer) => writer.Lines("""
        FirstRow = first,
        EndRow = end,
        """);

    /// <summary>Writes where a product's rows begin.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="input">What is read.</param>
    /// <param name="slot">The slot that it lies in.</param>
    /// <param name="offset">C# for the elements before the first row, with its sign; empty for 0.</param>
    private static void WriteInput(SourceWriter writer, Operand input, int slot, string offset)
    {
        if (input is QuantizedBuffer integers)
        {
            writer.Lines($"Input = work.Slot{slot}{offset},");
            writer.Lines($"InputZeroPoint = {integers.Grid.ZeroPoint},");
        }
        else
        {
            writer.Lines($"Source = (float*)work.Slot{slot}{offset},");
        }
    }

    private static void WriteAttention(SourceWriter writer, AttentionStep s, Kernel kernel, string frames)
    {
        writer.Open($"{kernel.Name}.Run(new SQ::AttentionArguments");
        writer.Lines($"Frames = {frames},");
        if (s is { Query: QuantizedBuffer query, Key: QuantizedBuffer key, Value: QuantizedBuffer value })
        {
            // The factors are products of constants, rounded to float32 once.
            float scores = (float)((double)query.Grid.Scale * key.Grid.Scale * s.Attention.Scale);
            float context = (float)(value.Grid.Scale / 255.0);
            writer.Lines($"""
                Query = {Rows(query.Buffer)},
                QueryZeroPoint = {query.Grid.ZeroPoint},
                Key = {Rows(key.Buffer)},
                Value = {Rows(value.Buffer)},
                ScoreMultiplier = {SourceWriter.Literal(scores)},
                ContextMultiplier = {SourceWriter.Literal(context)},
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
                Query = {Rows(s.Query.Buffer)},
                Key = {Rows(s.Key.Buffer)},
                Value = {Rows(s.Value.Buffer)},
                ScoreMultiplier = {SourceWriter.Literal(s.Attention.Scale)},
                KeyPanels = work.Slot{s.KeyPanels.Slot},
                ValuePanels = work.Slot{s.ValuePanels.Slot},
                Scores = (float*)work.Slot{s.Scores.Slot},
                """);
        }

        WriteOutputs(writer, s.Epilogue, "", frames);
        writer.Close(", share);");
    }

    /// <summary>Zero frames around a value that a padded convolution reads: in the quantized domain, its zero point.</summary>
    private static void WritePadding(SourceWriter writer, Lower.Buffer? buffer, string frames, string fill)
    {
        if (buffer is null || buffer.PadLeft + buffer.PadRight == 0)
        {
            return;
        }

        writer.Open("if (share.IsFirst)");
        writer.Lines($"new global::System.Span<byte>(work.Slot{buffer.Slot}, {buffer.PadLeft * buffer.RowBytes}).{fill};");
        writer.Lines($"new global::System.Span<byte>(work.Slot{buffer.Slot} + ({frames} + {buffer.PadLeft}L) * {buffer.RowBytes}, {buffer.PadRight * buffer.RowBytes}).{fill};");
        writer.Close();
    }

    /// <summary>Writes where a product's constants lie.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="packed">The offsets, of the first channel group.</param>
    /// <param name="group">C# for the channel group; empty where there is but one.</param>
    /// <param name="outputs">Outputs of a channel group.</param>
    /// <param name="inputs">Inputs of a channel group.</param>
    /// <param name="bias">Whether the bias is wanted.</param>
    private static void WritePacked(SourceWriter writer, PackedWeights packed, string group, int outputs, int inputs, bool bias = true)
    {
        string Offset(long offset, long bytes) => group.Length == 0 ? At(offset) : $"{At(offset)} + (long){group} * {bytes}";
        string Vector(long offset) => Offset(offset, PanelLayout.Panels(outputs) * PanelLayout.Outputs * sizeof(float));
        if (packed is PackedInt8 integers)
        {
            writer.Lines($"""
                Weights = {Offset(packed.Weights, PanelLayout.Bytes(outputs, inputs))},
                Sums = (int*)({Vector(integers.Sums)}),
                Multipliers = (float*)({Vector(integers.Multipliers)}),
                """);
            if (integers.WideSteps is { } wide)
            {
                writer.Lines($"""
                    FitsInt16 = true,
                    WideSteps = {Offset(wide, PanelLayout.WideStepBytes(outputs, inputs))},
                    """);
            }
        }
        else
        {
            writer.Lines($"Weights = {Offset(packed.Weights, PanelLayout.FloatBytes(outputs, inputs))},");
        }

        if (bias)
        {
            writer.Lines($"Bias = (float*)({Vector(packed.Bias)}),");
        }
    }

    private static void WritePacked(SourceWriter writer, PackedNorm packed) => writer.Lines($"""
        Gain = (float*)({At(packed.Gain)}),
        Bias = (float*)({At(packed.Bias)}),
        """);

    private static void WriteInputRemainders(SourceWriter writer, Operand input, string frames, string firstGroup)
    {
        if (input is QuantizedBuffer { Kept: { } kept, Channels: var channels })
        {
            writer.Lines($"InputRemainders = {List(kept, frames, channels)},");
            if (firstGroup.Length > 0)
            {
                writer.Lines($"FirstGroup = {firstGroup},");
            }
        }
    }

    private static string List(KeptOutliers kept, string frames, int channels) =>
        $"new SQ::Remainders(work.Slot{kept.Values.Slot}, work.Slot{kept.Groups.Slot}, work.Slot{kept.Counts.Slot}, {frames}, {channels})";

    /// <summary>Writes where results go.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="epilogue">What is stored.</param>
    /// <param name="firstChannel">C# for the kernel's first channel of a row; empty for 0.</param>
    /// <param name="frames">C# for the number of frames.</param>
    private static void WriteOutputs(SourceWriter writer, Epilogue epilogue, string firstChannel, string frames)
    {
        string offset = firstChannel.Length == 0 ? "" : " + " + firstChannel;
        if (epilogue.Residual is { } residual)
        {
            writer.Lines($"Residual = {Floats(residual)}{offset},");
        }

        if (epilogue.Float is { } output)
        {
            writer.Lines($"Output = {Floats(output)}{offset},");
        }

        if (epilogue.Quantized is { } target)
        {
            writer.Lines($"Quantized = {Rows(target.Buffer)}{offset},");
            writer.Lines($"InverseScale = {SourceWriter.Literal(1f / target.Grid.Scale)},");
            writer.Lines($"ZeroPoint = {target.Grid.ZeroPoint},");
            if (target.Kept is { } kept)
            {
                writer.Lines($"Limit = {kept.Limit},");
                writer.Lines("Remainders = remainders,");
                if (firstChannel.Length > 0)
                {
                    writer.Lines($"FirstChannel = {firstChannel},");
                }
            }
        }
    }

    /// <summary>The first frame of a value, behind its padding.</summary>
    private static string Rows(Lower.Buffer buffer) => $"work.Slot{buffer.Slot}{Plus(buffer.PadLeft * buffer.RowBytes)}";

    private static string Floats(Lower.Buffer buffer) => buffer.PadLeft == 0 ? $"(float*)work.Slot{buffer.Slot}" : $"(float*)({Rows(buffer)})";

    /// <summary>A place in the weights file.</summary>
    private static string At(long offset) => offset == 0 ? "work.Weights" : $"work.Weights + {offset}";

    private static string Plus(int offset) => offset == 0 ? "" : $" + {offset}";
}

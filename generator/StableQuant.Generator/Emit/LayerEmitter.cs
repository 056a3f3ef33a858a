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

    /// <summary>The kernels in use, each once, in order of their first layer.</summary>
    public IEnumerable<Kernel> Kernels => layers
        .SelectMany(layer => Parts(layer.Kernel))
        .GroupBy(kernel => kernel.Name)
        .Select(same => same.First());

    // Names that mean something else where the layers' methods stand.
    private static readonly string[] Taken =
        ["Run", "Network", "TPath", "TSums", "TWeights", "TInput", "TInt", "TFloat", "MethodImpl", "MethodImplOptions", "Equals", "Finalize", "GetHashCode", "GetType", "MemberwiseClone", "ReferenceEquals", "ToString"];

    private static Kernel[] Parts(Kernel kernel) => kernel is AttentionKernel attention ? [attention.Scores, attention, attention.Context] : [kernel];

    public void Write(SourceWriter writer)
    {
        writer.Lines("/// <summary>All layers, in order.</summary>");
        writer.Open("internal static void Run(in Workspace work)");
        foreach ((_, string method, _) in layers)
        {
            writer.Lines($"{method}(work);");
        }

        writer.Close();
        foreach ((Step step, string method, Kernel kernel) in layers)
        {
            writer.Lines("");
            writer.Lines($"// {Describe(step)}");
            writer.Open($"private static void {method}(in Workspace work)");
            WriteBody(writer, step, kernel);
            writer.Close();
        }
    }

    private static Kernel KernelOf(Step step)
    {
        var form = EpilogueForm.Of(step.Epilogue);
        return step switch
        {
            AudioStep s => new AudioKernel(s.Convolution.Kernel, s.Convolution.Stride, s.Convolution.OutputChannels, form),
            ProductStep { Product: Linear l } s => new ProductKernel(
                $"Linear{l.InputChannels}To{l.OutputChannels}", l.InputChannels, l.InputChannels, l.OutputChannels, l.OutputChannels, Dequantization.PerChannel, form,
                s.Input.Kept is null ? null : new Window(1, 1, 0, l.InputChannels / PanelLayout.Inputs)),
            ProductStep { Product: Convolution c } s => ConvolutionKernel(c, form, s.Input.Kept is not null),
            AttentionStep s => new AttentionKernel(s.Attention.Heads, s.Attention.HeadSize, form),
            RowStep s => new RowKernel(s.Norm?.Kind, s.Channels, form),
            _ => throw new InvalidOperationException($"No kernel for {step.GetType().Name}."),
        };
    }

    private static ProductKernel ConvolutionKernel(Convolution c, EpilogueForm form, bool kept)
    {
        int width = c.InputChannels / c.Groups;
        int outputs = c.OutputChannels / c.Groups;
        string groups = c.Groups == 1 ? "" : $"Of{c.OutputChannels}";
        return new ProductKernel(
            $"Convolution{width}x{c.Kernel}Stride{c.Stride}To{outputs}{groups}{(kept && c.PadLeft > 0 ? $"Pad{c.PadLeft}" : "")}", c.Stride * width, c.Kernel * width, outputs, c.OutputChannels, Dequantization.PerChannel, form,
            kept ? new Window(c.Kernel, c.Stride, c.PadLeft, width / PanelLayout.Inputs) : null);
    }

    private string Describe(Step step)
    {
        string what = step switch
        {
            AudioStep { Convolution: var c } => $"convolution of the audio, {c.Kernel} taps, stride {c.Stride}, {c.OutputChannels} channels",
            ProductStep { Product: Linear l } s => $"linear {l.InputChannels} → {l.OutputChannels}, {Grid(s.Input.Grid)}",
            ProductStep { Product: Convolution c } s => $"convolution {c.InputChannels} → {c.OutputChannels}, {c.Kernel} taps, stride {c.Stride}, {c.Groups} groups, {Grid(s.Input.Grid)}",
            AttentionStep { Attention: var a } s => $"attention, {a.Heads} heads of {a.HeadSize}, query {Grid(s.Query.Grid)}, key {Grid(s.Key.Grid)}, value {Grid(s.Value.Grid)}",
            RowStep s => s.Norm is null ? "elementwise" : $"{s.Norm.Kind} over {(s.Norm is GroupNorm ? "time" : "channels")}",
            _ => "",
        };
        string fused = step.Epilogue.Fused.Count == 0 ? "" : $"; then {string.Join(", ", step.Epilogue.Fused)}";
        string source = network.Model.Operations.First(o => o.Name == step.Name).Source;
        return $"{step.Name}: {what}{fused}{(source.Length == 0 ? "" : $" [{SourceWriter.Comment(source)}]")}";
    }

    private static string Grid(Quantize grid) =>
        $"{grid.Type.ToString().ToLowerInvariant()} scale {SourceWriter.Literal(grid.Scale)}{(grid.Type == QuantizedType.U8 ? $" zero {grid.ZeroPoint}{(grid.Outliers == Outliers.Keep ? " outliers kept" : "")}" : "")}";

    private static void WriteBody(SourceWriter writer, Step step, Kernel kernel)
    {
        string frames = $"work.Frames.Stage{step.Stage}";
        WritePadding(writer, step.Epilogue.Quantized, frames);
        if (step.Epilogue.Quantized?.Kept is { } kept)
        {
            writer.Lines($"{List(kept, frames, step.Epilogue.Quantized.Channels)}.Clear();");
        }

        switch (step)
        {
            case AudioStep s:
                writer.Open($"{kernel.Name}.Run(new SQ::LayerArguments");
                writer.Lines($"Rows = {frames},");
                WritePacked(writer, s.Convolution.Packed!, "", 0, 0);
                WriteOutputs(writer, step.Epilogue, "", frames);
                writer.Close(", work.Audio);");
                break;
            case ProductStep s:
                WriteProduct(writer, s, kernel, frames);
                break;
            case AttentionStep s:
                WriteAttention(writer, s, kernel, frames);
                break;
            case RowStep s:
                writer.Open($"{kernel.Name}.Run(new SQ::LayerArguments");
                writer.Lines($"Rows = {frames},");
                writer.Lines($"Source = (float*)work.Slot{s.Input.Slot},");
                if (s.Norm is LayerNorm or GroupNorm)
                {
                    (PackedNorm packed, float epsilon) = s.Norm is LayerNorm layer ? (layer.Packed!, layer.Epsilon) : (((GroupNorm)s.Norm).Packed!, ((GroupNorm)s.Norm).Epsilon);
                    writer.Lines($"Gain = (float*)(work.Weights + {packed.Gain}),");
                    writer.Lines($"Bias = (float*)(work.Weights + {packed.Bias}),");
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

    private static void WriteProduct(SourceWriter writer, ProductStep step, Kernel kernel, string frames)
    {
        Lower.Buffer input = step.Input.Buffer;
        string zeroPoint = $"InputZeroPoint = {step.Input.Grid.ZeroPoint},";
        if (step.Product is Convolution { Groups: > 1 } grouped)
        {
            int width = grouped.InputChannels / grouped.Groups;
            int outputs = grouped.OutputChannels / grouped.Groups;
            int vector = PanelLayout.Panels(outputs) * PanelLayout.Outputs * sizeof(float);
            writer.Lines($"int rows = work.Frames.Stage{input.Stage}{Plus(input.PadLeft + input.PadRight)};");
            writer.Lines($"SQ::ChannelGroups.Split(work.Slot{input.Slot}, rows, {grouped.InputChannels}, {grouped.Groups}, work.Slot{step.Planes!.Slot});");
            writer.Open($"for (int group = 0; group < {grouped.Groups}; group++)");
            writer.Open($"{kernel.Name}.Run(new SQ::LayerArguments");
            writer.Lines($"Rows = {frames},");
            writer.Lines($"Input = work.Slot{step.Planes.Slot} + ((long)group * rows{Plus(input.PadLeft - grouped.PadLeft)}) * {width},");
            writer.Lines(zeroPoint);
            WriteInputRemainders(writer, step.Input, frames, $"group * {width / PanelLayout.Inputs}");
            WritePacked(writer, grouped.Packed!, "group", PanelLayout.Bytes(outputs, grouped.Kernel * width), vector);
            WriteOutputs(writer, step.Epilogue, $"group * {outputs}", frames);
            writer.Close(");");
            writer.Close();
            return;
        }

        int skipped = step.Product is Convolution convolution ? input.PadLeft - convolution.PadLeft : input.PadLeft;
        PackedWeights packed = step.Product is Linear linear ? linear.Packed! : ((Convolution)step.Product).Packed!;
        writer.Open($"{kernel.Name}.Run(new SQ::LayerArguments");
        writer.Lines($"Rows = {frames},");
        writer.Lines($"Input = work.Slot{input.Slot}{Plus(skipped * input.RowBytes)},");
        writer.Lines(zeroPoint);
        WriteInputRemainders(writer, step.Input, $"work.Frames.Stage{input.Stage}", "");
        WritePacked(writer, packed, "", 0, 0);
        WriteOutputs(writer, step.Epilogue, "", frames);
        writer.Close(");");
    }

    private static void WriteAttention(SourceWriter writer, AttentionStep s, Kernel kernel, string frames)
    {
        // The factors are products of constants, rounded to float32 once.
        float scores = (float)((double)s.Query.Grid.Scale * s.Key.Grid.Scale * s.Attention.Scale);
        float context = (float)(s.Value.Grid.Scale / 255.0);
        writer.Open($"{kernel.Name}.Run(new SQ::AttentionArguments");
        writer.Lines($"""
            Frames = {frames},
            Query = {Rows(s.Query)},
            QueryZeroPoint = {s.Query.Grid.ZeroPoint},
            Key = {Rows(s.Key)},
            Value = {Rows(s.Value)},
            ScoreMultiplier = {SourceWriter.Literal(scores)},
            ContextMultiplier = {SourceWriter.Literal(context)},
            KeyPanels = work.Slot{s.KeyPanels.Slot},
            KeySums = (int*)work.Slot{s.KeySums.Slot},
            ValuePanels = work.Slot{s.ValuePanels.Slot},
            ValueSums = (int*)work.Slot{s.ValueSums.Slot},
            Scores = (float*)work.Slot{s.Scores.Slot},
            Probabilities = work.Slot{s.Probabilities.Slot},
            """);
        WriteOutputs(writer, s.Epilogue, "", frames);
        writer.Close(");");
    }

    /// <summary>Zero frames around a value that a padded convolution reads: in the quantized domain, its zero point.</summary>
    private static void WritePadding(SourceWriter writer, QuantizedBuffer? target, string frames)
    {
        if (target is not { Buffer: var buffer } || buffer.PadLeft + buffer.PadRight == 0)
        {
            return;
        }

        writer.Lines($"new global::System.Span<byte>(work.Slot{buffer.Slot}, {buffer.PadLeft * buffer.RowBytes}).Fill({target.Grid.ZeroPoint});");
        writer.Lines($"new global::System.Span<byte>(work.Slot{buffer.Slot} + ({frames} + {buffer.PadLeft}L) * {buffer.RowBytes}, {buffer.PadRight * buffer.RowBytes}).Fill({target.Grid.ZeroPoint});");
    }

    private static void WritePacked(SourceWriter writer, PackedWeights packed, string group, long weightBytes, int vectorBytes)
    {
        string Offset(long offset, long bytes) => group.Length == 0 ? $"work.Weights + {offset}" : $"work.Weights + {offset} + (long){group} * {bytes}";
        writer.Lines($"""
            Weights = {Offset(packed.Weights, weightBytes)},
            Sums = (int*)({Offset(packed.Sums, vectorBytes)}),
            Multipliers = (float*)({Offset(packed.Multipliers, vectorBytes)}),
            Bias = (float*)({Offset(packed.Bias, vectorBytes)}),
            """);
    }

    private static void WriteInputRemainders(SourceWriter writer, QuantizedBuffer input, string frames, string firstGroup)
    {
        if (input.Kept is { } kept)
        {
            writer.Lines($"InputRemainders = {List(kept, frames, input.Channels)},");
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
            writer.Lines($"Residual = (float*)work.Slot{residual.Slot}{offset},");
        }

        if (epilogue.Float is { } output)
        {
            writer.Lines($"Output = (float*)work.Slot{output.Slot}{offset},");
        }

        if (epilogue.Quantized is { } target)
        {
            writer.Lines($"Quantized = {Rows(target)}{offset},");
            writer.Lines($"InverseScale = {SourceWriter.Literal(1f / target.Grid.Scale)},");
            writer.Lines($"ZeroPoint = {target.Grid.ZeroPoint},");
            if (target.Kept is { } kept)
            {
                writer.Lines($"Limit = {kept.Limit},");
                writer.Lines($"Remainders = {List(kept, frames, target.Channels)},");
                if (firstChannel.Length > 0)
                {
                    writer.Lines($"FirstChannel = {firstChannel},");
                }
            }
        }
    }

    private static string Rows(QuantizedBuffer value) => $"work.Slot{value.Buffer.Slot}{Plus(value.Buffer.PadLeft * value.Buffer.RowBytes)}";

    private static string Plus(int offset) => offset == 0 ? "" : $" + {offset}";
}

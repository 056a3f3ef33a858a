using StableQuant.Generator.Lower;
using StableQuant.Graph;
using StableQuant.Graph.Layout;

namespace StableQuant.Generator.Emit;

/// <summary>Writes a kernel's arguments: where rows, constants and results lie.</summary>
internal static class ArgumentText
{
    private const string Expanded = "work.Expanded";

    public static void WriteRows(SourceWriter writer) => writer.Lines("""
        FirstRow = first,
        EndRow = end,
        """);

    /// <summary>Writes where a product's rows begin.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="input">What is read.</param>
    /// <param name="slot">The slot that it lies in.</param>
    /// <param name="offset">C# for the elements before the first row, with its sign; empty for 0.</param>
    public static void WriteInput(SourceWriter writer, Operand input, int slot, string offset)
    {
        if (input is QuantizedBuffer integers)
        {
            writer.Lines($"Input = work.Slot{slot}{offset},");
            writer.Lines($"InputZeroPoint = {GridText.ZeroPoint(integers)},");
        }
        else
        {
            writer.Lines($"Source = (float*)work.Slot{slot}{offset},");
        }
    }

    /// <summary>Writes where a product's constants lie.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="product">The product; its offsets are of the first channel group.</param>
    /// <param name="group">C# for the channel group; empty where there is but one.</param>
    /// <param name="limits">Whether limits are wanted.</param>
    /// <param name="bias">Whether the bias is wanted.</param>
    /// <param name="expanded">Where the product expands its weights; null where it does not.</param>
    public static void WritePacked(SourceWriter writer, Product product, string group, bool limits, bool bias = true, Lower.Buffer? expanded = null)
    {
        (PackedWeights packed, int outputs, int inputs) = (product.Packed!, product.PackedOutputs, product.GroupInputs);
        string Of(string place, long bytes) => group.Length == 0 ? place : $"{place} + (long){group} * {bytes}";
        string Offset(long offset, long bytes) => Of(At(offset), bytes);
        string Vector(long offset) => Offset(offset, PanelLayout.Panels(outputs) * PanelLayout.Outputs * sizeof(float));
        if (packed is PackedIntegers integers)
        {
            (string weights, string sums, string? proof) = integers switch
            {
                ExpandedWeights e => (e.Panels is { } panels ? At(panels, Expanded) : At(e.Weights), At(e.Sums, Expanded), e.Limits is { } place ? At(place, Expanded) : null),
                LimitedWeights l => (At(l.Weights), At(l.Stored.Sums), At(l.Limits, Expanded)),
                PackedInt8 stored => (At(stored.Weights), At(stored.Sums), null),
                _ => throw new InvalidOperationException($"No place of {integers}."),
            };
            long weightBytes = PanelLayout.Bytes(outputs, inputs);
            if (expanded is not null)
            {
                PackedIndices indices = ((ExpandedWeights)integers).Stored;
                weightBytes = IndexLayout.Bytes(indices.Bits, outputs, inputs);
                WriteIndexed(writer, indices.Bits, Offset(indices.Levels, IndexLayout.LevelBytes(indices.Bits, outputs)), $"{outputs}", inputs, expanded);
            }

            writer.Lines($"""
                Weights = {Of(weights, weightBytes)},
                Sums = (int*)({Of(sums, PanelLayout.Panels(outputs) * PanelLayout.Outputs * sizeof(int))}),
                Multipliers = (float*)({Vector(integers.Multipliers)}),
                """);
            if (limits && proof is not null)
            {
                writer.Lines($"Limits = {Of(proof, PanelLayout.LimitBytes(outputs, inputs))},");
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

    /// <summary>Writes where the constants of a head lie whose outputs are the mounted weights' tokens, and how many these are.</summary>
    public static void WriteMountedHead(SourceWriter writer, Linear head, bool limits, Lower.Buffer? expanded)
    {
        (string weights, string? sums, string? proof) = ("work.Weights + work.Head.Weights", (string?)null, (string?)null);
        if (head.Packed is PackedInt8 or LimitedWeights)
        {
            (sums, proof) = ("work.Weights + work.Head.SumsOrLevels", head.Packed is LimitedWeights l ? At(l.Limits, Expanded) : null);
        }
        else if (head.Packed is ExpandedWeights e)
        {
            (string ofSums, string ofLimits) = MountedPlaces(head, e, "work.Tokens");
            (sums, proof) = ($"{Expanded} + {ofSums}", e.Limits is null ? null : $"{Expanded} + {ofLimits}");
            if (e.Panels is { } panels)
            {
                weights = At(panels, Expanded);
            }
            else
            {
                WriteIndexed(writer, e.Stored.Bits, "work.Weights + work.Head.SumsOrLevels", "work.Tokens", head.InputChannels, expanded!);
            }
        }

        writer.Lines($"""
            Panels = (work.Tokens + 15) / 16,
            OutputStride = work.Tokens,
            Weights = {weights},
            Bias = (float*)(work.Weights + work.Head.Bias),
            """);
        if (sums is not null)
        {
            writer.Lines($"""
                Sums = (int*)({sums}),
                Multipliers = (float*)(work.Weights + work.Head.Multipliers),
                """);
        }

        if (limits && proof is not null)
        {
            writer.Lines($"Limits = {proof},");
        }
    }

    // How a product expands its weights, and where.
    private static void WriteIndexed(SourceWriter writer, int bits, string levels, string outputs, int inputs, Lower.Buffer expanded) =>
        writer.Lines($"Indexed = new __Layers::IndexedWeights({bits}, {levels}, {outputs}, {inputs}, work.Slot{expanded.Slot} + worker.Index * {expanded.FixedBytes}L),");

    /// <summary>C# for the places of what is made of a mounted head's weights: all of it, the last there, is as long as tokens need.</summary>
    /// <param name="head">The head.</param>
    /// <param name="packed">Its constants.</param>
    /// <param name="tokens">C# for its outputs.</param>
    public static (string Sums, string Limits) MountedPlaces(Linear head, ExpandedWeights packed, string tokens)
    {
        long panel = packed.Panels is null ? 0 : PanelLayout.Bytes(PanelLayout.Outputs, head.InputChannels), sums = PanelLayout.Outputs * sizeof(int);
        long start = packed.Panels ?? packed.Sums;
        return (panel == 0 ? $"{start}" : $"{start} + ({tokens} + 15) / 16 * {panel}L", $"{start} + ({tokens} + 15) / 16 * {panel + sums}L");
    }

    public static void WritePacked(SourceWriter writer, PackedNorm packed) => writer.Lines($"""
        Gain = (float*)({At(packed.Gain)}),
        Bias = (float*)({At(packed.Bias)}),
        """);

    public static void WritePacked(SourceWriter writer, PackedBias packed) => writer.Lines($"""
        DistanceBiases = (float*)({At(packed.Biases)}),
        GateGains = (float*)({At(packed.Gains)}),
        """);

    /// <summary>Writes where a product finds what its input keeps beyond its grid: a list of the input's frames, not of the result's.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="step">The product.</param>
    /// <param name="firstChannel">C# for the first channel that the kernel reads; empty for 0.</param>
    public static void WriteInputOutliers(SourceWriter writer, ProductStep step, string firstChannel)
    {
        if (step is { Input: QuantizedBuffer { Kept: { } kept, Channels: var channels, Buffer: var input }, Gathered: { } gathered })
        {
            writer.Lines($"InputOutliers = {List(kept, $"work.Frames.Stage{input.Stage}", channels)},");
            writer.Lines($"Scratch = work.Slot{gathered.Slot} + worker.Index * {gathered.FixedBytes}L,");
            if (firstChannel.Length > 0)
            {
                writer.Lines($"FirstInputChannel = {firstChannel},");
            }
        }
    }

    public static string List(OutlierBuffers kept, string frames, int channels) =>
        $"new __Outliers::OutlierList(work.Slot{kept.Heads.Slot}, work.Slot{kept.Tails.Slot}, {frames}, {channels})";

    /// <summary>Writes where results go.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="epilogue">What is stored.</param>
    /// <param name="firstChannel">C# for the kernel's first channel of a row; empty for 0.</param>
    public static void WriteOutputs(SourceWriter writer, Epilogue epilogue, string firstChannel)
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
            writer.Lines($"InverseScale = {GridText.InverseScale(target)},");
            writer.Lines($"ZeroPoint = {GridText.ZeroPoint(target)},");
            if (target.Grid.IsDithered)
            {
                writer.Lines("Dither = __Layers::Dither.Values,");
            }

            if (target.Kept is { } kept)
            {
                writer.Lines($"Limit = {kept.Limit},");
                writer.Lines("Outliers = outliers,");
            }

            if (firstChannel.Length > 0 && (target.Kept is not null || target.Grid.IsDithered))
            {
                writer.Lines($"FirstChannel = {firstChannel},");
            }
        }
    }

    /// <summary>The first frame of a value, behind its padding.</summary>
    public static string Rows(Lower.Buffer buffer) => $"work.Slot{buffer.Slot}{Plus(buffer.PadLeft * buffer.RowBytes)}";

    public static string Floats(Lower.Buffer buffer) => buffer.PadLeft == 0 ? $"(float*)work.Slot{buffer.Slot}" : $"(float*)({Rows(buffer)})";

    /// <summary>A place in the weights file, or in what was expanded of it.</summary>
    public static string At(long offset, string start = "work.Weights") => offset == 0 ? start : $"{start} + {offset}";

    public static string Plus(int offset) => offset == 0 ? "" : $" + {offset}";
}

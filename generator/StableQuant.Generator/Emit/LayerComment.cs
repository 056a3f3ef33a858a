using System.Globalization;
using StableQuant.Generator.Lower;
using StableQuant.Graph;

namespace StableQuant.Generator.Emit;

/// <summary>Writes the comment above a layer's method: what it computes, from which values, into which, and what it was in the ONNX file.</summary>
internal static class LayerComment
{
    public static void Write(SourceWriter writer, LoweredModel network, Step step)
    {
        // What the front end makes is no operation.
        Operation? operation = network.Model.Operations.FirstOrDefault(o => o.Name == step.Name);
        writer.Lines($"// {step.Name}: {What(step, operation)}");
        foreach ((string role, string name, Operand value) in Inputs(step))
        {
            writer.Lines($"//   {role} {name}: {Form(value)}");
        }

        Epilogue epilogue = step.Epilogue;
        if (epilogue.Fused.Count > 0)
        {
            writer.Lines($"//   then {string.Join(", ", epilogue.Fused)}");
        }

        if (epilogue.Residual is { } residual)
        {
            writer.Lines($"//   plus {SourceWriter.Comment(residual.Name)}: {Float(residual)}");
        }

        string[] results = [.. new[] { epilogue.Float is { } stored ? Float(stored) : null, epilogue.Quantized is { } target ? $"{Form(target)}{(target.MountedGrid is null ? "; " + Choice(target.Grid) : "")}" : null }.OfType<string>()];
        writer.Lines($"//   to {string.Join(" and ", results)}");
        if (operation is { Source.Length: > 0 })
        {
            writer.Lines($"//   ONNX {SourceWriter.Comment(operation.Source)}");
        }
    }

    private static string What(Step step, Operation? operation) => step switch
    {
        WaveformStep { Convolution: var c, Norm: var norm } =>
            $"convolution of the 16-bit audio, {c.OutputChannels} channels, {c.Kernel} taps, stride {c.Stride}{(norm is null ? "" : ", its norm over time in the filters")}",
        LogMelStep { FrontEnd: var m } =>
            $"log-mel features as {(m.Convention == LogMelConvention.Nemo ? "NeMo" : "Kaldi")} makes them, {m.Bands} bands of {m.Window} samples each {m.Hop}{(m.Stack == 1 ? "" : $", {m.Stack} frames in one")}, normalised over time",
        ProductStep { Product: Linear l } s => $"linear in {Precision(s.Input)}, {l.InputChannels} → {(s.IsMountedHead ? "as many channels as the mounted weights have tokens" : $"{l.OutputChannels} channels")}{Bits(l)}",
        DepthwiseStep { Convolution: var c } s => $"depthwise convolution in {Precision(s.Input)}, {c.OutputChannels} channels, {c.Kernel} taps, stride {c.Stride}",
        Convolution2dStep { Convolution: var c } s =>
            $"two-dimensional convolution in {Precision(s.Input)}, {(c.InputChannels == 1 ? $"1 → {c.OutputChannels}" : $"{c.OutputChannels}")} channels, {c.Bands} → {c.OutputBands} bands, {c.Kernel} × {c.Kernel} taps, stride {c.Stride}",
        ProductStep { Product: Convolution c } s =>
            $"convolution in {Precision(s.Input)}, {c.InputChannels} → {c.OutputChannels} channels, {c.Kernel} taps, stride {c.Stride}{(c.Groups == 1 ? "" : $", {c.Groups} groups")}{Bits(c)}",
        AttentionStep { Attention: BiasedAttention a } s =>
            $"attention in {Precision(s.Query)}, {a.Heads} heads of {a.HeadSize}, with a bias for each of {a.Distances} distances",
        AttentionStep { Attention: RelativeAttention a } s => $"attention in {Precision(s.Query)}, {a.Heads} heads of {a.HeadSize}, with products of queries and positions",
        AttentionStep { Attention: RelativeKeyAttention a } s =>
            $"attention in {Precision(s.Query)}, {a.Heads} heads of {a.HeadSize}, with a score of each query for each of {a.Behind + 1 + a.Ahead} distances",
        AttentionStep { Attention: var a } s => $"attention in {Precision(s.Query)}, {a.Heads} heads of {a.HeadSize}",
        RowStep { Operation: GroupNorm } s => $"group norm of {s.Channels} channels over time",
        RowStep { Operation: LayerNorm } s => $"layer norm over {s.Channels} channels",
        RowStep { Operation: Sinusoids waves } s => $"{s.Channels / 2} sines and cosines of the time{(waves.IsInBothDirections ? ", in both directions" : "")}",
        RowStep { Operation: Rotary r } s => $"rotary positions, {r.Heads} heads of {s.Channels / r.Heads}",
        RowStep { Operation: GatedLinearUnit } s => $"gated linear unit, {2 * s.Channels} → {s.Channels} channels",
        RowStep { Operation: MeanPool } s => $"mean of all frames, {s.Channels} channels",
        RowStep { Operation: StatisticsPool } s => $"mean and standard deviation over all frames, {s.Channels / 2} → {s.Channels} channels",
        RowStep { Operation: Scale p } s => $"{Number(p.Factor)} times, {s.Channels} channels",
        RowStep { Operation: AveragePool p } s => $"mean of {p.Frames} frames, {s.Channels} channels",
        RowStep s => $"{operation?.Kind ?? "features as they are given"}, {s.Channels} channels",
        _ => "",
    };

    private static string Bits(Product product) => product.Packed is ExpandedWeights { Stored.Bits: var bits } ? $", weights of {bits} bits" : "";

    private static string Precision(Operand input) => input is QuantizedBuffer ? "int8" : "float32";

    private static IEnumerable<(string Role, string Name, Operand Value)> Inputs(Step step) => step switch
    {
        ProductStep p => [("from", p.Product.Input, p.Input)],
        DepthwiseStep d => [("from", d.Convolution.Input, d.Input)],
        Convolution2dStep c => [("from", c.Convolution.Input, c.Input)],
        AttentionStep { Attention: BiasedAttention a, Bias: { } bias } s =>
            [("query", a.Query, s.Query), ("key", a.Key, s.Key), ("value", a.Value, s.Value), ("gate", a.Gate, new FloatBuffer(bias.Gate))],
        AttentionStep { Attention: RelativeAttention a, Positions: { } positions } s =>
        [
            ("query", a.Query, s.Query), ("key", a.Key, s.Key), ("value", a.Value, s.Value),
            ("position", a.Position, positions.Position), ("bias", a.Bias, new FloatBuffer(positions.Bias)),
        ],
        AttentionStep { Attention: RelativeKeyAttention a, Distances: { } distances } s =>
            [("query", a.Query, s.Query), ("key", a.Key, s.Key), ("value", a.Value, s.Value), ("distances", a.Distances, new FloatBuffer(distances))],
        RowStep { Operation: Sinusoids } => [],
        RowStep { Turned: { } turned } => [("from", turned.Input.Name, new FloatBuffer(turned.Input)), ("by", turned.Waves.Name, new FloatBuffer(turned.Waves))],
        AttentionStep { Attention: var a } s => [("query", a.Query, s.Query), ("key", a.Key, s.Key), ("value", a.Value, s.Value)],
        RowStep { Input: var input } => [("from", input.Name, new FloatBuffer(input))],
        _ => [],
    };

    private static string Float(Lower.Buffer buffer) => $"float32 in slot {buffer.Slot}";

    private static string Form(Operand value) => value is not QuantizedBuffer { Grid: var grid } ? Float(value.Buffer)
        : $"{(grid.Type == QuantizedType.U8 ? "u8" : "s8")} in slot {value.Buffer.Slot}, {Numbers((QuantizedBuffer)value)}{(grid.IsDithered ? ", dithered" : "")}{(grid.Outliers == Outliers.Keep ? ", outliers kept" : "")}";

    private static string Numbers(QuantizedBuffer value) => value.MountedGrid is { } number ? $"grid {number} of the mounted weights"
        : $"scale {Number(value.Grid.Scale)}{(value.Grid.Type == QuantizedType.U8 ? $", zero point {value.Grid.ZeroPoint}" : "")}";

    private static string Choice(Quantize grid) =>
        $"the grid covers {grid.Percentile.ToString("0.######", CultureInfo.InvariantCulture)} %{(grid.Why.Length == 0 ? "" : $" ({SourceWriter.Comment(grid.Why)})")}";

    private static string Number(float value) => value.ToString("G9", CultureInfo.InvariantCulture);
}

using System.Globalization;
using System.Text;

namespace StableQuant.Graph.Text;

/// <summary>Writes a description as canonical text: the same model gives the same bytes on every machine.</summary>
public static class DescriptionWriter
{
    /// <summary>The text of a <c>.sqmodel</c>.</summary>
    /// <param name="model">The description; every product and norm in it is packed.</param>
    public static string Write(ModelDescription model)
    {
        var text = new StringBuilder();
        Line(text, $"sqmodel {model.FormatVersion}");
        Line(text, $"model {Token.Quote(model.Name)}");
        Line(text, $"weights bytes={model.Weights.Bytes} sha256={model.Weights.Sha256}");
        Line(text, $"audio {Attributes(model.FrontEnd)}");
        Line(text, $"{HeadLine(model.Head)}");
        Line(text, $"calibrated method={Token.Quote(model.Receipt.Method)} levers={Token.Quote(string.Join(" ", model.Receipt.Levers))}");
        foreach (OutlierShare r in model.Receipt.Outliers)
        {
            Line(text, $"remainders layer={Token.Quote(r.Layer)} share={Rounded(r.Share)}");
        }

        foreach (StoredBits s in model.Receipt.Stored)
        {
            Line(text, $"stored layer={Token.Quote(s.Layer)} bits={s.Bits}{(s.Divergence is { } divergence ? $" divergence={Rounded(divergence)}" : "")}");
        }

        foreach (Measurement m in model.Receipt.Measurements)
        {
            Line(text, $"measured role={Token.Quote(m.Role)} data={Token.Quote(m.Data)} utterances={m.Utterances} {m.Kind.Items()}={m.Words} manifest={m.ManifestSha256} float-{m.Kind.Key()}={Rounded(m.FloatWer)} quantized-{m.Kind.Key()}={Rounded(m.QuantizedWer)}{(m.Differing is { } differing ? $" differing={Rounded(differing)}" : "")}");
            foreach (MeasuredFigure f in m.Figures)
            {
                Line(text, $"figure name={Token.Quote(f.Name)}{(f.Float is { } before ? $" float={Rounded(before)}" : "")} quantized={Rounded(f.Quantized)} low={Rounded(f.Low)} high={Rounded(f.High)}");
            }
        }

        string? layer = null;
        foreach (Operation operation in model.Operations)
        {
            if (operation.Layer != layer)
            {
                Line(text, $"");
                layer = operation.Layer;
            }

            Line(text, $"{operation.Name} = {operation.Kind} {string.Join(" ", operation.Inputs)}{Attributes(operation)}{(operation is Quantize ? "" : " source=" + Token.Quote(operation.Source))}");
        }

        return text.ToString();
    }

    private static string HeadLine(Head head) => head switch
    {
        Vocabulary v => Invariant($"vocabulary blank={v.Blank} space={v.WordDelimiter} {Quoted(v.Tokens)}"),
        Classes c => $"classes of={(c.PerFrame ? "frame" : "utterance")} probabilities={(c.Exclusive ? "softmax" : "sigmoid")} {Quoted(c.Labels)}",
        Embedding => "embedding",
        _ => throw new ArgumentException($"{head.GetType().Name} has no text form.", nameof(head)),
    };

    private static string Quoted(IEnumerable<string> texts) => string.Join(" ", texts.Select(Token.Quote));

    // Samples that are taken as they are have no deviation to which something could be added.
    private static string Attributes(FrontEnd frontEnd) => frontEnd switch
    {
        WaveformFrontEnd w => Invariant($"rate={w.SampleRate} {(w.Epsilon is { } epsilon ? $"epsilon={Number(epsilon)}" : "normalize=none")}"),
        LogMelFrontEnd m => Invariant($"rate={m.SampleRate} features={(m.Convention == LogMelConvention.Nemo ? "nemo" : "kaldi")} window={m.Window} hop={m.Hop} fft={m.FourierSize} preemphasis={Number(m.Preemphasis)} bands={m.Bands} low={Number(m.Low)} high={Number(m.High)} floor={Number(m.Floor)} epsilon={Number(m.Epsilon)} stack={m.Stack}"),
        GivenFrontEnd g => Invariant($"rate={g.SampleRate} features=given channels={g.Channels}"),
        _ => throw new ArgumentException($"{frontEnd.GetType().Name} has no text form.", nameof(frontEnd)),
    };

    private static string Attributes(Operation operation) => operation switch
    {
        Convolution { IsDepthwise: true } c => Invariant($" channels={c.OutputChannels} kernel={c.Kernel} stride={c.Stride} pad-left={c.PadLeft} pad-right={c.PadRight} {Packed(c.Packed)}"),
        Convolution c => Invariant($" in={c.InputChannels} out={c.OutputChannels} kernel={c.Kernel} stride={c.Stride} pad-left={c.PadLeft} pad-right={c.PadRight} groups={c.Groups} {Packed(c.Packed)}"),
        Convolution2d c => Invariant($" bands={c.Bands} in={c.InputChannels} out={c.OutputChannels} kernel={c.Kernel} stride={c.Stride} padding={c.Padding} {Packed(c.Packed)}"),
        Linear l => Invariant($" in={l.InputChannels} out={l.OutputChannels} {Packed(l.Packed)}"),
        BiasedAttention b => Invariant($"{Heads(b)} behind={b.Behind} ahead={b.Ahead} {Packed(b.Packed)}"),
        RelativeKeyAttention r => Invariant($"{Heads(r)} behind={r.Behind} ahead={r.Ahead}"),
        Attention a => Heads(a),
        Rotary r => Invariant($" heads={r.Heads}"),
        Sinusoids s => Invariant($" channels={s.Channels}{(s.IsInBothDirections ? " directions=both" : "")}{(s.IsBFloat16 ? " rounding=bfloat16" : "")} rotations={s.Packed ?? throw new ArgumentException("Rotations that are not packed cannot be written.")}"),
        Norm n => Invariant($" channels={n.Channels} epsilon={Number(n.Epsilon)} {Packed(n.Packed)}"),
        AveragePool p => Invariant($" frames={p.Frames}"),
        Upsample u => Invariant($" factor={u.Factor}"),
        Scale s => Invariant($" factor={Number(s.Factor)}"),
        Activation or GatedLinearUnit or Add or UtterancePool => "",
        Quantize q => Invariant($" type={(q.Type == QuantizedType.U8 ? "u8" : "s8")} scale={Number(q.Scale)} zero={q.ZeroPoint} outliers={(q.Outliers == Outliers.Keep ? "keep" : "clip")}{(q.IsDithered ? " dither=uniform" : "")} percentile={Rounded(q.Percentile)} why={Token.Quote(q.Why)}"),
        _ => throw new ArgumentException($"'{operation.Name}' is of a kind that has no text form.", nameof(operation)),
    };

    private static string Heads(Attention a) => Invariant($" heads={a.Heads} head-size={a.HeadSize} scale={Number(a.Scale)}");

    private static string Packed(PackedWeights? packed) => packed switch
    {
        PackedInt8 p => Invariant($"bits=8 weights={p.Weights} sums={p.Sums} multipliers={p.Multipliers} bias={p.Bias}"),
        PackedIndices p => Invariant($"bits={p.Bits} weights={p.Weights} levels={p.Levels} multipliers={p.Multipliers} bias={p.Bias}"),
        PackedFloat p => Invariant($"bits=32 weights={p.Weights} bias={p.Bias}"),
        _ => throw new ArgumentException("A product without packed weights cannot be written."),
    };

    private static string Packed(PackedNorm? packed) => packed is null
        ? throw new ArgumentException("A norm without packed constants cannot be written.")
        : Invariant($"gain={packed.Gain} bias={packed.Bias}");

    private static string Packed(PackedBias? packed) => packed is null
        ? throw new ArgumentException("An attention's biases that are not packed cannot be written.")
        : Invariant($"biases={packed.Biases} gains={packed.Gains}");

    /// <summary>Nine digits bring every float back exactly, on every runtime.</summary>
    private static string Number(float value) => value.ToString("G9", CultureInfo.InvariantCulture);

    private static string Rounded(double value) => value.ToString("0.######", CultureInfo.InvariantCulture);

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static void Line(StringBuilder text, FormattableString line) => text.Append(Invariant(line)).Append('\n');
}

using StableQuant.Graph;
using StableQuant.Graph.Layout;

namespace StableQuant.Generator.Lower;

/// <summary>Turns operations into steps. An operation that was fused into an earlier step makes none.</summary>
internal sealed class StepBuilder(ModelDescription model, ValueShapes shapes, Readers readers, bool mounts)
{
    private readonly Buffer samples = model.FrontEnd is WaveformFrontEnd
        ? new(Operation.Audio + "/samples", 0, sizeof(short), PadRight: FrontEndLayout.SamplePadding)
        : new(Operation.Audio + "/samples", 0, sizeof(float));
    private readonly List<Step> steps = [];
    private readonly List<Quantize> grids = [.. model.Operations.OfType<Quantize>()];
    private readonly HashSet<string> done = [];
    private readonly Dictionary<string, Buffer> floats = [];
    private readonly Dictionary<string, QuantizedBuffer> quantized = [];

    /// <summary>What makes the features that a front end has; a waveform is there when the first step begins.</summary>
    public void VisitFrontEnd()
    {
        const string Name = Operation.Features;
        if (model.FrontEnd is LogMelFrontEnd mel)
        {
            steps.Add(new LogMelStep(
                Name, Name, shapes.StageOf(Name).Index, Store(Name, null, null, []), mel, samples,
                new Buffer(Name + "/logarithms", 1, mel.Bands * sizeof(float)),
                Fixed(Name + "/statistics", LogMelLayout.StatisticsBytes(mel.Channels)),
                Fixed(Name + "/scratch", LogMelLayout.ScratchBytes(mel.FourierSize, mel.Bands)) with { PerThread = true }));
        }
        else if (model.FrontEnd is GivenFrontEnd given)
        {
            steps.Add(new RowStep(Name, Name, shapes.StageOf(Name).Index, Store(Name, null, null, []), null, given.Channels, samples, null, null));
        }
    }

    public void Visit(Operation operation)
    {
        if (done.Contains(operation.Name))
        {
            return;
        }

        int stage = shapes.StageOf(operation.Name).Index;
        int channels = shapes.ChannelsOf(operation.Name);
        steps.Add(operation switch
        {
            Convolution { Input: Operation.Audio, Packed: PackedIntegers } c => VisitAudio(c, stage),
            Convolution { IsDepthwise: true } c => VisitDepthwise(c, stage),
            Convolution2d c => VisitConvolution2d(c, stage),
            Product p => VisitProduct(p, stage),
            Attention a => VisitAttention(a, stage),
            LayerNorm n => new RowStep(n.Name, n.Layer, stage, Fuse(n, full: true), n, channels, floats[n.Input], null, null),
            GroupNorm n => new RowStep(n.Name, n.Layer, stage, Fuse(n, full: true), n, channels, floats[n.Input], Fixed(n.Name + "/statistics", 2 * sizeof(float) * PanelLayout.Padded(channels)), null),
            GatedLinearUnit g => new RowStep(g.Name, g.Layer, stage, Fuse(g, full: true), g, channels, floats[g.Input], null, null),
            AveragePool p => new RowStep(p.Name, p.Layer, stage, Fuse(p, full: true), p, channels, floats[p.Input], null, null),
            UtterancePool p => new RowStep(p.Name, p.Layer, stage, Fuse(p, full: true), p, channels, floats[p.Input], new Buffer(p.Name + "/frame", stage, channels * sizeof(float)), null),
            Scale s => new RowStep(s.Name, s.Layer, stage, Fuse(s, full: true), s, channels, floats[s.Input], null, null),
            Upsample u => new RowStep(u.Name, u.Layer, stage, Fuse(u, full: true), null, channels, floats[u.Input], null, null),
            Sinusoids s => new RowStep(s.Name, s.Layer, stage, Fuse(s, full: false), s, channels, new Buffer(s.Name + "/waves", stage, channels * sizeof(float)), null, null),
            Rotary r => new RowStep(
                r.Name, r.Layer, stage, Fuse(r, full: true), r, channels, new Buffer(r.Name + "/turned", stage, channels * sizeof(float)), null, new TurnedBuffers(floats[r.Input], floats[r.Waves])),
            _ => new RowStep(operation.Name, operation.Layer, stage, FuseFrom(operation), null, channels, floats[operation.Inputs[0]], null, null),
        });
    }

    public LoweredModel Finish()
    {
        Operation last = model.Operations[model.Operations.Count - 1];
        return new LoweredModel(model, new(shapes.Stages), new([]), 0, new(steps), samples, floats[last.Name]);
    }

    /// <summary>The epilogue of an operation that computes a value.</summary>
    /// <param name="operation">The operation.</param>
    /// <param name="full">Whether activation and residual may be fused, or only stores and quantisation.</param>
    private Epilogue Fuse(Operation operation, bool full) => Fuse(operation, full, []);

    private Epilogue Fuse(Operation operation, bool full, List<string> fused)
    {
        string value = operation.Name;
        done.Add(value);
        ActivationFunction? function = null;
        if (full && readers.OnlyOf(value) is Activation activation)
        {
            function = activation.Function;
            value = Absorb(activation, fused);
        }

        Buffer? residual = null;
        if (full && readers.OnlyOf(value) is Add add && floats.TryGetValue(add.Left == value ? add.Right : add.Left, out residual))
        {
            value = Absorb(add, fused);
        }

        return Store(value, function, residual, fused);
    }

    /// <summary>The epilogue of a step that starts with an activation, a sum or a quantisation of a stored value.</summary>
    private Epilogue FuseFrom(Operation operation)
    {
        var fused = new List<string>();
        done.Add(operation.Name);
        switch (operation)
        {
            case Quantize quantize:
                QuantizedBuffer target = Target(quantize);
                return new Epilogue(null, null, null, target, new(fused));
            case Add add:
                return Store(add.Name, null, floats[add.Right], fused);
            case Activation activation:
                return Store(activation.Name, activation.Function, null, fused);
            default:
                throw new InvalidOperationException($"No step for {operation.Kind}.");
        }
    }

    private Epilogue Store(string value, ActivationFunction? activation, Buffer? residual, List<string> fused)
    {
        IReadOnlyList<Operation> all = readers.Of(value);
        Quantize? first = all.OfType<Quantize>().FirstOrDefault();
        bool isResult = model.Operations[model.Operations.Count - 1].Name == value;
        if (isResult || all.Any(r => r != first))
        {
            floats.Add(value, Padded(value, sizeof(float)));
        }

        QuantizedBuffer? target = null;
        if (first is not null)
        {
            Absorb(first, fused);
            target = Target(first);
        }

        return new Epilogue(activation, residual, floats.TryGetValue(value, out Buffer? stored) ? stored : null, target, new(fused));
    }

    private QuantizedBuffer Target(Quantize quantize)
    {
        int channels = shapes.ChannelsOf(quantize.Name);
        Buffer buffer = Padded(quantize.Name, sizeof(byte));
        var target = new QuantizedBuffer(buffer, quantize, channels, quantize.Outliers == Outliers.Keep ? Keep(quantize, buffer.Stage, channels) : null)
        {
            MountedGrid = mounts ? grids.IndexOf(quantize) : null,
        };
        quantized.Add(quantize.Name, target);
        return target;
    }

    /// <summary>The buffer of a value, with the padding that the convolutions over it want; of zeros that follow it, where it is cut into more frames.</summary>
    private Buffer Padded(string value, int elementBytes)
    {
        List<Convolution> convolutions = [.. readers.Of(value).OfType<Convolution>()];
        return new Buffer(
            value,
            shapes.StageOf(value).Index,
            shapes.ChannelsOf(value) * elementBytes,
            convolutions.Select(c => c.PadLeft).DefaultIfEmpty().Max(),
            convolutions.Select(c => c.PadRight).Append(readers.Of(value).Any(reader => reader is Upsample u && u.Input == value) ? 1 : 0).Max());
    }

    private OutlierBuffers Keep(Quantize quantize, int stage, int channels)
    {
        // A sum of n products of weights up to 127, zero-point correction included, stays within int32 while n · 127 · (limit + 255) does.
        int inputs = readers.Of(quantize.Name).Max(reader => reader is Product product ? product.GroupInputs : 1);
        return new OutlierBuffers(
            new Buffer(quantize.Name + "/outliers", stage, OutlierLayout.HeadBytes),
            new Buffer(quantize.Name + "/more-outliers", stage, OutlierLayout.TailBytes(channels)),
            Math.Min(OutlierLayout.MaxInteger, int.MaxValue / (127 * inputs) - 255));
    }

    private string Absorb(Operation operation, List<string> fused)
    {
        done.Add(operation.Name);
        fused.Add(operation.Name);
        return operation.Name;
    }

    private Operand OperandOf(string value) => quantized.TryGetValue(value, out QuantizedBuffer? integers) ? integers : new FloatBuffer(floats[value]);

    private WaveformStep VisitAudio(Convolution c, int stage)
    {
        Buffer filters = Fixed(c.Name + "/filters", FrontEndLayout.FilterBytes(c.Kernel, c.OutputChannels));
        if (readers.OnlyOf(c.Name) is not GroupNorm norm)
        {
            return new WaveformStep(c.Name, c.Layer, stage, Fuse(c, full: true), c, null, samples, filters, null);
        }

        done.Add(c.Name);
        Buffer moments = Fixed(c.Name + "/moments", FrontEndLayout.MomentBytes(c.Kernel)) with { PerThread = true };
        return new WaveformStep(c.Name, c.Layer, stage, Fuse(norm, full: true, [norm.Name]), c, norm, samples, filters, moments);
    }

    private ProductStep VisitProduct(Product p, int stage)
    {
        bool isFirst = p.Input == Operation.Audio;
        Operand input = isFirst ? new FloatBuffer(new Buffer(p.Name + "/samples", 0, sizeof(float))) : OperandOf(p.Input);
        Buffer? planes = p.Groups > 1 ? input.Buffer with { Name = p.Name + "/planes" } : null;
        var scratch = new OutlierScratch(p.InputChannels / p.Groups, p.Kernel, p.Stride);
        Buffer? gathered = input is QuantizedBuffer { Kept: not null } ? Fixed(p.Name + "/gathered", scratch.Bytes) with { PerThread = true } : null;
        bool isHead = mounts && p == model.VocabularyHead;
        Buffer? expanded = p.Packed is ExpandedWeights { Panels: null } ? Fixed(p.Name + "/panels", ExpandedBytes(p.GroupInputs, isHead ? int.MaxValue : PanelLayout.Panels(p.PackedOutputs))) with { PerThread = true } : null;
        return new ProductStep(p.Name, p.Layer, stage, Fuse(p, full: true), p, input, isFirst ? samples : null, planes, gathered, expanded) { IsMountedHead = isHead };
    }

    private DepthwiseStep VisitDepthwise(Convolution c, int stage)
    {
        Operand input = OperandOf(c.Input);
        Buffer? scratch = input is QuantizedBuffer ? Fixed(c.Name + "/frames", new DepthwiseScratch(c.Kernel, c.Stride).Bytes) with { PerThread = true } : null;
        return new DepthwiseStep(c.Name, c.Layer, stage, Fuse(c, full: true), c, input, scratch);
    }

    private Convolution2dStep VisitConvolution2d(Convolution2d c, int stage)
    {
        Operand input = OperandOf(c.Input);
        Buffer? scratch = input is QuantizedBuffer ? Fixed(c.Name + "/frames", new Convolution2dScratch(c.Bands, c.Kernel, c.Stride, c.Padding).Bytes) with { PerThread = true } : null;
        return new Convolution2dStep(c.Name, c.Layer, stage, Fuse(c, full: true), c, input, scratch);
    }

    private AttentionStep VisitAttention(Attention a, int stage)
    {
        const int PanelRows = PanelLayout.Outputs - 1;
        int panelSize = PanelLayout.Padded(a.HeadSize);
        Buffer PerFrame(string what, int rowBytes) => new($"{a.Name}/{what}", stage, rowBytes, PadRight: PanelRows);
        Operand query = OperandOf(a.Query);
        bool isFloat = query is FloatBuffer;
        int element = isFloat ? sizeof(float) : sizeof(byte);
        return new AttentionStep(
            a.Name, a.Layer, stage, Fuse(a, full: false), a, query, OperandOf(a.Key), OperandOf(a.Value),
            PerFrame("key-panels", a.Heads * (isFloat ? a.HeadSize * element : PanelLayout.PaddedInputs(a.HeadSize))),
            isFloat ? null : PerFrame("key-sums", a.Heads * sizeof(int)),
            PerFrame("value-panels", a.Heads * panelSize * element),
            isFloat ? null : Fixed(a.Name + "/value-sums", a.Heads * panelSize * sizeof(int)),
            PerFrame("scores", TileLayout.AttentionRows * sizeof(float)) with { PerThread = true },
            isFloat ? null : PerFrame("probabilities", TileLayout.AttentionRows) with { PerThread = true },
            a is BiasedAttention biased
                ? new BiasBuffers(floats[biased.Gate], PerFrame("biases", 2 * a.Heads * sizeof(float)), PerFrame("gates", a.Heads * sizeof(float)))
                : null,
            a is RelativeAttention relative ? PositionsOf(relative, stage, isFloat) : null,
            a is RelativeKeyAttention keyed ? floats[keyed.Distances] : null);
    }

    private PositionBuffers PositionsOf(RelativeAttention a, int stage, bool isFloat)
    {
        // Twice as many distances as frames, less one, and of a block of queries as many as reach its keys, in whole panels.
        const int PanelRows = PanelLayout.Outputs - 1, BlockRows = TileLayout.AttentionRows + 3 * PanelLayout.Outputs;
        Buffer PerFrame(string what, int rowBytes, int more) => new($"{a.Name}/{what}", stage, rowBytes, PadRight: more);
        return new PositionBuffers(
            OperandOf(a.Position),
            floats[a.Bias],
            PerFrame("position-panels", 2 * a.Heads * (isFloat ? a.HeadSize * sizeof(float) : PanelLayout.PaddedInputs(a.HeadSize)), PanelRows),
            isFloat ? null : PerFrame("position-sums", 2 * a.Heads * sizeof(int), PanelRows),
            PerFrame("position-biases", 2 * a.Heads * sizeof(float), PanelRows),
            PerFrame("position-scores", TileLayout.AttentionRows * sizeof(float), BlockRows) with { PerThread = true });
    }

    private static long ExpandedBytes(int inputs, int panels) => Math.Min(TileLayout.ExpandedPanels(inputs), panels) * PanelLayout.Bytes(PanelLayout.Outputs, inputs);

    private static Buffer Fixed(string name, long bytes) => new(name, 0, 0, FixedBytes: bytes);
}

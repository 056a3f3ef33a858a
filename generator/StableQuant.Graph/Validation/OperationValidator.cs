using System.Text.RegularExpressions;
using StableQuant.Graph.Layout;

namespace StableQuant.Graph.Validation;

/// <summary>Checks operations, each against those before it.</summary>
/// <param name="weights">The weights file.</param>
/// <param name="frontEnd">What makes the value that the first one reads.</param>
internal sealed class OperationValidator(WeightsFile weights, FrontEnd frontEnd)
{
    private static readonly Regex Name = new(FormattableString.Invariant($@"^[A-Za-z][A-Za-z0-9_.]{{0,{GraphLimits.MaxName - 1}}}\z"), RegexOptions.CultureInvariant);

    private readonly Dictionary<string, Operation> byName = new(StringComparer.Ordinal);
    private readonly StageValidator stages = new(frontEnd);
    private long expanded;

    /// <summary>The values so far.</summary>
    public ValueShapes Shapes { get; } = new(frontEnd);

    /// <summary>Checks the next operation.</summary>
    /// <param name="operation">The operation.</param>
    /// <param name="line">Its line.</param>
    public void Check(Operation operation, LineCheck line)
    {
        if (!Name.IsMatch(operation.Name) || operation.Name is Operation.Audio or Operation.Features)
        {
            throw line.Error(GraphError.Name, $"A name is letters, digits, underscores and dots, starts with a letter, has {GraphLimits.MaxName} characters at most and is neither 'audio' nor 'mel'.");
        }

        if (byName.ContainsKey(operation.Name))
        {
            throw line.Error(GraphError.Name, $"There is an operation '{operation.Name}' already; names are unique.");
        }

        for (int i = 0; i < operation.Inputs.Count; i++)
        {
            if (!Shapes.Has(operation.Inputs[i]))
            {
                throw line.Error(GraphError.Input(i), $"'{operation.Inputs[i]}' is not the name of an earlier operation, nor what the front end makes, '{frontEnd.Value}'.");
            }
        }

        switch (operation)
        {
            case Convolution2d c:
                CheckConvolution2d(c, line);
                break;
            case Product p:
                CheckProduct(p, line);
                break;
            case Attention a:
                CheckAttention(a, line);
                if (a is BiasedAttention biased)
                {
                    CheckBiases(biased, line);
                }
                else if (a is RelativeAttention relative)
                {
                    CheckPositions(relative, line);
                }
                else if (a is RelativeKeyAttention keyed)
                {
                    CheckDistances(keyed, line);
                }

                break;
            case Sinusoids s:
                CheckSinusoids(s, line);
                break;
            case Rotary r:
                CheckRotary(r, line);
                break;
            case Norm n:
                CheckNorm(n.Input, n.Channels, n.Epsilon, n.Packed, line);
                break;
            case Activation a:
                CheckFloatInput(line, 0, a.Input);
                break;
            case GatedLinearUnit g:
                CheckGate(g, line);
                break;
            case AveragePool p:
                CheckFloatInput(line, 0, p.Input);
                line.Range("frames", p.Frames, 2, GraphLimits.MaxPooledFrames);
                break;
            case UtterancePool p:
                CheckFloatInput(line, 0, p.Input);
                break;
            case Scale s:
                CheckFloatInput(line, 0, s.Input);
                line.Range("factor", s.Factor, -GraphLimits.MaxFactor, GraphLimits.MaxFactor);
                break;
            case Upsample u:
                CheckUpsample(u, line);
                break;
            case Add a:
                CheckAdd(a, line);
                break;
            case Quantize q:
                CheckQuantize(q, line);
                break;
        }

        IEnumerable<string> alike = operation switch { Upsample => [], RelativeAttention a => [a.Query, a.Key, a.Value], _ => operation.Inputs };
        if (alike.Any(input => Shapes.StageOf(input) != Shapes.StageOf(operation.Inputs[0])))
        {
            throw line.Error(GraphError.Name, $"The inputs of '{operation.Name}' have different numbers of frames: not the same convolutions lead to each.");
        }

        Shapes.Add(operation);
        byName.Add(operation.Name, operation);
        stages.Check(Shapes.StageOf(operation.Name), Shapes.ChannelsOf(operation.Name), line);
    }

    private void CheckConvolution2d(Convolution2d c, LineCheck line)
    {
        bool isFloat = c.Packed is PackedFloat;
        CheckOperand(c, isFloat, line);
        int channels = Shapes.ChannelsOf(c.Input), rows = Shapes.StageOf(c.Input).MadeRows;
        line.Range("out", c.OutputChannels, 2, GraphLimits.MaxChannels);
        if (c.InputChannels != 1 && c.InputChannels != c.OutputChannels)
        {
            throw line.Error("in", "'in' must be 1, or as many as 'out': each channel is convolved by itself.");
        }

        if (c.InputChannels == 1 ? channels != c.Bands || rows != 1 : channels != c.InputChannels || rows != c.Bands)
        {
            throw line.Error("bands", $"'bands' and 'in' say {c.Bands} bands of {c.InputChannels} channels, but the input has {rows} rows of {channels} channels a frame.");
        }

        line.Range("kernel", c.Kernel, 1, GraphLimits.MaxSide);
        line.Range("stride", c.Stride, 1, GraphLimits.MaxSide);
        line.Range("padding", c.Padding, 0, c.Kernel - 1);
        if (c.Bands + (2 * c.Padding) < c.Kernel)
        {
            throw line.Error("kernel", $"'kernel' spans more than the {c.Bands} bands and their padding.");
        }

        if (!isFloat)
        {
            CheckSums(line, c, c.GroupInputs, new Convolution2dScratch(c.Bands, c.Kernel, c.Stride, c.Padding).Bytes);
        }

        CheckPacked(line, c.Packed, c.PackedGroups, c.PackedOutputs, c.GroupInputs);
    }

    private void CheckOperand(Product product, bool isFloat, LineCheck line)
    {
        if (isFloat)
        {
            CheckFloatInput(line, 0, product.Input, "A product of bits=32");
        }
        else
        {
            CheckQuantizedInput(line, 0, product.Input, QuantizedType.U8, "A product of bits=8");
        }
    }

    private void CheckProduct(Product product, LineCheck line)
    {
        bool isFloat = product.Packed is PackedFloat;
        Convolution? convolution = product as Convolution;
        if (convolution is not { Input: Operation.Audio })
        {
            CheckOperand(product, isFloat, line);
        }

        CheckChannels(line, product.IsDepthwise ? "channels" : "in", product.InputChannels, product.Input);
        line.Range("out", product.OutputChannels, 1, GraphLimits.MaxChannels);
        if (convolution is not null)
        {
            CheckWindow(convolution, isFloat, line);
        }

        // What one output reads.
        int groups = convolution?.Groups ?? 1;
        int channels = product.InputChannels / groups;
        int taps = convolution?.Kernel ?? 1;
        long inputs = (long)channels * taps;
        if (!isFloat)
        {
            int stride = convolution?.Stride ?? 1;
            CheckSums(line, product, inputs, product.IsDepthwise ? new DepthwiseScratch(taps, stride).Bytes : new OutlierScratch(channels, taps, stride).Bytes);
        }

        CheckPacked(line, product.Packed, product.PackedGroups, product.PackedOutputs, (int)inputs);
    }

    private static void CheckWindow(Convolution c, bool isFloat, LineCheck line)
    {
        line.Range("kernel", c.Kernel, 1, GraphLimits.MaxTaps);
        line.Range("stride", c.Stride, 1, GraphLimits.MaxTaps);
        line.Range("pad-left", c.PadLeft, 0, GraphLimits.MaxTaps);
        line.Range("pad-right", c.PadRight, 0, GraphLimits.MaxTaps);
        line.Range("groups", c.Groups, 1, c.InputChannels);
        if (c.InputChannels % c.Groups != 0 || c.OutputChannels % c.Groups != 0)
        {
            throw line.Error("groups", "'groups' must divide 'in' and 'out'.");
        }

        if (Math.Max(c.PadLeft, c.PadRight) >= c.Kernel)
        {
            throw line.Error(c.PadLeft >= c.Kernel ? "pad-left" : "pad-right", "Padding must be less than 'kernel': a window that sees nothing else makes no frame.");
        }

        if (c.Input == Operation.Audio && c.PadLeft + c.PadRight > 0)
        {
            throw line.Error(c.PadLeft > 0 ? "pad-left" : "pad-right", "The convolution over the audio has no padding.");
        }

        long window = (long)c.Kernel * c.InputChannels, step = (long)c.Stride * c.InputChannels;
        if (window > GraphLimits.MaxWindow)
        {
            throw line.Error("kernel", $"A window of {window} values is too large; at most {GraphLimits.MaxWindow} are allowed.");
        }

        if (step > GraphLimits.MaxStep)
        {
            throw line.Error("stride", $"A step of {step} values from one window to the next is too large; at most {GraphLimits.MaxStep} are allowed.");
        }
    }

    /// <summary>Refuses sums that could leave int32, and outliers that could not be gathered.</summary>
    private void CheckSums(LineCheck line, Product product, long inputs, long scratch)
    {
        bool keeps = QuantizeOf(product.Input) is { Outliers: Outliers.Keep };
        string part = product is Convolution ? "kernel" : "in";
        int max = product.Input == Operation.Audio ? GraphLimits.MaxAudioInputs : keeps ? GraphLimits.MaxOutlierInputs : GraphLimits.MaxInputs;
        if (inputs > max)
        {
            throw line.Error(part, $"A sum of {inputs} products could leave int32; at most {max} are allowed here.");
        }

        if (product.IsDepthwise && scratch > GraphLimits.MaxOutlierBytes)
        {
            throw line.Error("stride", $"Such windows would be laid out in {scratch} bytes; at most {GraphLimits.MaxOutlierBytes} are allowed.");
        }

        if (keeps && scratch > GraphLimits.MaxOutlierBytes)
        {
            throw line.Error(product is Convolution ? "stride" : "in", $"Outliers of such windows would be gathered in {scratch} bytes; at most {GraphLimits.MaxOutlierBytes} are allowed. Write outliers=clip at '{product.Input}'.");
        }
    }

    private void CheckPacked(LineCheck line, PackedWeights? packed, int groups, int outputs, int inputs)
    {
        long vector = (long)groups * PanelLayout.Padded(outputs) * sizeof(float);
        switch (packed)
        {
            case PackedFloat p:
                line.Block("weights", weights, p.Weights, groups * PanelLayout.FloatBytes(outputs, inputs));
                line.Block("bias", weights, p.Bias, vector);
                break;
            case PackedInt8 p:
                line.Block("weights", weights, p.Weights, groups * PanelLayout.Bytes(outputs, inputs));
                line.Block("sums", weights, p.Sums, vector);
                line.Block("multipliers", weights, p.Multipliers, vector);
                line.Block("bias", weights, p.Bias, vector);
                AddLoaded(line, groups * PanelLayout.LimitBytes(outputs, inputs) + PanelLayout.LimitSlack);
                break;
            case PackedIndices p:
                line.Range("bits", p.Bits, IndexLayout.MinBits, IndexLayout.MaxBits);
                line.Block("weights", weights, p.Weights, groups * IndexLayout.Bytes(p.Bits, outputs, inputs));
                line.Block("levels", weights, p.Levels, groups * IndexLayout.LevelBytes(p.Bits, outputs));
                line.Block("multipliers", weights, p.Multipliers, vector);
                line.Block("bias", weights, p.Bias, vector);
                AddLoaded(line, groups * (PanelLayout.Bytes(outputs, inputs) + PanelLayout.LimitBytes(outputs, inputs)) + PanelLayout.LimitSlack + vector);
                break;
            default:
                throw line.Error(GraphError.Name, "A product has packed weights.");
        }
    }

    // Lines may share a block, and for each it is worked out what follows from it.
    private void AddLoaded(LineCheck line, long bytes)
    {
        expanded += bytes;
        if (expanded > GraphLimits.MaxWeightsBytes)
        {
            throw line.Error("bits", $"What is made of all weights when they are loaded would take {expanded} bytes; at most {GraphLimits.MaxWeightsBytes} are allowed.");
        }
    }

    private void CheckAttention(Attention a, LineCheck line)
    {
        bool isFloat = QuantizeOf(a.Query) is null;
        string reader = isFloat ? "An attention whose query is float32" : "An attention whose query is quantized";
        for (int i = 0; i < a.Operands.Count; i++)
        {
            if (isFloat)
            {
                CheckFloatInput(line, i, a.Operands[i], reader);
            }
            else
            {
                Quantize operand = CheckQuantizedInput(line, i, a.Operands[i], i == 0 ? QuantizedType.U8 : QuantizedType.S8, reader);
                if (operand.Outliers == Outliers.Keep)
                {
                    throw line.Error(GraphError.Input(i), "An attention reads values whose outliers are clipped; write outliers=clip there.");
                }

                if (operand.IsDithered)
                {
                    throw line.Error(GraphError.Input(i), "An attention reads values without dither; remove dither=uniform there.");
                }
            }
        }

        line.Range("heads", a.Heads, 1, GraphLimits.MaxChannels);
        line.Range("head-size", a.HeadSize, 1, GraphLimits.MaxChannels);
        line.Range("scale", a.Scale, -GraphLimits.MaxFactor, GraphLimits.MaxFactor);
        int[] channels = [.. new[] { a.Query, a.Key, a.Value }.Select(Shapes.ChannelsOf)];
        if (channels.Any(count => count != (long)a.Heads * a.HeadSize))
        {
            throw line.Error("heads", $"heads × head-size must be the channels of query, key and value: {string.Join(", ", channels)}.");
        }
    }

    private void CheckBiases(BiasedAttention a, LineCheck line)
    {
        const int Gate = 3;
        CheckFloatInput(line, Gate, a.Gate, "The gate of a biased attention");
        if (Shapes.ChannelsOf(a.Gate) != 2L * a.Heads)
        {
            throw line.Error("heads", $"The gate must have two channels a head; '{a.Gate}' has {Shapes.ChannelsOf(a.Gate)}.");
        }

        line.Range("behind", a.Behind, 0, GraphLimits.MaxDistance);
        line.Range("ahead", a.Ahead, 0, GraphLimits.MaxDistance);
        if (a.Packed is not { } packed)
        {
            throw line.Error(GraphError.Name, "A biased attention has packed biases.");
        }

        line.Block("biases", weights, packed.Biases, (long)a.Heads * PanelLayout.Padded(a.Distances) * sizeof(float));
        line.Block("gains", weights, packed.Gains, (long)PanelLayout.Padded(a.Heads) * sizeof(float));
    }

    private void CheckPositions(RelativeAttention a, LineCheck line)
    {
        const int Bias = 4;
        CheckFloatInput(line, Bias, a.Bias, "The bias of a relative attention");
        (int positions, int biases) = (Shapes.ChannelsOf(a.Position), Shapes.ChannelsOf(a.Bias));
        if (positions != (long)a.Heads * a.HeadSize || biases != a.Heads)
        {
            throw line.Error("heads", $"Positions must have the channels of the queries, and their bias one a head; '{a.Position}' has {positions} and '{a.Bias}' {biases}.");
        }

        Stage rows = Shapes.StageOf(a.Position);
        if (rows != Shapes.StageOf(a.Bias) || rows is not { Stride: 1, FrameRows: 1, MadeRows: 2 } || rows.Kernel - rows.Padding != 1 || rows.Previous != Shapes.StageOf(a.Query).Index)
        {
            throw line.Error(GraphError.Input(Bias - 1), $"Positions and their bias must be made of sinusoids in both directions, of as many frames as the queries have; '{a.Position}' and '{a.Bias}' are not.");
        }
    }

    private void CheckDistances(RelativeKeyAttention a, LineCheck line)
    {
        const int Distances = 3;
        CheckFloatInput(line, Distances, a.Distances, "The distances of a relative-key attention");
        line.Range("behind", a.Behind, 0, GraphLimits.MaxDistance);
        line.Range("ahead", a.Ahead, 0, GraphLimits.MaxDistance);
        if (Shapes.ChannelsOf(a.Distances) is var channels && channels != (a.Behind + 1L + a.Ahead) * a.Heads)
        {
            throw line.Error("behind", $"heads × (behind + 1 + ahead) must be the channels of '{a.Distances}', which has {channels}.");
        }
    }

    private void CheckRotary(Rotary r, LineCheck line)
    {
        CheckFloatInput(line, 0, r.Input);
        CheckFloatInput(line, 1, r.Waves);
        line.Range("heads", r.Heads, 1, GraphLimits.MaxChannels);
        (int channels, int waves) = (Shapes.ChannelsOf(r.Input), Shapes.ChannelsOf(r.Waves));
        if (waves % 2 != 0 || channels != (long)r.Heads * waves)
        {
            throw line.Error("heads", $"Each of the {r.Heads} heads must have the channels of '{r.Waves}', which are sines and cosines: {waves}; '{r.Input}' has {channels} in all.");
        }
    }

    private void CheckSinusoids(Sinusoids s, LineCheck line)
    {
        CheckFloatInput(line, 0, s.Input);
        line.Range("channels", s.Channels, 2, GraphLimits.MaxChannels);
        if (s.Channels % 2 != 0)
        {
            throw line.Error("channels", "'channels' must be even: of each frequency there are a sine and a cosine.");
        }

        line.Block("rotations", weights, s.Packed ?? throw line.Error(GraphError.Name, "Sinusoids have packed rotations."), RotationLayout.Floats(s.Channels / 2) * sizeof(float));
    }

    private void CheckNorm(string input, int channels, float epsilon, PackedNorm? packed, LineCheck line)
    {
        CheckFloatInput(line, 0, input);
        CheckChannels(line, "channels", channels, input);
        line.Positive("epsilon", epsilon);
        if (packed is null)
        {
            throw line.Error(GraphError.Name, "A norm has packed constants.");
        }

        line.Block("gain", weights, packed.Gain, (long)PanelLayout.Padded(channels) * sizeof(float));
        line.Block("bias", weights, packed.Bias, (long)PanelLayout.Padded(channels) * sizeof(float));
    }

    private void CheckGate(GatedLinearUnit gate, LineCheck line)
    {
        CheckFloatInput(line, 0, gate.Input);
        if (Shapes.ChannelsOf(gate.Input) is var channels && channels % 2 != 0)
        {
            throw line.Error(GraphError.Input(0), $"'{gate.Input}' has {channels} channels, which are no two halves.");
        }
    }

    private void CheckUpsample(Upsample upsample, LineCheck line)
    {
        CheckFloatInput(line, 0, upsample.Input);
        CheckFloatInput(line, 1, upsample.Like);
        line.Range("factor", upsample.Factor, 2, GraphLimits.MaxPooledFrames);
        if (Shapes.ChannelsOf(upsample.Input) is var channels && channels % upsample.Factor != 0)
        {
            throw line.Error("factor", $"'factor' must divide the {channels} channels of '{upsample.Input}'.");
        }

        Stage stage = Shapes.StageOf(upsample.Input);
        if (stage.Index == 0 || stage.FrameRows != stage.MadeRows || stage.Previous != Shapes.StageOf(upsample.Like).Index || stage.Stride != upsample.Factor || stage.Kernel - stage.Padding != upsample.Factor)
        {
            throw line.Error(GraphError.Input(1), $"'{upsample.Input}' must have the frames of '{upsample.Like}' divided by {upsample.Factor}, rounded down.");
        }
    }

    private void CheckAdd(Add add, LineCheck line)
    {
        CheckFloatInput(line, 0, add.Left);
        CheckFloatInput(line, 1, add.Right);
        (int left, int right) = (Shapes.ChannelsOf(add.Left), Shapes.ChannelsOf(add.Right));
        if (left != right)
        {
            throw line.Error(GraphError.Name, $"'{add.Left}' has {left} channels, '{add.Right}' has {right}: they cannot be added.");
        }
    }

    private void CheckQuantize(Quantize q, LineCheck line)
    {
        CheckFloatInput(line, 0, q.Input);
        line.Positive("scale", q.Scale);
        line.Range("zero", q.ZeroPoint, 0, q.Type == QuantizedType.U8 ? byte.MaxValue : 0);
        line.Range("percentile", q.Percentile, 0, 100);
        if (q.IsDithered && (q.Type != QuantizedType.U8 || (byName.TryGetValue(q.Input, out Operation? maker) && maker is Attention)))
        {
            throw line.Error("dither", "'dither' is for values of type u8 that no attention makes; remove it.");
        }

        if (q.Outliers == Outliers.Keep)
        {
            int channels = Shapes.ChannelsOf(q.Input);
            if (q.Type != QuantizedType.U8)
            {
                throw line.Error("outliers", "'outliers' must be clip, or keep where the type is u8.");
            }

            if (channels > OutlierLayout.MaxChannels)
            {
                throw line.Error("outliers", $"Outliers can be kept only of {OutlierLayout.MaxChannels} channels at most.");
            }
        }
    }

    private void CheckFloatInput(LineCheck line, int index, string input, string reader = "This kind")
    {
        if (input == Operation.Audio || QuantizeOf(input) is not null)
        {
            throw line.Error(GraphError.Input(index), $"{reader} reads float values; name an operation that is neither 'audio' nor a 'quantize'.");
        }
    }

    private Quantize CheckQuantizedInput(LineCheck line, int index, string input, QuantizedType type, string reader) =>
        QuantizeOf(input) is { } quantize && quantize.Type == type
            ? quantize
            : throw line.Error(GraphError.Input(index), $"{reader} reads quantized values; name a 'quantize' of type {type.ToString().ToLowerInvariant()}.");

    // What the front end makes is no operation.
    private Quantize? QuantizeOf(string value) => byName.TryGetValue(value, out Operation? operation) ? operation as Quantize : null;

    private void CheckChannels(LineCheck line, string key, int declared, string input)
    {
        int actual = Shapes.ChannelsOf(input);
        if (declared != actual)
        {
            throw line.Error(key, $"'{key}' says {declared}, but the input has {actual} channels.");
        }
    }
}

using System.Text.RegularExpressions;

namespace StableQuant.Graph;

/// <summary>Reads the operations of a description, one a line, and checks each against those before it.</summary>
internal sealed class OperationReader
{
    private const int MostChannels = 65536;
    private const int MostFrames = 65536;

    /// <summary>The largest sum of products that every kernel keeps within int32: 255 · 127 · inputs.</summary>
    private const int MostInputs = int.MaxValue / (255 * 127) - 1;

    /// <summary>As <see cref="MostInputs"/>, for 16-bit samples.</summary>
    private const int MostAudioInputs = int.MaxValue / (2 * 65535 * 127);

    /// <summary>The most floats that a window may span, over all channels: its bytes, padding's too, stay within int32.</summary>
    private const int MostWindow = 1 << 28;

    private readonly Dictionary<string, Operation> byName = [];
    private readonly Dictionary<string, int> channels = new() { [Operation.Audio] = 1 };
    private readonly FrameRates frames = new();
    private readonly List<Operation> operations = [];

    public IReadOnlyList<Operation> Operations => operations;

    public void Read(LineReader line, WeightsFile weights)
    {
        Token name = line.Word("An operation's name");
        if (!Regex.IsMatch(name.Value, @"^[A-Za-z][A-Za-z0-9_.]{0,99}\z") || name.Value == Operation.Audio)
        {
            throw line.Error(name, "A name is letters, digits, underscores and dots, starts with a letter, has 100 characters at most and is not 'audio'.");
        }

        if (byName.ContainsKey(name.Value))
        {
            throw line.Error(name, $"There is an operation '{name.Value}' already; names are unique.");
        }

        Token equals = line.Word("'='");
        if (equals.Value != "=")
        {
            throw line.Error(equals, "A line is 'name = kind inputs key=value …'; '=' is missing here.");
        }

        Token kind = line.Word("The operation's kind");
        Operation operation = kind.Value switch
        {
            Convolution.KindName => ReadConvolution(line, name.Value, weights),
            Linear.KindName => ReadLinear(line, name.Value, weights),
            Attention.KindName => ReadAttention(line, name.Value),
            LayerNorm.KindName => ReadLayerNorm(line, name.Value, weights),
            GroupNorm.KindName => ReadGroupNorm(line, name.Value, weights),
            Gelu.KindName => ReadGelu(line, name.Value),
            Add.KindName => ReadAdd(line, name.Value),
            Quantize.KindName => ReadQuantize(line, name.Value),
            _ => throw line.Error(kind, $"'{kind.Value}' is no kind of operation; the kinds are convolution, linear, attention, layer-norm, group-norm, gelu, add and quantize."),
        };
        line.Finish();
        if (!frames.Add(operation))
        {
            throw line.Error(name, $"The inputs of '{name.Value}' have different numbers of frames: not the same convolutions lead to each.");
        }

        operations.Add(operation);
        byName.Add(name.Value, operation);
    }

    /// <summary>Checks what only the whole graph shows.</summary>
    public void Finish(LineReader end, Vocabulary vocabulary)
    {
        var start = new Token(null, "", false, 1, 1);
        if (operations.Count == 0)
        {
            throw end.Error(start, "There is no operation; the file may be cut off.");
        }

        Operation last = operations[operations.Count - 1];
        if (last is Quantize || channels[last.Name] != vocabulary.Tokens.Count)
        {
            throw end.Error(start, $"The last operation, '{last.Name}', must make {vocabulary.Tokens.Count} logits a frame, one a token; the file may be cut off.");
        }
    }

    private Token Input(LineReader line, out int inputChannels)
    {
        Token token = line.Word("An input");
        if (!channels.TryGetValue(token.Value, out inputChannels))
        {
            throw line.Error(token, $"'{token.Value}' is not the name of an earlier operation.");
        }

        return token;
    }

    private string FloatInput(LineReader line, out int inputChannels, string reader = "This kind")
    {
        Token token = Input(line, out inputChannels);
        return token.Value != Operation.Audio && byName[token.Value] is not Quantize
            ? token.Value
            : throw line.Error(token, $"{reader} reads float values; name an operation that is neither 'audio' nor a 'quantize'.");
    }

    /// <summary>Refuses sums that could leave int32. Kept outliers need room beyond the 8 bits of the grid.</summary>
    private void CheckSums(LineReader line, string input, string key, long inputs)
    {
        bool isKept = input != Operation.Audio && ((Quantize)byName[input]).Outliers == Outliers.Keep;
        int most = input == Operation.Audio ? MostAudioInputs : isKept ? MostInputs / 4 : MostInputs;
        if (inputs > most)
        {
            throw line.Error(line.Text(key), $"A sum of {inputs} products could leave int32; at most {most} are allowed here.");
        }
    }

    private string QuantizedInput(LineReader line, QuantizedType type, out int inputChannels, string reader, bool mayKeep)
    {
        Token token = Input(line, out inputChannels);
        if (token.Value == Operation.Audio || byName[token.Value] is not Quantize quantize || quantize.Type != type)
        {
            throw line.Error(token, $"{reader} reads quantized values; name a 'quantize' of type {type.ToString().ToLowerInvariant()}.");
        }

        return mayKeep || quantize.Outliers == Outliers.Clip
            ? token.Value
            : throw line.Error(token, "An attention reads values whose outliers are clipped; write outliers=clip there.");
    }

    /// <summary>The input of a product: quantized as its weights are, or float32 as they are.</summary>
    private string ProductInput(LineReader line, bool isFloat, out int inputChannels) => isFloat
        ? FloatInput(line, out inputChannels, "A product of bits=32")
        : QuantizedInput(line, QuantizedType.U8, out inputChannels, "A product of bits=8", mayKeep: true);

    /// <summary>An input of an attention: all three are quantized, or none.</summary>
    private string AttentionInput(LineReader line, bool isFloat, QuantizedType type, out int inputChannels) => isFloat
        ? FloatInput(line, out inputChannels, "An attention whose query is float32")
        : QuantizedInput(line, type, out inputChannels, "An attention whose query is quantized", mayKeep: false);

    /// <summary>Whether a product multiplies in float32.</summary>
    private static bool IsFloat(LineReader line)
    {
        Token bits = line.Text("bits");
        return bits switch
        {
            { Quoted: false, Value: "8" } => false,
            { Quoted: false, Value: "32" } => true,
            _ => throw line.Error(bits, "'bits' must be 8 or 32."),
        };
    }

    private Convolution ReadConvolution(LineReader line, string name, WeightsFile weights)
    {
        bool isFloat = IsFloat(line);
        bool isAudio = line.NextWord == Operation.Audio;
        string input = isAudio ? Input(line, out int inputChannels).Value : ProductInput(line, isFloat, out inputChannels);
        var convolution = new Convolution(
            name,
            Source(line),
            input,
            Channels(line, "in", inputChannels),
            line.Int("out", 1, MostChannels),
            line.Int("kernel", 1, MostFrames),
            line.Int("stride", 1, MostFrames),
            line.Int("pad-left", 0, MostFrames),
            line.Int("pad-right", 0, MostFrames),
            line.Int("groups", 1, inputChannels));
        if (convolution.InputChannels % convolution.Groups != 0 || convolution.OutputChannels % convolution.Groups != 0)
        {
            throw line.Error(line.Text("groups"), "'groups' must divide 'in' and 'out'.");
        }

        int groupInputs = convolution.InputChannels / convolution.Groups;
        if (!isFloat && !isAudio && groupInputs % PanelLayout.Inputs != 0)
        {
            throw line.Error(line.Text("in"), "The channels of a group must be a multiple of 4.");
        }

        if (Math.Max(convolution.PadLeft, convolution.PadRight) >= convolution.Kernel)
        {
            throw line.Error(line.Text("pad-left"), "Padding must be less than 'kernel': a window that sees nothing else makes no frame.");
        }

        if (isAudio && convolution.PadLeft + convolution.PadRight > 0)
        {
            throw line.Error(line.Text("pad-left"), "The convolution over the audio has no padding.");
        }

        long inputs = (long)groupInputs * convolution.Kernel;
        if (!isFloat)
        {
            CheckSums(line, input, "kernel", inputs);
        }
        else if (inputs * convolution.Groups > MostWindow)
        {
            throw line.Error(line.Text("kernel"), $"A window of {inputs * convolution.Groups} floats is too large; at most {MostWindow} are allowed.");
        }

        if (!frames.Convolve(name, convolution))
        {
            throw line.Error(line.Text("kernel"), $"A frame would take more than {FrameRates.MostSamples} samples; kernel or stride is too large.");
        }

        PackedWeights packed = ReadPacked(line, weights, isFloat, convolution.Groups, convolution.OutputChannels / convolution.Groups, (int)inputs);
        channels.Add(name, convolution.OutputChannels);
        return convolution with { Packed = packed };
    }

    private Linear ReadLinear(LineReader line, string name, WeightsFile weights)
    {
        bool isFloat = IsFloat(line);
        string input = ProductInput(line, isFloat, out int inputChannels);
        var linear = new Linear(name, Source(line), input, Channels(line, "in", inputChannels), line.Int("out", 1, MostChannels));
        if (!isFloat)
        {
            if (linear.InputChannels % PanelLayout.Inputs != 0)
            {
                throw line.Error(line.Text("in"), "'in' must be a multiple of 4.");
            }

            CheckSums(line, input, "in", linear.InputChannels);
        }

        PackedWeights packed = ReadPacked(line, weights, isFloat, groups: 1, linear.OutputChannels, linear.InputChannels);
        channels.Add(name, linear.OutputChannels);
        return linear with { Packed = packed };
    }

    private Attention ReadAttention(LineReader line, string name)
    {
        bool isFloat = line.NextWord is { } first && !(byName.TryGetValue(first, out Operation? read) && read is Quantize);
        string query = AttentionInput(line, isFloat, QuantizedType.U8, out int queryChannels);
        string key = AttentionInput(line, isFloat, QuantizedType.S8, out int keyChannels);
        string value = AttentionInput(line, isFloat, QuantizedType.S8, out int valueChannels);
        var attention = new Attention(
            name, Source(line), query, key, value, line.Int("heads", 1, MostChannels), line.Int("head-size", 1, MostChannels), line.Float("scale"));
        long expected = (long)attention.Heads * attention.HeadSize;
        if (queryChannels != expected || keyChannels != expected || valueChannels != expected)
        {
            throw line.Error(line.Text("heads"), $"heads × head-size must be the channels of query, key and value: {queryChannels}, {keyChannels}, {valueChannels}.");
        }

        if (!isFloat && attention.HeadSize % PanelLayout.Inputs != 0)
        {
            throw line.Error(line.Text("head-size"), "'head-size' must be a multiple of 4.");
        }

        channels.Add(name, queryChannels);
        return attention;
    }

    private LayerNorm ReadLayerNorm(LineReader line, string name, WeightsFile weights)
    {
        string input = FloatInput(line, out int inputChannels);
        return new LayerNorm(name, Source(line), input, NormChannels(line, name, inputChannels), line.PositiveFloat("epsilon"))
        {
            Packed = ReadPackedNorm(line, weights, inputChannels),
        };
    }

    private GroupNorm ReadGroupNorm(LineReader line, string name, WeightsFile weights)
    {
        string input = FloatInput(line, out int inputChannels);
        return new GroupNorm(name, Source(line), input, NormChannels(line, name, inputChannels), line.PositiveFloat("epsilon"))
        {
            Packed = ReadPackedNorm(line, weights, inputChannels),
        };
    }

    private Gelu ReadGelu(LineReader line, string name)
    {
        string input = FloatInput(line, out int inputChannels);
        channels.Add(name, inputChannels);
        return new Gelu(name, Source(line), input);
    }

    private Add ReadAdd(LineReader line, string name)
    {
        string left = FloatInput(line, out int leftChannels);
        string right = FloatInput(line, out int rightChannels);
        if (leftChannels != rightChannels)
        {
            throw line.Error(line.First, $"'{left}' has {leftChannels} channels, '{right}' has {rightChannels}: they cannot be added.");
        }

        channels.Add(name, leftChannels);
        return new Add(name, Source(line), left, right);
    }

    private Quantize ReadQuantize(LineReader line, string name)
    {
        string input = FloatInput(line, out int inputChannels);
        Token type = line.Text("type");
        if (type.Value is not ("u8" or "s8"))
        {
            throw line.Error(type, "'type' must be u8 or s8.");
        }

        Token outliers = line.Text("outliers");
        if (outliers.Value != "clip" && (outliers.Value != "keep" || type.Value == "s8"))
        {
            throw line.Error(outliers, "'outliers' must be clip, or keep where the type is u8.");
        }

        if (outliers.Value == "keep" && (inputChannels % PanelLayout.Inputs != 0 || inputChannels > PanelLayout.MostKeptChannels))
        {
            throw line.Error(outliers, $"Outliers can be kept only of a multiple of 4 channels, {PanelLayout.MostKeptChannels} at most.");
        }

        channels.Add(name, inputChannels);
        return new Quantize(
            name,
            input,
            type.Value == "u8" ? QuantizedType.U8 : QuantizedType.S8,
            line.PositiveFloat("scale"),
            line.Int("zero", 0, type.Value == "u8" ? 255 : 0),
            outliers.Value == "keep" ? Outliers.Keep : Outliers.Clip,
            line.Number("percentile", 0, 100),
            line.Text("why").Value);
    }

    private static string Source(LineReader line) => line.Text("source").Value;

    private static int Channels(LineReader line, string key, int actual)
    {
        int declared = line.Int(key, 1, MostChannels);
        return declared == actual ? declared : throw line.Error(line.Text(key), $"'{key}' says {declared}, but the input has {actual} channels.");
    }

    private int NormChannels(LineReader line, string name, int actual)
    {
        int declared = Channels(line, "channels", actual);
        channels.Add(name, declared);
        return declared % PanelLayout.Outputs == 0 ? declared : throw line.Error(line.Text("channels"), "A norm's channels must be a multiple of 16.");
    }

    private static PackedWeights ReadPacked(LineReader line, WeightsFile weights, bool isFloat, int groups, int outputs, int inputs)
    {
        long vector = (long)groups * PanelLayout.Panels(outputs) * PanelLayout.Outputs * sizeof(float);
        return isFloat
            ? new PackedFloat(
                Block(line, "weights", weights, groups * PanelLayout.FloatBytes(outputs, inputs)),
                Block(line, "bias", weights, vector))
            : new PackedInt8(
                Block(line, "weights", weights, groups * PanelLayout.Bytes(outputs, inputs)),
                Block(line, "sums", weights, vector),
                Block(line, "multipliers", weights, vector),
                Block(line, "bias", weights, vector),
                line.Has("limits") ? Block(line, "limits", weights, groups * PanelLayout.LimitBytes(outputs, inputs) + PanelLayout.LimitSlack) : null);
    }

    private static PackedNorm ReadPackedNorm(LineReader line, WeightsFile weights, int channelCount) => new(
        Block(line, "gain", weights, (long)channelCount * sizeof(float)),
        Block(line, "bias", weights, (long)channelCount * sizeof(float)));

    private static long Block(LineReader line, string key, WeightsFile weights, long bytes)
    {
        long offset = line.Integer(key, 0, long.MaxValue);
        if (offset % PanelLayout.Alignment != 0 || bytes > weights.Bytes || offset > weights.Bytes - bytes)
        {
            throw line.Error(
                line.Text(key), $"'{key}' must be a multiple of {PanelLayout.Alignment}, and its {bytes} bytes must lie within the {weights.Bytes} bytes of the weights file.");
        }

        return offset;
    }
}

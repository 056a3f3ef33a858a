using StableQuant.Graph.Validation;

namespace StableQuant.Graph.Text;

/// <summary>Reads an operation's line: <c>name = kind inputs key=value …</c>. Whether it makes sense is <see cref="ModelValidator"/>'s matter.</summary>
internal static class OperationReader
{
    public static Operation Read(LineReader line)
    {
        string name = line.Word("An operation's name").Value;
        Token equals = line.Word("'='");
        if (equals.Value != "=")
        {
            throw line.Error(equals, "A line is 'name = kind inputs key=value …'; '=' is missing here.");
        }

        Token kind = line.Word("The operation's kind");
        Operation operation = kind.Value switch
        {
            Convolution.KindName => ReadConvolution(line, name),
            Convolution.DepthwiseKindName => ReadDepthwise(line, name),
            Convolution2d.KindName => ReadConvolution2d(line, name),
            Linear.KindName => ReadLinear(line, name),
            Attention.KindName => ReadAttention(line, name),
            BiasedAttention.KindName => ReadBiasedAttention(line, name),
            RelativeAttention.KindName => new RelativeAttention(
                name, Source(line), Input(line), Input(line), Input(line), Input(line), Input(line), line.Int("heads"), line.Int("head-size"), line.Float("scale")),
            RelativeKeyAttention.KindName => new RelativeKeyAttention(
                name, Source(line), Input(line), Input(line), Input(line), Input(line), line.Int("heads"), line.Int("head-size"), line.Float("scale"), line.Int("behind"), line.Int("ahead")),
            Rotary.KindName => new Rotary(name, Source(line), Input(line), Input(line), line.Int("heads")),
            Sinusoids.KindName => new Sinusoids(name, Source(line), Input(line), line.Int("channels"))
            {
                IsInBothDirections = line.Has("directions") && line.Choice("directions", "both") == 0,
                IsBFloat16 = line.Has("rounding") && line.Choice("rounding", "bfloat16") == 0,
                Packed = line.Integer("rotations"),
            },
            LayerNorm.KindName => new LayerNorm(name, Source(line), Input(line), line.Int("channels"), line.Float("epsilon")) { Packed = ReadPackedNorm(line) },
            GroupNorm.KindName => new GroupNorm(name, Source(line), Input(line), line.Int("channels"), line.Float("epsilon")) { Packed = ReadPackedNorm(line) },
            GatedLinearUnit.KindName => new GatedLinearUnit(name, Source(line), Input(line)),
            AveragePool.KindName => new AveragePool(name, Source(line), Input(line), line.Int("frames")),
            MeanPool.KindName => new MeanPool(name, Source(line), Input(line)),
            StatisticsPool.KindName => new StatisticsPool(name, Source(line), Input(line)),
            Scale.KindName => new Scale(name, Source(line), Input(line), line.Float("factor")),
            Upsample.KindName => new Upsample(name, Source(line), Input(line), Input(line), line.Int("factor")),
            Add.KindName => new Add(name, Source(line), Input(line), Input(line)),
            Quantize.KindName => ReadQuantize(line, name),
            _ when ActivationFunction.Find(kind.Value) is { } function => new Activation(name, Source(line), Input(line), function),
            _ => throw line.Error(kind, $"'{kind.Value}' is no kind of operation; the kinds are convolution, depthwise-convolution, convolution-2d, linear, attention, biased-attention, relative-attention, relative-key-attention, rotary, sinusoids, layer-norm, group-norm, {string.Join(", ", ActivationFunction.All.Select(f => f.Name))}, glu, average-pool, mean-pool, statistics-pool, upsample, scale, add and quantize."),
        };
        line.Finish();
        return operation;
    }

    private static Convolution ReadConvolution(LineReader line, string name)
    {
        var convolution = new Convolution(
            name, Source(line), Input(line), line.Int("in"), line.Int("out"), line.Int("kernel"), line.Int("stride"), line.Int("pad-left"), line.Int("pad-right"), line.Int("groups"))
        {
            Packed = ReadPacked(line),
        };

        // Its weights are packed in another way, so that the two must not be taken for each other.
        return convolution.IsDepthwise
            ? throw line.Error(line.Text("groups"), $"A convolution of as many groups as channels is a {Convolution.DepthwiseKindName}. Calibrate again.")
            : convolution;
    }

    private static Convolution ReadDepthwise(LineReader line, string name)
    {
        int channels = line.Int("channels");
        return channels > 1
            ? new(name, Source(line), Input(line), channels, channels, line.Int("kernel"), line.Int("stride"), line.Int("pad-left"), line.Int("pad-right"), channels) { Packed = ReadPacked(line) }
            : throw line.Error(line.Text("channels"), $"A {Convolution.DepthwiseKindName} has 2 'channels' at least.");
    }

    private static Convolution2d ReadConvolution2d(LineReader line, string name) => new(
        name, Source(line), Input(line), line.Int("bands"), line.Int("in"), line.Int("out"), line.Int("kernel"), line.Int("stride"), line.Int("padding")) { Packed = ReadPacked(line) };

    private static Linear ReadLinear(LineReader line, string name) =>
        new(name, Source(line), Input(line), line.Int("in"), line.Int("out")) { Packed = ReadPacked(line) };

    private static Attention ReadAttention(LineReader line, string name) =>
        new(name, Source(line), Input(line), Input(line), Input(line), line.Int("heads"), line.Int("head-size"), line.Float("scale"));

    private static BiasedAttention ReadBiasedAttention(LineReader line, string name) => new(
        name, Source(line), Input(line), Input(line), Input(line), Input(line), line.Int("heads"), line.Int("head-size"), line.Float("scale"), line.Int("behind"), line.Int("ahead"))
    {
        Packed = new PackedBias(line.Integer("biases"), line.Integer("gains")),
    };

    private static Quantize ReadQuantize(LineReader line, string name) => new(
        name,
        Input(line),
        line.Choice("type", "u8", "s8") == 0 ? QuantizedType.U8 : QuantizedType.S8,
        line.Float("scale"),
        line.Int("zero"),
        line.Choice("outliers", "clip", "keep") == 0 ? Outliers.Clip : Outliers.Keep,
        line.Number("percentile"),
        line.Text("why").Value)
    {
        IsDithered = line.Has("dither") && line.Choice("dither", "uniform") == 0,
    };

    // The form of a product's constants is its precision.
    private static PackedWeights ReadPacked(LineReader line) => line.Choice("bits", "3", "4", "8", "32") switch
    {
        2 => ReadPackedInt8(line),
        3 => new PackedFloat(line.Integer("weights"), line.Integer("bias")),
        var i => new PackedIndices(3 + i, line.Integer("weights"), line.Integer("levels"), line.Integer("multipliers"), line.Integer("bias")),
    };

    private static PackedInt8 ReadPackedInt8(LineReader line)
    {
        // Before 0.2 limits were in the file. They follow from the weights, and are worked out when these are loaded.
        _ = line.Has("limits") ? line.Integer("limits") : 0;
        return new PackedInt8(line.Integer("weights"), line.Integer("sums"), line.Integer("multipliers"), line.Integer("bias"));
    }

    private static PackedNorm ReadPackedNorm(LineReader line) => new(line.Integer("gain"), line.Integer("bias"));

    private static string Input(LineReader line) => line.Word("An input").Value;

    private static string Source(LineReader line) => line.Text("source").Value;
}

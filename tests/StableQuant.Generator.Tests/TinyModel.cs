using StableQuant.Graph;
using StableQuant.Graph.Layout;
using StableQuant.Graph.Text;

namespace StableQuant.Generator.Tests;

/// <summary>Builds small descriptions, one for each kind of layer; the weights file they speak of is never opened.</summary>
internal sealed class TinyModel
{
    public static readonly string[] Tokens = ["<pad>", "|", "A", "B", "C"];

    private readonly List<Operation> operations = [];
    private readonly Graph.FrontEnd frontEnd = new WaveformFrontEnd(16000, 1e-7f);
    private long end;

    private TinyModel(bool isFloat = false, int channels = 16) => Add(
        new Convolution("conv0", "/conv0/Conv", Operation.Audio, 1, channels, 10, 5, 0, 0, 1) { Packed = isFloat ? PackFloat(1, channels, 10) : Pack(1, channels, 10) });

    private TinyModel(Graph.FrontEnd frontEnd) => this.frontEnd = frontEnd;

    /// <summary>Log-mel features as w2v-BERT 2.0 takes them, two frames in one, read by a layer in int8 and by one with padding in float32.</summary>
    public static ModelDescription Features() => new TinyModel(new LogMelFrontEnd(16000, LogMelConvention.Kaldi, 400, 160, 512, 0.97f, 20, 20, 8000, 1.1920929e-7f, 1e-7f, 2))
        .Quantize(Operation.Features, outliers: Outliers.Keep)
        .Linear("projection", "mel.u8", 40, 16)
        .Add(m => new Convolution("position", "/position/Conv", Operation.Features, 40, 16, 3, 1, 1, 1, 1) { Packed = m.PackFloat(1, 16, 120) })
        .Add(new Add("position.add", "/position/Add", "projection", "position"))
        .Head("position.add");

    /// <summary>Log-mel features as FastConformers take them, under a norm.</summary>
    public static ModelDescription NemoFeatures() => new TinyModel(new LogMelFrontEnd(16000, LogMelConvention.Nemo, 400, 160, 512, 0.97f, 16, 0, 8000, 5.9604645e-8f, 1e-5f, 1))
        .Add(m => new LayerNorm("norm", "/norm/LayerNormalization", Operation.Features, 16, 1e-5f) { Packed = m.PackNorm(16) })
        .Head("norm");

    /// <summary>Convolution of the audio, group norm, GELU, head.</summary>
    public static ModelDescription Audio() => new TinyModel()
        .Add(m => new GroupNorm("conv0.norm", "/conv0/norm", "conv0", 16, 1e-5f) { Packed = m.PackNorm(16) })
        .Add(new Activation("conv0.gelu", "/conv0/Erf", "conv0.norm", ActivationFunction.Gelu))
        .Head("conv0.gelu");

    /// <summary>A linear layer whose outputs are no multiple of 16.</summary>
    public static ModelDescription Linear() => new TinyModel()
        .Quantize("conv0")
        .Linear("feed", "conv0.u8", 16, 24)
        .Add(new Activation("feed.gelu", "/feed/Erf", "feed", ActivationFunction.Gelu))
        .Head("feed.gelu", 24);

    /// <summary>A strided convolution, then a grouped one with padding on both sides and a residual connection.</summary>
    public static ModelDescription Grouped() => new TinyModel()
        .Quantize("conv0")
        .Add(m => new Convolution("conv1", "/conv1/Conv", "conv0.u8", 16, 32, 3, 2, 0, 0, 1) { Packed = m.Pack(1, 32, 48) })
        .Quantize("conv1")
        .Add(m => new Convolution("position", "/position/Conv", "conv1.u8", 32, 32, 4, 1, 2, 1, 4) { Packed = m.Pack(4, 8, 32) })
        .Add(new Activation("position.gelu", "/position/Erf", "position", ActivationFunction.Gelu))
        .Add(new Add("position.add", "/position/Add", "conv1", "position.gelu"))
        .Head("position.add", 32);

    /// <summary>As <see cref="Grouped"/>, and a linear layer, with outliers kept, and weights whose products fit int16.</summary>
    public static ModelDescription Kept() => new TinyModel()
        .Quantize("conv0", outliers: Outliers.Keep)
        .Add(m => new Convolution("conv1", "/conv1/Conv", "conv0.u8", 16, 32, 3, 2, 0, 0, 1) { Packed = m.Pack(1, 32, 48) })
        .Quantize("conv1", outliers: Outliers.Keep)
        .Add(m => new Convolution("position", "/position/Conv", "conv1.u8", 32, 32, 4, 1, 2, 1, 4) { Packed = m.Pack(4, 8, 32) })
        .Quantize("position", outliers: Outliers.Keep)
        .Add(m => new Linear("feed", "/feed/MatMul", "position.u8", 32, 24) { Packed = m.Pack(1, 24, 32) })
        .Head("feed", 24);

    /// <summary>As <see cref="Grouped"/>, with every value dithered, one of them with outliers kept, and a norm whose channels fill no vector.</summary>
    public static ModelDescription Dithered() => new TinyModel()
        .Quantize("conv0", outliers: Outliers.Keep, dither: true)
        .Add(m => new Convolution("conv1", "/conv1/Conv", "conv0.u8", 16, 24, 3, 2, 0, 0, 1) { Packed = m.Pack(1, 24, 48) })
        .Add(new Activation("conv1.gelu", "/conv1/Erf", "conv1", ActivationFunction.Gelu))
        .Quantize("conv1.gelu", dither: true)
        .Add(m => new Convolution("position", "/position/Conv", "conv1.gelu.u8", 24, 24, 4, 1, 2, 1, 3) { Packed = m.Pack(3, 8, 32) })
        .Quantize("position", dither: true)
        .Linear("feed", "position.u8", 24, 20)
        .Norm("norm", "feed", 20)
        .Quantize("norm", outliers: Outliers.Keep, dither: true)
        .Linear("output", "norm.u8", 20, 16)
        .Head("output");

    /// <summary>Weights stored as indices: of 4 and of 3 bits, a grouped convolution, outputs that fill no panel and no quad, outliers kept; and one layer of 8 bits.</summary>
    public static ModelDescription Indexed() => new TinyModel()
        .Quantize("conv0", outliers: Outliers.Keep)
        .Add(m => new Convolution("conv1", "/conv1/Conv", "conv0.u8", 16, 32, 3, 2, 0, 0, 1) { Packed = m.PackIndices(4, 1, 32, 48) })
        .Quantize("conv1")
        .Add(m => new Convolution("position", "/position/Conv", "conv1.u8", 32, 32, 4, 1, 2, 1, 4) { Packed = m.PackIndices(3, 4, 8, 32) })
        .Quantize("position")
        .Add(m => new Linear("feed", "/feed/MatMul", "position.u8", 32, 21) { Packed = m.PackIndices(4, 1, 21, 32) })
        .Head("feed", 21, stored: [new("conv1", 4, 0.000125), new("position", 3, null)]);

    /// <summary>A conformer's module: pointwise convolution, gate, depthwise convolution that keeps its input's outliers, activation; and one in float32.</summary>
    public static ModelDescription Gated() => new TinyModel()
        .Quantize("conv0")
        .Linear("wide", "conv0.u8", 16, 40)
        .Add(new GatedLinearUnit("glu", "/Mul", "wide"))
        .Quantize("glu", outliers: Outliers.Keep)
        .Add(m => new Convolution("depthwise", "/depthwise/Conv", "glu.u8", 20, 20, 9, 1, 4, 4, 20) { Packed = m.Pack(1, 20, 9) })
        .Add(new Activation("depthwise.silu", "/Mul_1", "depthwise", ActivationFunction.Silu))
        .Add(m => new Convolution("causal", "/causal/Conv", "depthwise.silu", 20, 20, 3, 1, 2, 0, 20) { Packed = m.PackFloat(1, 20, 3) })
        .Add(new Activation("causal.gelu", "/Mul_2", "causal", ActivationFunction.GeluTanh))
        .Head("causal.gelu", 20);

    /// <summary>Fewer frames, a positional convolution with the same stride, and as many frames again.</summary>
    public static ModelDescription Squeezed() => new TinyModel()
        .Quantize("conv0")
        .Add(m => new Convolution("position", "/position/Conv", "conv0.u8", 16, 16, 6, 3, 3, 0, 4) { Packed = m.Pack(4, 4, 24) })
        .Add(new AveragePool("position.pool", "/pool/AveragePool", "conv0", 3))
        .Add(new Add("position.add", "/position/Add", "position.pool", "position"))
        .Quantize("position.add")
        .Linear("upsample", "position.add.u8", 16, 48)
        .Add(new Upsample("upsample.frames", "/Reshape", "upsample", "conv0", 3))
        .Head("upsample.frames");

    /// <summary>
    /// Convolutions over time and bands: of one channel into 20, then of each by itself, in float32 and in int8, with a linear layer over the bands of
    /// all frames, and the bands as one frame again.
    /// </summary>
    public static ModelDescription Subsampled() => new TinyModel()
        .Quantize("conv0")
        .Add(m => new Convolution2d("subsample0", "/subsample0/Conv", "conv0.u8", 16, 1, 20, 3, 2, 1) { Packed = m.Pack(1, 20, 9) })
        .Add(new Activation("subsample0.relu", "/subsample0/Relu", "subsample0", ActivationFunction.Relu))
        .Add(m => new Convolution2d("subsample1", "/subsample1/Conv", "subsample0.relu", 8, 20, 20, 3, 2, 1) { Packed = m.PackFloat(1, 20, 9) })
        .Quantize("subsample1")
        .Linear("subsample1.mix", "subsample1.u8", 20, 20)
        .Add(new Activation("subsample1.relu", "/subsample1/Relu", "subsample1.mix", ActivationFunction.Relu))
        .Quantize("subsample1.relu", outliers: Outliers.Keep)
        .Add(m => new Convolution2d("subsample2", "/subsample2/Conv", "subsample1.relu.u8", 4, 20, 20, 2, 1, 0) { Packed = m.Pack(1, 20, 4) })
        .Quantize("subsample2")
        .Add(m => new Convolution("projection", "/projection/MatMul", "subsample2.u8", 20, 16, 3, 3, 0, 0, 1) { Packed = m.Pack(1, 16, 60) })
        .Head("projection");

    /// <summary>A weighted sum of two layers, their mean over all frames, and classes.</summary>
    public static ModelDescription Classes() => new TinyModel()
        .Quantize("conv0")
        .Linear("feed", "conv0.u8", 16, 16)
        .Add(new Scale("weighted.scale0", "/Mul", "conv0", 0.375f))
        .Add(new Scale("weighted.scale1", "/Mul", "feed", 0.625f))
        .Add(new Add("weighted.add1", "/ReduceSum", "weighted.scale0", "weighted.scale1"))
        .Add(new MeanPool("pool", "/ReduceMean", "weighted.add1"))
        .Head("pool", head: new Graph.Classes(new(["down", "go", "left", "\"right\"", "up"]), PerFrame: false, Exclusive: true));

    /// <summary>Mean and deviation of 20 channels over all frames, and a linear layer that keeps outliers of them: an embedding.</summary>
    public static ModelDescription Embedding() => new TinyModel()
        .Quantize("conv0")
        .Linear("tdnn0", "conv0.u8", 16, 20)
        .Add(new Activation("tdnn0.relu", "/Relu", "tdnn0", ActivationFunction.Relu))
        .Add(new StatisticsPool("pool", "/Concat", "tdnn0.relu"))
        .Quantize("pool", outliers: Outliers.Keep)
        .Add(m => new Linear("head", "/Gemm", "pool.u8", 40, 24) { Packed = m.Pack(1, 24, 40) })
        .Description(new Graph.Embedding());

    /// <summary>Layer norm.</summary>
    public static ModelDescription LayerNorm() => new TinyModel()
        .Add(m => new LayerNorm("norm", "/norm/LayerNormalization", "conv0", 16, 1e-5f) { Packed = m.PackNorm(16) })
        .Head("norm");

    /// <summary>Group norm by itself: behind a convolution in float32, which cannot take it into its filters.</summary>
    public static ModelDescription GroupNorm() => new TinyModel(isFloat: true)
        .Add(m => new GroupNorm("conv0.norm", "/conv0/norm", "conv0", 16, 1e-5f) { Packed = m.PackNorm(16) })
        .Add(new Activation("conv0.gelu", "/conv0/Erf", "conv0.norm", ActivationFunction.Gelu))
        .Head("conv0.gelu");

    /// <summary>GELU, sum and quantisation by themselves: what they read, others read, too. Outliers are clipped, and kept.</summary>
    public static ModelDescription Elementwise() => new TinyModel()
        .Add(new Activation("gelu", "/Erf", "conv0", ActivationFunction.Gelu))
        .Add(new Activation("gelu2", "/Erf_1", "gelu", ActivationFunction.Gelu))
        .Add(new Add("add", "/Add", "conv0", "gelu"))
        .Add(new Add("sum", "/Add_1", "add", "gelu2"))
        .Quantize("sum", QuantizedType.S8)
        .Quantize("sum", outliers: Outliers.Keep)
        .Add(m => new Linear("feed", "/feed/MatMul", "sum.u8", 16, 16) { Packed = m.Pack(1, 16, 16) })
        .Add(new Add("feed.add", "/feed/Add", "sum", "feed"))
        .Add(new Quantize("feed.u8", "feed.add", QuantizedType.U8, 0.0625f, 100, Outliers.Clip, 100, "max"))
        .Add(new Attention("attention", "/MatMul_1", "feed.u8", "sum.s8", "sum.s8", 2, 8, 0.35355338f))
        .Quantize("attention", outliers: Outliers.Keep)
        .Add(m => new Linear("output", "/output/MatMul", "attention.u8", 16, 16) { Packed = m.Pack(1, 16, 16) })
        .Head("output");

    /// <summary>Two heads of 8, and a residual connection around them.</summary>
    public static ModelDescription Attention() => new TinyModel()
        .Quantize("conv0")
        .Linear("block0.query", "conv0.u8", 16, 16)
        .Linear("block0.key", "conv0.u8", 16, 16)
        .Linear("block0.value", "conv0.u8", 16, 16)
        .Quantize("block0.query")
        .Quantize("block0.key", QuantizedType.S8)
        .Quantize("block0.value", QuantizedType.S8)
        .Add(new Attention("block0.attention", "/block0/MatMul_1", "block0.query.u8", "block0.key.s8", "block0.value.s8", 2, 8, 0.35355338f))
        .Quantize("block0.attention")
        .Linear("block0.output", "block0.attention.u8", 16, 16)
        .Add(new Add("block0.add", "/block0/Add", "conv0", "block0.output"))
        .Head("block0.add");

    /// <summary>As <see cref="Attention"/>, with a gated bias for 3 distances behind the query, its own frame, and 5 ahead.</summary>
    public static ModelDescription BiasedAttention() => new TinyModel()
        .Quantize("conv0")
        .Linear("block0.query", "conv0.u8", 16, 16)
        .Linear("block0.key", "conv0.u8", 16, 16)
        .Linear("block0.value", "conv0.u8", 16, 16)
        .Linear("block0.gate", "conv0.u8", 16, 4)
        .Quantize("block0.query")
        .Quantize("block0.key", QuantizedType.S8)
        .Quantize("block0.value", QuantizedType.S8)
        .Add(m => m.Biased("block0.attention", "block0.query.u8", "block0.key.s8", "block0.value.s8", "block0.gate", 2, 8))
        .Quantize("block0.attention")
        .Linear("block0.output", "block0.attention.u8", 16, 16)
        .Add(new Add("block0.add", "/block0/Add", "conv0", "block0.output"))
        .Head("block0.add");

    /// <summary>As <see cref="Attention"/>, with products of queries and positions.</summary>
    public static ModelDescription RelativeAttention() => new TinyModel()
        .Quantize("conv0")
        .Linear("block0.query", "conv0.u8", 16, 16)
        .Linear("block0.key", "conv0.u8", 16, 16)
        .Linear("block0.value", "conv0.u8", 16, 16)
        .Add(m => new Sinusoids("sinusoids", "/block0/MatMul", "conv0", 6) { IsInBothDirections = true, Packed = m.Block(RotationLayout.Floats(3) * sizeof(float)) })
        .Quantize("sinusoids")
        .Linear("block0.position", "sinusoids.u8", 6, 16)
        .Linear("block0.position.bias", "sinusoids.u8", 6, 2)
        .Quantize("block0.query")
        .Quantize("block0.key", QuantizedType.S8)
        .Quantize("block0.value", QuantizedType.S8)
        .Quantize("block0.position", QuantizedType.S8)
        .Add(new RelativeAttention(
            "block0.attention", "/block0/MatMul_1", "block0.query.u8", "block0.key.s8", "block0.value.s8", "block0.position.s8", "block0.position.bias", 2, 8, 0.35355338f))
        .Quantize("block0.attention")
        .Linear("block0.output", "block0.attention.u8", 16, 16)
        .Add(new Add("block0.add", "/block0/Add", "conv0", "block0.output"))
        .Head("block0.add");

    /// <summary>As <see cref="Attention"/>, queries and keys of turned values, and a score of each query for 3 distances behind it, its own frame, and 5 ahead.</summary>
    public static ModelDescription RelativeKeyAttention() => new TinyModel()
        .Add(m => new Sinusoids("sinusoids", "/block0/Mul", "conv0", 8) { IsBFloat16 = true, Packed = m.Block(RotationLayout.Floats(4) * sizeof(float)) })
        .Add(new Rotary("block0.rotary", "/block0/Add", "conv0", "sinusoids", 2))
        .Quantize("block0.rotary")
        .Quantize("conv0")
        .Linear("block0.query", "block0.rotary.u8", 16, 16)
        .Linear("block0.key", "block0.rotary.u8", 16, 16)
        .Linear("block0.value", "conv0.u8", 16, 16)
        .Quantize("block0.query")
        .Quantize("block0.key", QuantizedType.S8)
        .Quantize("block0.value", QuantizedType.S8)
        .Add(m => new Convolution("block0.position", "/block0/Einsum", "block0.query.u8", 16, 18, 1, 1, 0, 0, 2) { Packed = m.Pack(2, 9, 8) })
        .Add(new RelativeKeyAttention("block0.attention", "/block0/MatMul_1", "block0.query.u8", "block0.key.s8", "block0.value.s8", "block0.position", 2, 8, 0.35355338f, 3, 5))
        .Quantize("block0.attention")
        .Linear("block0.output", "block0.attention.u8", 16, 16)
        .Add(new Add("block0.add", "/block0/Add", "conv0", "block0.output"))
        .Head("block0.add");

    /// <summary>
    /// Layers in float32: the audio, a grouped convolution with padding, a linear layer, attention. What an int8 layer
    /// reads beside them is there in both forms.
    /// </summary>
    public static ModelDescription Float() => new TinyModel(isFloat: true)
        .Add(m => new Convolution("position", "/position/Conv", "conv0", 16, 16, 4, 1, 2, 1, 4) { Packed = m.PackFloat(4, 4, 16) })
        .Add(new Activation("position.gelu", "/position/Erf", "position", ActivationFunction.Gelu))
        .Add(new Add("position.add", "/position/Add", "conv0", "position.gelu"))
        .Quantize("position.add")
        .Linear("query", "position.add.u8", 16, 16)
        .Add(m => new Linear("key", "/key/MatMul", "position.add", 16, 16) { Packed = m.PackFloat(1, 16, 16) })
        .Add(new Attention("attention", "/MatMul_1", "query", "key", "position.add", 2, 8, 0.35355338f))
        .Head("attention");

    /// <summary>Every kind of operation of a transformer's encoder in one model.</summary>
    public static ModelDescription EveryKind() => new TinyModel()
        .Add(m => new GroupNorm("conv0.norm", "/conv0/norm", "conv0", 16, 1e-5f) { Packed = m.PackNorm(16) })
        .Add(new Activation("conv0.gelu", "/conv0/Erf", "conv0.norm", ActivationFunction.Gelu))
        .Quantize("conv0.gelu")
        .Add(m => new Convolution("position", "/position/Conv", "conv0.gelu.u8", 16, 16, 4, 1, 2, 1, 4) { Packed = m.Pack(4, 4, 16) })
        .Add(new Add("position.add", "", "conv0.gelu", "position"))
        .Add(m => new LayerNorm("norm", "/norm/LayerNormalization", "position.add", 16, 1e-5f) { Packed = m.PackNorm(16) })
        .Quantize("norm")
        .Quantize("norm", QuantizedType.S8)
        .Add(new Attention("attention", "/MatMul_1", "norm.u8", "norm.s8", "norm.s8", 4, 4, 0.5f))
        .Head("attention");

    /// <summary>A model as large as they are used: 7 convolutions, 12 layers 768 wide, as wav2vec 2.0 base is.</summary>
    public static ModelDescription FullSize()
    {
        var model = new TinyModel(channels: 512);
        model.Add(m => new GroupNorm("conv0.norm", "/conv0/norm", "conv0", 512, 1e-5f) { Packed = m.PackNorm(512) })
            .Add(new Activation("conv0.gelu", "/conv0/Erf", "conv0.norm", ActivationFunction.Gelu))
            .Quantize("conv0.gelu", outliers: Outliers.Keep);
        for (int i = 1; i < 7; i++)
        {
            string input = $"conv{i - 1}.gelu.u8";
            int kernel = i < 5 ? 3 : 2;
            model.Add(m => new Convolution($"conv{i}", $"/conv{i}/Conv", input, 512, 512, kernel, 2, 0, 0, 1) { Packed = m.Pack(1, 512, 512 * kernel) })
                .Add(new Activation($"conv{i}.gelu", $"/conv{i}/Erf", $"conv{i}", ActivationFunction.Gelu));
            if (i < 6)
            {
                model.Quantize($"conv{i}.gelu", outliers: Outliers.Keep);
            }
        }

        model.Norm("features", "conv6.gelu", 512).Quantize("features").Linear("projection", "features.u8", 512, 768)
            .Quantize("projection")
            .Add(m => new Convolution("position", "/position/Conv", "projection.u8", 768, 768, 128, 1, 64, 63, 16) { Packed = m.Pack(16, 48, 48 * 128) })
            .Add(new Activation("position.gelu", "/position/Erf", "position", ActivationFunction.Gelu))
            .Add(new Add("position.add", "/position/Add", "projection", "position.gelu"))
            .Norm("encoder", "position.add", 768);
        string hidden = "encoder";
        for (int i = 0; i < 12; i++)
        {
            hidden = model.TransformerLayer($"block{i}", hidden);
        }

        return model.Head(hidden, 768);
    }

    /// <summary>Its text.</summary>
    public static string Text(ModelDescription model) => DescriptionWriter.Write(model);

    private TinyModel Quantize(string input, QuantizedType type = QuantizedType.U8, Outliers outliers = Outliers.Clip, bool dither = false) => Add(new Quantize(
        $"{input}.{(type == QuantizedType.U8 ? "u8" : "s8")}", input, type, 0.03125f, type == QuantizedType.U8 ? 128 : 0, outliers, 99.9, "mse") { IsDithered = dither });

    private TinyModel Linear(string name, string input, int inputs, int outputs) =>
        Add(m => new Linear(name, $"/{name}/MatMul", input, inputs, outputs) { Packed = m.Pack(1, outputs, inputs) });

    private TinyModel Norm(string name, string input, int channels) =>
        Add(m => new LayerNorm(name, $"/{name}/LayerNormalization", input, channels, 1e-5f) { Packed = m.PackNorm(channels) });

    /// <summary>Attention of 12 heads and a feed-forward part of 3072, each with a residual connection and a norm after it.</summary>
    private string TransformerLayer(string block, string input)
    {
        Quantize(input);
        foreach (string part in new[] { "query", "key", "value" })
        {
            Linear($"{block}.{part}", input + ".u8", 768, 768).Quantize($"{block}.{part}", part == "query" ? QuantizedType.U8 : QuantizedType.S8);
        }

        Add(new Attention($"{block}.attention", $"/{block}/MatMul_1", $"{block}.query.u8", $"{block}.key.s8", $"{block}.value.s8", 12, 64, 0.125f))
            .Quantize($"{block}.attention").Linear($"{block}.output", $"{block}.attention.u8", 768, 768)
            .Add(new Add($"{block}.add", $"/{block}/Add", input, $"{block}.output"))
            .Norm($"{block}.norm", $"{block}.add", 768)
            .Quantize($"{block}.norm").Linear($"{block}.intermediate", $"{block}.norm.u8", 768, 3072)
            .Add(new Activation($"{block}.gelu", $"/{block}/Erf", $"{block}.intermediate", ActivationFunction.Gelu))
            .Quantize($"{block}.gelu", outliers: Outliers.Keep).Linear($"{block}.feed", $"{block}.gelu.u8", 3072, 768)
            .Add(new Add($"{block}.feed.add", $"/{block}/Add_1", $"{block}.norm", $"{block}.feed"))
            .Norm($"{block}.final", $"{block}.feed.add", 768);
        return $"{block}.final";
    }

    private ModelDescription Head(string input, int channels = 16, Head? head = null, params StoredBits[] stored) =>
        Quantize(input).Linear("head", input + ".u8", channels, Tokens.Length).Description(head ?? new Vocabulary(new(Tokens), 0, 1), stored);

    private ModelDescription Description(Head head, params StoredBits[] stored)
    {
        (MeasureKind kind, string data) = head switch { Graph.Classes => (MeasureKind.Labels, "some labels"), Graph.Embedding => (MeasureKind.Embeddings, "some speakers"), _ => (MeasureKind.Words, "some words") };
        return new ModelDescription(
            "tiny",
            new WeightsFile(new string('5', 64), end),
            frontEnd,
            head,
            new Receipt("stablequant", new(["augment"]), new([new OutlierShare("conv1", 0.0098)]), new([new Measurement("holdout", data, 12, 345, new string('a', 64), 0.0625, 0.125, Kind: kind)])) { Stored = new(stored) },
            new(operations));
    }

    private TinyModel Add(Operation operation)
    {
        operations.Add(operation);
        return this;
    }

    private TinyModel Add(Func<TinyModel, Operation> operation) => Add(operation(this));

    private PackedInt8 Pack(int groups, int outputs, int inputs)
    {
        long vector = Vector(groups, outputs);
        return new PackedInt8(Block(groups * PanelLayout.Bytes(outputs, inputs)), Block(vector), Block(vector), Block(vector));
    }

    private PackedIndices PackIndices(int bits, int groups, int outputs, int inputs) => new(
        bits, Block(groups * IndexLayout.Bytes(bits, outputs, inputs)), Block(groups * IndexLayout.LevelBytes(bits, outputs)), Block(Vector(groups, outputs)), Block(Vector(groups, outputs)));

    private PackedFloat PackFloat(int groups, int outputs, int inputs) =>
        new(Block(groups * PanelLayout.FloatBytes(outputs, inputs)), Block(Vector(groups, outputs)));

    private static long Vector(int groups, int outputs) => (long)groups * PanelLayout.Panels(outputs) * PanelLayout.Outputs * sizeof(float);

    private BiasedAttention Biased(string name, string query, string key, string value, string gate, int heads, int size) =>
        new(name, $"/{name}/MatMul_1", query, key, value, gate, heads, size, 0.5f, 3, 5)
        {
            Packed = new PackedBias(Block(heads * PanelLayout.Padded(3 + 1 + 5) * sizeof(float)), Block(PanelLayout.Padded(heads) * sizeof(float))),
        };

    private PackedNorm PackNorm(int channels) => new(Block(channels * sizeof(float)), Block(channels * sizeof(float)));

    private long Block(long bytes)
    {
        long offset = end;
        end += (bytes + PanelLayout.Alignment - 1) / PanelLayout.Alignment * PanelLayout.Alignment;
        return offset;
    }
}

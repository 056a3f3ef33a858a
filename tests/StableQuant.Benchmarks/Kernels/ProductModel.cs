using System.Numerics.Tensors;
using StableQuant.Calibration.Float;
using StableQuant.Calibration.Quantization;
using StableQuant.Graph;

namespace StableQuant.Benchmarks.Kernels;

/// <summary>
/// A model that is little else than one product, many times: a convolution that makes unit noise of noise, the products in
/// a chain that keeps it so, and a head.
/// </summary>
internal static class ProductModel
{
    /// <summary>The products in the chain: beside them, the front and the head are less than a per cent of the work.</summary>
    private const int Links = 8;

    /// <summary>Bands of a frame of which a convolution tells them apart.</summary>
    private const int Bands = 16;

    /// <summary>Samples of one frame.</summary>
    private const int FrontStep = 16;

    /// <summary>Linear layers in a chain: rows × inputs × outputs, and back again where the two differ.</summary>
    /// <param name="rows">Frames.</param>
    /// <param name="inputs">Inputs.</param>
    /// <param name="outputs">Outputs.</param>
    /// <param name="kept">Share of the values that lie beyond their grid and are kept: 0.001, 0.01, 0.1, 0.5, or 0 to clip them.</param>
    /// <param name="bits">Bits of a weight.</param>
    /// <returns>The model, the samples that make so many rows, and the multiply-accumulates of the whole.</returns>
    public static (QuantizedModel Model, int Samples, long Macs) Linear(int rows, int inputs, int outputs, double kept, int bits = 8)
    {
        var builder = new Builder();
        string value = builder.AddFront(inputs);
        for (int i = 0; i < Links; i++)
        {
            (int from, int to) = i % 2 == 0 ? (inputs, outputs) : (outputs, inputs);
            value = builder.Add(new Linear($"link{i}", "", value, from, to), from);
        }

        return builder.Build(value, inputs, rows, kept, bits: bits);
    }

    /// <summary>A convolution of the feature extractor: three taps, stride two.</summary>
    /// <param name="rows">Frames made.</param>
    /// <param name="channels">Channels read and made.</param>
    /// <param name="kept">Share of the values that lie beyond their grid and are kept: 0.001, 0.01, 0.1, 0.5, or 0 to clip them.</param>
    /// <returns>The model, the samples that make so many rows, and the multiply-accumulates of the whole.</returns>
    public static (QuantizedModel Model, int Samples, long Macs) Convolution(int rows, int channels, double kept)
    {
        var builder = new Builder();
        string value = builder.AddFront(channels);
        value = builder.Add(new Convolution("link", "", value, channels, channels, 3, 2, 0, 0, 1), 3 * channels);
        return builder.Build(value, channels, 2 * rows + 1, kept);
    }

    /// <summary>Attentions in a chain, each the next one's queries; keys, values and gates are common.</summary>
    /// <param name="kind">Name of the kind of attention.</param>
    /// <param name="rows">Frames.</param>
    /// <param name="heads">Heads.</param>
    /// <param name="size">Channels of a head.</param>
    /// <returns>The model and the samples that make so many rows.</returns>
    public static (QuantizedModel Model, int Samples, long Macs) Attention(string kind, int rows, int heads, int size)
    {
        var builder = new Builder();
        int channels = heads * size;
        string front = builder.AddFront(channels);
        string Linear(string name, int outputs) => builder.Add(new Linear(name, "", front, channels, outputs), channels);
        (string query, string key, string value) = (Linear("query", channels), Linear("key", channels), Linear("value", channels));
        float scale = 1 / MathF.Sqrt(size);
        Func<string, string, string> link = kind switch
        {
            Graph.Attention.KindName => (name, read) => builder.Add(new Attention(name, "", read, key, value, heads, size, scale), null),
            BiasedAttention.KindName => Biased(Linear("gate", 2 * heads)),
            RelativeAttention.KindName => Relative(),
            RelativeKeyAttention.KindName => Keyed,
            _ => throw new ArgumentException($"'{kind}' is no kind of attention.", nameof(kind)),
        };
        for (int i = 0; i < Links; i++)
        {
            query = link($"link{i}", query);
        }

        return builder.Build(query, channels, rows, kept: 0);

        // Each its own positions, as the blocks of a model have.
        Func<string, string, string> Relative()
        {
            string waves = builder.Add(new Sinusoids("sinusoids", "", front, channels) { IsInBothDirections = true }, new FloatParameters([.. Enumerable.Range(0, channels / 2).Select(k => 1f / (k + 1))], null));
            string Placed(string name, int outputs) => builder.Add(new Linear(name, "", waves, channels, outputs), channels);
            return (name, read) => builder.Add(
                new RelativeAttention(name, "", read, key, value, Placed($"{name}.position", channels), Placed($"{name}.bias", heads), heads, size, scale), null);
        }

        // As w2v-BERT 2.0 has them.
        string Keyed(string name, string read)
        {
            const int Behind = 64, Ahead = 8, Distances = Behind + 1 + Ahead;
            string distances = builder.Add(new Convolution($"{name}.position", "", read, channels, heads * Distances, 1, 1, 0, 0, heads), size);
            return builder.Add(new RelativeKeyAttention(name, "", read, key, value, distances, heads, size, scale, Behind, Ahead), null);
        }

        Func<string, string, string> Biased(string gate)
        {
            const int Distance = 778;
            var parameters = new FloatParameters(new float[heads * (2 * Distance + 1)], new float[heads]);
            return (name, read) => builder.Add(new BiasedAttention(name, "", read, key, value, gate, heads, size, scale, Distance, Distance), parameters);
        }
    }

    // What rotary positions turn by.
    private const string Waves = "sinusoids";
    private const int HeadSize = 64;

    /// <summary>The same layer many times over one value of 512 channels, or of 1024 where it halves them, each result added to those before.</summary>
    /// <param name="rows">Frames.</param>
    /// <param name="layer">An activation, <c>glu</c> or <c>rotary</c>; or <c>depthwise</c>, <c>x</c> and its taps, and <c>causal</c> where it sees no later frame; or <c>bands</c>, <c>x</c> and its taps along each side, over 16 bands of 32 channels; or a kind of pool.</param>
    /// <param name="kept">Share of a convolution's inputs that lie beyond their grid and are kept.</param>
    /// <returns>The model, the samples that make so many rows, and the values that the layers make, or pools read.</returns>
    public static (QuantizedModel Model, int Samples, long Values) Layer(int rows, string layer, double kept)
    {
        const int Channels = 512;
        var builder = new Builder();
        bool isOfBands = layer.StartsWith("bands", StringComparison.Ordinal);
        string Front(int channels)
        {
            string front = builder.AddFront(isOfBands ? Bands : channels);
            return isOfBands ? builder.Add(new Convolution2d(front + ".spread", "", front, Bands, 1, Channels / Bands, 1, 1, 0), 1) : front;
        }

        string source = Front(layer == GatedLinearUnit.KindName ? 2 * Channels : Channels), sum = Front(Channels);
        int width = layer == StatisticsPool.KindName ? 2 * Channels : Channels;
        bool isOfUtterances = layer is MeanPool.KindName or StatisticsPool.KindName;
        if (isOfUtterances || layer == AveragePool.KindName)
        {
            sum = AddLayer(builder, "first", layer, sum, Channels);
        }
        else if (layer == Rotary.KindName)
        {
            builder.Add(new Sinusoids(Waves, "", source, HeadSize), new FloatParameters([.. Enumerable.Range(0, HeadSize / 2).Select(k => 1f / (k + 1))], null));
        }

        for (int i = 0; i < Links; i++)
        {
            string made = AddLayer(builder, $"link{i}", layer, source, Channels);
            sum = builder.Add(new Add($"add{i}", "", sum, made));
        }

        if (isOfBands)
        {
            sum = builder.Add(new Convolution("frames", "", sum, Channels / Bands, Channels, Bands, Bands, 0, 0, 1), Channels);
        }

        (QuantizedModel model, int samples, _) = builder.Build(sum, width, rows, kept, isOfUtterances: isOfUtterances);
        return (model, samples, (long)Links * rows * Channels);
    }

    /// <summary>A head on what a front end makes.</summary>
    /// <param name="frontEnd">It.</param>
    /// <param name="samples">The samples of a call.</param>
    public static QuantizedModel OnFeatures(LogMelFrontEnd frontEnd, int samples) =>
        new Builder().Build(frontEnd.Value, frontEnd.Channels, samples / FrontStep, kept: 0, frontEnd).Model;

    private static string AddLayer(Builder builder, string name, string layer, string source, int channels)
    {
        if (layer == GatedLinearUnit.KindName)
        {
            return builder.Add(new GatedLinearUnit(name, "", source));
        }

        if (layer == Rotary.KindName)
        {
            return builder.Add(new Rotary(name, "", source, Waves, channels / HeadSize));
        }

        if (ActivationFunction.Find(layer) is { } function)
        {
            return builder.Add(new Activation(name, "", source, function));
        }

        switch (layer)
        {
            case AveragePool.KindName:
                return builder.Add(new AveragePool(name, "", source, 2));
            case MeanPool.KindName:
                return builder.Add(new MeanPool(name, "", source));
            case StatisticsPool.KindName:
                return builder.Add(new StatisticsPool(name, "", source));
        }

        string[] words = layer.Split([' ', 'x'], StringSplitOptions.RemoveEmptyEntries);
        int taps = int.Parse(words[1], System.Globalization.CultureInfo.InvariantCulture), left = words.Length > 2 ? taps - 1 : taps / 2;
        if (words[0] == "bands")
        {
            return builder.Add(new Convolution2d(name, "", source, Bands, channels / Bands, channels / Bands, taps, 1, taps / 2), taps * taps);
        }

        return builder.Add(new Convolution(name, "", source, channels, channels, taps, 1, left, taps - 1 - left, channels), taps);
    }

    private sealed class Builder
    {
        private readonly Random random = new(1);
        private readonly List<Operation> operations = [];
        private readonly Dictionary<string, FloatParameters> parameters = [];

        /// <summary>Adds what makes frames of the audio.</summary>
        public string AddFront(int channels) => Add(new Convolution($"front{operations.Count}", "", Operation.Audio, 1, channels, FrontStep, FrontStep, 0, 0, 1), FrontStep);

        /// <summary>Adds what has no weights.</summary>
        public string Add(Operation operation)
        {
            operations.Add(operation);
            return operation.Name;
        }

        /// <summary>Adds a product whose sums of <paramref name="depth"/> terms have, each, the variance of its inputs.</summary>
        public string Add(Operation operation, int depth)
        {
            int outputs = ((Product)operation).OutputChannels;
            var weights = new float[outputs * depth];
            for (int output = 0; output < outputs; output++)
            {
                Span<float> row = weights.AsSpan(output * depth, depth);
                foreach (ref float weight in row)
                {
                    weight = random.NextSingle() - 0.5f;
                }

                TensorPrimitives.Divide(row, TensorPrimitives.Norm<float>(row), row);
            }

            return Add(operation, new FloatParameters(weights, null));
        }

        /// <summary>Adds an operation with its constants; null for none.</summary>
        public string Add(Operation operation, FloatParameters? constants)
        {
            operations.Add(operation);
            if (constants is not null)
            {
                parameters.Add(operation.Name, constants);
            }

            return operation.Name;
        }

        public (QuantizedModel Model, int Samples, long Macs) Build(
            string value, int channels, int frames, double kept, Graph.FrontEnd? frontEnd = null, bool isOfUtterances = false, int bits = 8)
        {
            // As many deviations as such a share of a normal distribution lies beyond.
            float reach = kept switch { 0.5 => 0.674f, 0.1 => 1.645f, 0.01 => 2.576f, _ => 3.291f };
            Outliers outliers = kept == 0 ? Outliers.Clip : Outliers.Keep;
            int samples = frames * FrontStep;
            Add(new Linear("head", "", value, channels, 2), channels);
            var model = new FloatModel { Name = "product", Operations = operations, Parameters = parameters, FrontEnd = frontEnd ?? FloatFrontEnd.Normalized };
            Head head = isOfUtterances ? new Embedding() : new Vocabulary(new(["<pad>", "A"]), 0, -1);
            var grids = Quantizer.Operands(model).ToDictionary(
                o => o.Key, o => new QuantizationGrid(o.Value, 2 * reach / 255, o.Value == QuantizedType.U8 ? 128 : 0, outliers, 100 - 100 * kept, "normal"), StringComparer.Ordinal);
            var weights = new QuantizedWeights(model, leastSquares: false, product => product.Input == Operation.Audio ? 8 : bits);
            QuantizedModel quantized = Quantizer.Quantize(model, weights, grids, head, new Receipt("benchmark", new([]), new([]), new([])));
            return (quantized, samples, Workload.Macs(quantized.Description, samples));
        }
    }
}

using StableQuant.Calibration.Float;
using StableQuant.Calibration.Quantization;
using StableQuant.Graph;

namespace StableQuant.Calibration.Tests.Compile;

/// <summary>
/// A small random model of every kind of layer, in every shape and precision that the description allows, and an utterance
/// for it; all from one seed. One model in four is all float32, one all int8, the others mix; half of them have weights of 7 bits.
/// </summary>
internal sealed class RandomModel
{
    /// <summary>The first seed of models that classify or embed.</summary>
    public const int FirstHead = 124;

    private readonly int seed;
    private readonly Random? alike;
    private readonly Random random;
    private readonly Random dithers;
    private readonly double floatShare;
    private readonly int weightBits;
    private readonly List<Operation> operations = [];
    private readonly Dictionary<string, FloatParameters> parameters = [];
    private readonly LogMelFrontEnd? features;
    private string value = Operation.Audio;
    private int channels = 1;

    private RandomModel(int seed, int? variant = null)
    {
        this.seed = seed;
        alike = variant is { } other ? new Random(10_000 * (other + 1) + seed) : null;
        random = new Random(seed);

        // Models of the same layers have the same shape, which is also what is dithered.
        dithers = new Random(20_000 + seed);
        if (seed >= FirstWithFeatures)
        {
            features = MakeFeatures();
            (value, channels) = (features.Value, features.Channels);
        }

        floatShare = (seed % 4) switch { 0 => 1, 1 => 0, _ => 0.4 };
        weightBits = seed / 4 % 2 == 0 ? 7 : 8;
    }

    /// <summary>The first seed of models that read log-mel features, not samples.</summary>
    public const int FirstWithFeatures = 192;

    /// <summary>Makes the model.</summary>
    public static QuantizedModel Make(int seed) => new RandomModel(seed).Build($"random{seed}");

    /// <summary>Makes a model of the same layers, with constants, grids and vocabulary of its own.</summary>
    public static QuantizedModel MakeAlike(int seed, int variant) => new RandomModel(seed, variant).Build($"random{seed}.{variant}");

    /// <summary>An utterance of 16-bit samples, so that the front end rounds nothing; it makes 1 to about 70 frames.</summary>
    public static float[] Utterance(int seed, int minSamples, Func<int, int> frames)
    {
        var random = new Random(seed + 1000);

        // Of eight models one at least has several blocks of rows.
        int wanted = seed % 8 == 4 ? random.Next(25, 71) : random.Next(2) == 0 ? random.Next(1, 71) : random.Next(1, 9);
        int samples = minSamples;
        while (frames(samples) < wanted && samples < LongestUtterance)
        {
            samples++;
        }

        samples += random.Next(3);
        double level = Math.Pow(2, random.Next(0, 15));
        return [.. Enumerable.Range(0, samples).Select(i => (float)(Math.Round(level * (Math.Sin(i * 0.3) + random.NextDouble() * 2 - 1)) / 32768))];
    }

    // Instances take a second.
    private const int LongestUtterance = 15990;

    // NeMo's frames or Kaldi's, as models have them or of odd sizes, some of them in one.
    private LogMelFrontEnd MakeFeatures()
    {
        LogMelFrontEnd made = random.Next(2) == 0 ? FloatFrontEnd.Nemo(random.Next(1, 40)) : FloatFrontEnd.Kaldi(random.Next(1, 40), random.Next(1, 4));
        return random.Next(2) == 0 ? made : made with { Window = random.Next(20, 128), Hop = random.Next(10, 20), FourierSize = 128, Stack = random.Next(1, 4), High = 5000 };
    }

    private QuantizedModel Build(string name)
    {
        if (features is null)
        {
            // Rows of bands are many.
            Convolve(Channels(), random.Next(1, 13), KnowsBands ? 40 : random.Next(1, 6), 0, 0, 1);
        }
        else
        {
            Maybe(() => Norm(group: false));
            Maybe(Strided);
        }

        Maybe(() => Norm(group: true));
        Maybe(Activate);

        // One kind of many: every second model that is all float32, and as many mixed ones, have an attention for certain, the other mixed ones a
        // depthwise convolution.
        if (seed % 8 is 2 or 4)
        {
            Attend();
        }
        else if (seed % 8 == 6)
        {
            Depthwise();
        }

        if (KnowsBands)
        {
            Subsample();
        }

        for (int layers = random.Next(0, 5); layers > 0; layers--)
        {
            Action[] kinds = HasHead ? [Weigh, Weigh, Strided, Feed, Grouped] : KnowsPositions ? [Attend, Attend, Feed, Strided, () => Norm(group: false)] : [Strided, Grouped, Grouped, Depthwise, Feed, () => Norm(group: false), () => Norm(group: true), Attend, Activate, Gate, Squeeze];
            kinds[random.Next(kinds.Length)]();
        }

        int tokens = random.Next(2, 41);
        if (HasHead && seed % 4 != 3)
        {
            Append(seed % 4 == 1 ? new MeanPool(Next("pool"), "", value) : new StatisticsPool(Next("pool"), "", value), seed % 4 == 1 ? channels : 2 * channels);
            Maybe(Activate);
        }

        Linear(tokens);
        if (alike is not null)
        {
            tokens = Vary((Linear)operations[^1]);
        }

        var model = new FloatModel
        {
            Name = name, Operations = operations, Parameters = parameters, FrontEnd = features is not null ? features : operations.Count % 3 == 0 ? FloatFrontEnd.AsIs : FloatFrontEnd.Normalized,
        };
        HashSet<string> floatLayers = [.. operations.Where(o => o is Graph.Product or Attention && random.NextDouble() < floatShare).Select(o => o.Layer)];
        IReadOnlySet<string> inAttention = Quantizer.InAttention(model, floatLayers);
        var grids = Quantizer.Operands(model, floatLayers).ToDictionary(operand => operand.Key, operand => Grid(operand.Value, inAttention.Contains(operand.Key), operations.Any(o => o is Attention && o.Name == operand.Key)));
        EquatableArray<string> names = new(Enumerable.Range(0, tokens).Select(i => i == 0 ? "<pad>" : ((char)('A' + i)).ToString()));
        Head head = !HasHead ? new Vocabulary(names, 0, -1) : seed % 4 == 2 ? new Embedding() : new Classes(names, PerFrame: seed % 4 == 3, Exclusive: seed % 8 < 4);
        return Quantizer.Quantize(
            model, new QuantizedWeights(model, leastSquares: false, product => StoredBits(product) ?? weightBits), grids, head, new Receipt("random", new([]), new([]), new([])), floatLayers);
    }

    private QuantizationGrid Grid(QuantizedType type, bool isInAttention, bool isOfAttention)
    {
        float scale = 0.01f + 0.05f * random.NextSingle();
        int zero = random.Next(5) switch { 0 => 0, 1 => 255, _ => random.Next(60, 196) };
        bool keeps = !isInAttention && random.Next(2) == 0;
        if (alike is not null)
        {
            scale *= 0.5f + alike.NextSingle();
            zero = alike.Next(256);
        }

        // A grid much too fine: most values lie beyond it.
        float step = keeps && random.Next(3) == 0 ? scale / 16 : scale;
        return new QuantizationGrid(type, step, type == QuantizedType.U8 ? zero : 0, keeps ? Outliers.Keep : Outliers.Clip, 100, "random") 
        {
            IsDithered = dithers.Next(2) == 0 && !isInAttention && !isOfAttention,
        };
    }

    // Other constants, and another number of outputs of the head, where the random numbers that chose the layers stay as they were.
    private int Vary(Linear head)
    {
        foreach ((string layer, FloatParameters values) in parameters.ToArray())
        {
            parameters[layer] = new FloatParameters(Shuffled(values.Weight), values.Bias is { } bias ? Shuffled(bias) : null);
        }

        int tokens = alike!.Next(2, 61);
        float[] weight = parameters[head.Name].Weight;
        operations[^1] = head with { OutputChannels = tokens };
        parameters[head.Name] = new FloatParameters([.. Enumerable.Range(0, tokens * head.InputChannels).Select(i => weight[i % weight.Length] * (0.5f + alike.NextSingle()))], null);
        return tokens;
    }

    private float[] Shuffled(float[] values)
    {
        float[] shuffled = [.. values];
        alike!.Shuffle(shuffled);
        return shuffled;
    }

    // Of each model in three some products have weights of 4 or 3 bits, whatever their kind; of another all.
    private int? StoredBits(Graph.Product product) => (seed % 3, (seed + product.Name.Length + product.InputChannels) % 4) switch
    {
        (0, _) => null,
        (1, 0 or 1) => weightBits,
        (_, var kind) => kind % 2 == 0 ? 4 : 3,
    };

    // Models beyond the first 80 are for attention with positions, the last of them for rotary ones and scores for distances.
    private bool KnowsPositions => seed is >= 80 and < 108;

    // Those behind them tell bands apart, and the last ones have heads that classify or embed.
    private bool KnowsBands => seed is >= 108 and < FirstHead;

    private bool HasRelativeKeys => seed is >= 96 and < 108;

    private bool HasHead => seed is >= FirstHead and < FirstWithFeatures;

    // One model in three has whole groups of 4 inputs only.
    private int Step => seed % 3 == 0 ? 4 : 1;

    // Half of the widths are whole panels.
    private int Channels() => random.Next(2) == 0 ? 16 * random.Next(1, 4) : Step * random.Next(1, 52 / Step);

    private void Maybe(Action action)
    {
        if (random.Next(2) == 0)
        {
            action();
        }
    }

    private void Strided()
    {
        int kernel = random.Next(1, 5);
        Convolve(Channels(), kernel, random.Next(1, 3), random.Next(kernel), random.Next(kernel), 1);
    }

    // Keeps the number of frames and channels, so that its result can be added to its input. Groups of 16 channels are what large
    // models have.
    private void Grouped()
    {
        int[] fitting = channels % 16 == 0 && random.Next(4) != 0
            ? [channels / 16]
            : [.. Enumerable.Range(1, channels / Step).Where(g => channels % (Step * g) == 0)];
        string before = value;
        int kernel = random.Next(1, 9);
        int left = random.Next(kernel);
        Convolve(channels, kernel, 1, left, kernel - 1 - left, fitting[random.Next(fitting.Length)]);
        Maybe(Activate);
        Maybe(() => Sum(before));
    }

    // Centred or causal, sometimes with a stride; a kernel may have more taps than the utterance has frames.
    private void Depthwise()
    {
        string before = value;
        int kernel = random.Next(1, 20);
        int left = random.Next(3) switch { 0 => kernel - 1, 1 => kernel / 2, _ => random.Next(kernel) };
        int stride = random.Next(4) == 0 ? 2 : 1;
        Convolve(channels, kernel, stride, left, kernel - 1 - left, channels);
        Maybe(Activate);
        if (stride == 1)
        {
            Maybe(() => Sum(before));
        }
    }

    // A frame's channels as bands: many channels of each, some layers over those, and a frame again.
    private void Subsample()
    {
        if (channels is < 3 or > 40)
        {
            Linear(random.Next(3, 24));
        }

        int bands = channels, inputs = 1;
        for (int layers = random.Next(1, 3); layers > 0; layers--)
        {
            int kernel = Math.Min(bands, random.Next(2) == 0 ? 3 : random.Next(1, 5));
            int made = inputs == 1 ? Math.Max(Channels(), 2) : channels;
            string name = Next("subsample");
            var convolution = new Convolution2d(name, "", value, bands, inputs, made, kernel, random.Next(1, 3), random.Next(kernel));
            parameters[name] = Product(made, kernel * kernel);
            Append(convolution, made);
            (bands, inputs) = (convolution.OutputBands, made);
            Maybe(Activate);
            Maybe(() =>
            {
                Linear(made);
                Activate();
            });
        }

        Convolve(Channels(), bands, bands, 0, 0, 1);
    }

    // Fewer frames, something between, and as many again: where the last ones are missing, zeros.
    private void Squeeze()
    {
        (string before, int width) = (value, channels);
        int factor = random.Next(2, 4);
        Append(new AveragePool(Next("pool"), "", value, factor), width);
        Maybe(Feed);
        if (channels % factor != 0)
        {
            Linear(factor * Step * random.Next(1, 16 / Step));
        }

        Append(new Upsample(Next("upsample"), "", value, before, factor), channels / factor);
        Maybe(() => Norm(group: false));
    }

    // A weighted sum of a value and what a layer makes of it.
    private void Weigh()
    {
        (string before, int width) = (value, channels);
        Linear(width);
        Append(new Scale(Next("scale"), "", value, random.NextSingle()), width);
        string scaled = value;
        Append(new Scale(Next("scale"), "", before, random.NextSingle() * 2 - 1), width);
        Sum(scaled);
    }

    private void Gate()
    {
        if (channels % (2 * Step) != 0)
        {
            Linear(2 * Step * random.Next(1, 24 / Step));
        }

        Append(new GatedLinearUnit(Next("glu"), "", value), channels / 2);
    }

    private void Feed()
    {
        string before = value;
        int width = channels;
        Linear(Step * random.Next(1, 80 / Step));
        Maybe(Activate);
        Maybe(() =>
        {
            Linear(width);
            Maybe(() => Sum(before));
        });
    }

    private void Attend()
    {
        (string before, int width) = (value, channels);
        int heads = random.Next(1, 5);
        int size = Step * random.Next(1, 24 / Step);
        string Projected(string from)
        {
            (value, channels) = (from, width);
            Linear(heads * size);
            return value;
        }

        string turned = HasRelativeKeys && random.Next(3) != 0 ? Turned() : before;
        (string query, string key, string values) = (Projected(turned), Projected(turned), Projected(before));
        float scale = 1 / MathF.Sqrt(size);
        int kind = HasRelativeKeys ? 3 : KnowsPositions ? random.Next(1, 3) : 0;
        if (kind == 0)
        {
            Append(new Attention(Next("attention"), "", query, key, values, heads, size, scale), heads * size);
        }
        else if (kind == 1)
        {
            (string waves, int even) = (Next("sinusoids"), 2 * random.Next(1, 20));
            parameters[waves] = new FloatParameters(Values(even / 2, 0.5f, 0.5f), null);
            string Placed(int outputs)
            {
                (value, channels) = (waves, even);
                Linear(outputs);
                return value;
            }

            Append(new Sinusoids(waves, "", before, even) { IsInBothDirections = true }, even);
            (string position, string bias) = (Placed(heads * size), Placed(heads));
            Append(new RelativeAttention(Next("attention"), "", query, key, values, position, bias, heads, size, scale), heads * size);
        }
        else if (kind == 3)
        {
            (int behind, int ahead) = (random.Next(random.Next(2) == 0 ? 5 : 40), random.Next(random.Next(2) == 0 ? 5 : 40));
            (value, channels) = (query, heads * size);
            Convolve(heads * (behind + 1 + ahead), 1, 1, 0, 0, heads);
            Append(new RelativeKeyAttention(Next("attention"), "", query, key, values, value, heads, size, scale, behind, ahead), heads * size);
        }
        else
        {
            (value, channels) = (before, width);
            Linear(2 * heads);
            (int behind, int ahead, string name) = (random.Next(random.Next(2) == 0 ? 5 : 40), random.Next(random.Next(2) == 0 ? 5 : 40), Next("attention"));
            parameters[name] = new FloatParameters(Values(heads * (behind + 1 + ahead), 0, 2), Values(heads, 1, 0.5f));
            Append(new BiasedAttention(name, "", query, key, values, value, heads, size, scale, behind, ahead), heads * size);
        }

        Maybe(() =>
        {
            Linear(width);
            Maybe(() => Sum(before));
        });
    }

    // The value turned in heads of an even number of channels, or as it is where there are none.
    private string Turned()
    {
        (string before, string waves) = (value, Next("sinusoids"));
        int[] fitting = [.. Enumerable.Range(1, channels).Where(heads => channels % (2 * heads) == 0)];
        if (fitting.Length > 0)
        {
            int heads = fitting[random.Next(fitting.Length)], width = channels;
            parameters[waves] = new FloatParameters(Values(width / heads / 2, 0.5f, 0.5f), null);
            Append(new Sinusoids(waves, "", before, width / heads) { IsBFloat16 = random.Next(2) == 0 }, width / heads);
            Append(new Rotary(Next("rotary"), "", before, waves, heads), width);
        }

        return value;
    }

    private void Convolve(int outputs, int kernel, int stride, int left, int right, int groups)
    {
        string name = Next("conv");
        parameters[name] = Product(outputs, kernel * channels / groups);
        Append(new Convolution(name, "", value, channels, outputs, kernel, stride, left, right, groups), outputs);
    }

    private void Linear(int outputs)
    {
        string name = Next("linear");
        parameters[name] = Product(outputs, channels);
        Append(new Linear(name, "", value, channels, outputs), outputs);
    }

    private void Norm(bool group)
    {
        string name = Next("norm");
        parameters[name] = new FloatParameters(Values(channels, 1, 0.5f), Values(channels, 0, 0.5f));

        // What an attention makes hardly changes over time: a small ε would magnify the rounding of float32.
        Append(group ? new GroupNorm(name, "", value, channels, 0.25f) : new LayerNorm(name, "", value, channels, 1e-3f), channels);
    }

    private void Activate()
    {
        ActivationFunction function = ActivationFunction.All[random.Next(ActivationFunction.All.Count)];
        Append(new Activation(Next(function.Role), "", value, function), channels);
    }

    private void Sum(string other) =>
        Append(random.Next(2) == 0 ? new Add(Next("add"), "", value, other) : new Add(Next("add"), "", other, value), channels);

    // One product in four has only extreme weights: ±1, which become the largest integers.
    private FloatParameters Product(int outputs, int inputs)
    {
        float size = 1.7f / MathF.Sqrt(inputs);
        float[] weight = random.Next(4) == 0
            ? [.. Enumerable.Range(0, outputs * inputs).Select(_ => random.Next(2) == 0 ? size : -size)]
            : Values(outputs * inputs, 0, size);
        return new FloatParameters(weight, random.Next(3) == 0 ? null : Values(outputs, 0, 0.5f));
    }

    private float[] Values(int count, float center, float size) => [.. Enumerable.Range(0, count).Select(_ => center + size * (random.NextSingle() * 2 - 1))];

    private string Next(string kind) => $"{kind}{operations.Count}";

    private void Append(Operation operation, int made)
    {
        operations.Add(operation);
        (value, channels) = (operation.Name, made);
    }
}

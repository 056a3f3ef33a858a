using StableQuant.Graph;
using StableQuant.Graph.Layout;

namespace StableQuant.Generator.Tests.Fuzz;

/// <summary>
/// A random description that grows: every kind of operation, wired as the format allows, in shapes from one channel to the limits and
/// beyond. All from one seed.
/// </summary>
internal sealed partial class GrownModel
{
    private static readonly int[] Few = [1, 4, 7, 8, 12, 16, 16, 20, 32, 32, 36, 48, 50, 51, 64, 100];
    private static readonly int[] Many = [1, 3, 5, 15, 17, 128, 1000, 1024, 4096, 8188, 8192, 8196, 16384, 32768, 65535, 65536, 65540];
    private static readonly int[] FewTaps = [1, 1, 2, 3, 3, 4, 5, 7, 8, 10, 16, 31];
    private static readonly int[] ManyTaps = [64, 127, 128, 129, 130, 1000, 4143, 4144, 16577, 65535, 65536, 65537];
    private static readonly int[] ManyStrides = [16, 100, 1024, 5700, 24576, 32768, 65536, 65537];

    private readonly Random random;
    private readonly bool isSmall;
    private readonly bool isFloat;
    private readonly List<Operation> operations = [];
    private readonly Graph.FrontEnd frontEnd;
    private string value;
    private int channels;
    private long end;

    private GrownModel(int seed, bool isSmall)
    {
        random = new Random(seed);
        this.isSmall = isSmall;
        isFloat = random.Next(5) == 0;
        frontEnd = random.Next(4) == 0 ? Features() : new WaveformFrontEnd(16000, random.Next(4) == 0 ? null : 1e-7f);
        (value, channels) = (frontEnd.Value, frontEnd.Channels);
    }

    /// <summary>Makes a description.</summary>
    /// <param name="seed">Makes it.</param>
    /// <param name="isSmall">Whether it is small enough to be run; else most have some shape that is large.</param>
    public static ModelDescription Make(int seed, bool isSmall) => new GrownModel(seed, isSmall).Grow();

    private ModelDescription Grow()
    {
        if (value == Operation.Audio)
        {
            Convolve(Channels(), Taps(), random.Next(4) == 0 ? Stride() : random.Next(1, 9), 0, 0, 1);
        }

        Maybe(Norm);
        for (int layers = random.Next(isSmall ? 6 : 9); layers > 0; layers--)
        {
            Action[] kinds = [Strided, Strided, Same, Feed, Norm, Attend, Attend, Activate, Twice, Residual, Gate, Squeeze, Weigh, Subsample];
            kinds[random.Next(kinds.Length)]();
        }

        bool isUtterance = random.Next(5) == 0;
        if (isUtterance)
        {
            Pool();
        }

        int outputs = isSmall || random.Next(8) > 0 ? random.Next(2, 41) : Pick(Many);
        Linear(outputs);
        return new ModelDescription(
            "grown", new WeightsFile(new string('5', 64), end), frontEnd, Head(isUtterance, new(Enumerable.Range(0, Math.Clamp(outputs, 2, 100)).Select(i => $"t{i}"))),
            new Receipt("grown", new([]), new([]), new([])), new(operations));
    }

    private Head Head(bool isUtterance, EquatableArray<string> names) => (isUtterance, random.Next(4)) switch
    {
        (_, 0) => new Embedding(),
        (true, _) => new Classes(names, PerFrame: false, Exclusive: random.Next(2) == 0),
        (_, 1) => new Classes(names, PerFrame: true, Exclusive: random.Next(2) == 0),
        _ => new Vocabulary(names, 0, random.Next(-1, 2) is 0 ? 1 : -1),
    };

    // Frames of a few samples up to those of models.
    private LogMelFrontEnd Features()
    {
        int size = 1 << random.Next(isSmall ? 4 : 3, isSmall ? 9 : 14), window = random.Next(2, size + 1);
        return new LogMelFrontEnd(
            16000, random.Next(2) == 0 ? LogMelConvention.Nemo : LogMelConvention.Kaldi, window, random.Next(1, Math.Min(window, 160) + 1), size, random.Next(3) == 0 ? 0 : 0.97f,
            isSmall || random.Next(6) > 0 ? random.Next(1, 41) : Pick(Many), random.Next(2) * 20, random.Next(2) == 0 ? 8000 : 4000, 1e-7f, 1e-3f, random.Next(2) == 0 ? 1 : random.Next(1, 5));
    }

    private void Strided()
    {
        int kernel = Taps(), groups = random.Next(2) == 0 ? Groups() : 1;
        Convolve(Channels(groups), kernel, Stride(), random.Next(kernel), random.Next(kernel), groups);
    }

    // Keeps frames and channels, so that its result can be added to its input.
    private void Same()
    {
        string before = value;
        int kernel = Taps(), left = random.Next(kernel);
        Convolve(channels, kernel, 1, left, kernel - 1 - left, Groups());
        Maybe(Activate);
        Maybe(() => Add(before));
    }

    private void Feed()
    {
        (string before, int width) = (value, channels);
        Linear(Channels());
        Maybe(Activate);
        Linear(width);
        Maybe(() => Add(before));
    }

    // One value on two grids, or in both precisions.
    private void Twice()
    {
        (string before, int width) = (value, channels);
        int outputs = Channels();
        Linear(outputs);
        string first = value;
        (value, channels) = (before, width);
        Linear(outputs);
        Add(first);
    }

    private void Residual()
    {
        string before = value;
        Activate();
        Add(before);
    }

    private void Norm()
    {
        var packed = new PackedNorm(Vector(channels), Vector(channels));
        Append(random.Next(2) == 0
            ? new GroupNorm(Next("norm"), "", value, channels, 1e-3f) { Packed = packed }
            : new LayerNorm(Next("norm"), "", value, channels, 1e-3f) { Packed = packed }, channels);
    }

    private void Activate()
    {
        ActivationFunction function = ActivationFunction.All[random.Next(ActivationFunction.All.Count)];
        Append(new Activation(Next(function.Role), "", value, function), channels);
    }

    private void Add(string other) => Append(random.Next(2) == 0 ? new Add(Next("add"), "", value, other) : new Add(Next("add"), "", other, value), channels);

    private void Convolve(int outputs, int kernel, int stride, int left, int right, int groups)
    {
        bool inFloat = InFloat(kernel);
        string input = Operand(inFloat);
        var convolution = new Convolution(Next("conv"), "", input, channels, outputs, kernel, stride, left, right, groups);
        Append(convolution with { Packed = Pack(inFloat, convolution, (long)kernel * (channels / groups)) }, outputs);
    }

    private void Linear(int outputs)
    {
        bool inFloat = InFloat(1);
        string input = Operand(inFloat);
        var linear = new Linear(Next("linear"), "", input, channels, outputs);
        Append(linear with { Packed = Pack(inFloat, linear, channels) }, outputs);
    }

    // What int8 cannot take is seldom tried in it.
    private bool InFloat(int kernel) => isFloat || random.Next(6) == 0
        || (random.Next(20) > 0 && value == Operation.Audio && kernel > 129);

    private string Operand(bool inFloat) => value == Operation.Audio || inFloat ? value : Quantize(value, QuantizedType.U8, mayKeep: true);

    private string Quantize(string input, QuantizedType type, bool mayKeep)
    {
        float[] scales = [0.002f, 0.01f, 0.03f, 0.2f];
        bool keeps = mayKeep && random.Next(2) == 0;
        bool isDithered = mayKeep && operations.Find(o => o.Name == input) is not Attention && random.Next(4) == 0;
        string name = Next("grid");
        operations.Add(new Quantize(
            name, input, type, scales[random.Next(scales.Length)], type == QuantizedType.S8 ? 0 : random.Next(4) switch { 0 => 0, 1 => 255, _ => random.Next(256) }, keeps ? Outliers.Keep : Outliers.Clip, 100, "grown") { IsDithered = isDithered });
        return name;
    }

    private PackedWeights Pack(bool inFloat, Graph.Product product, long inputs)
    {
        (int groups, int outputs) = (product.PackedGroups, product.PackedOutputs);
        long vector = (long)groups * ((outputs + 15L) / 16) * 64;
        long panels = groups * ((outputs + 15L) / 16);
        if (inFloat)
        {
            return new PackedFloat(Block(panels * inputs * 64), Block(vector));
        }

        // There may be room between blocks.
        long quads = groups * ((outputs + 3L) / 4);
        int bits = random.Next(3) switch { 0 => 3, 1 => 4, _ => 8 };
        return bits == 8
            ? new PackedInt8(Block(panels * ((inputs + 3) / 4) * 64), Block(vector), Block(vector), Block(vector + (value == Operation.Audio ? 0 : 64 * random.Next(2))))
            : new PackedIndices(bits, Block(quads * ((inputs + 15) / 16) * 8 * bits), Block(quads * 4 << bits), Block(vector), Block(vector));
    }

    // The file ends where the last block does.
    private long Block(long bytes)
    {
        long offset = (end + 63) / 64 * 64;
        end = offset + bytes;
        return offset;
    }

    private int Channels() => Pick(isSmall || random.Next(6) > 0 ? Few : Many);

    private long Vector(long values) => Block((values + 15) / 16 * 64);

    private int Channels(int groups) => groups * Math.Max(1, Channels() / groups);

    private int Groups()
    {
        int[] divisors = [.. Enumerable.Range(1, Math.Min(channels, 64)).Where(g => channels % g == 0)];
        return divisors.Length == 0 ? 1 : Pick(divisors);
    }

    private int Taps() => Pick(isSmall || random.Next(6) > 0 ? FewTaps : ManyTaps);

    private int Stride() => isSmall || random.Next(6) > 0 ? random.Next(1, random.Next(6) == 0 ? 9 : 3) : Pick(ManyStrides);

    private int Pick(int[] of) => of[random.Next(of.Length)];

    private void Maybe(Action action)
    {
        if (random.Next(2) == 0)
        {
            action();
        }
    }

    private string Next(string kind) => $"{kind}{operations.Count}";

    private void Append(Operation operation, int made)
    {
        operations.Add(operation);
        (value, channels) = (operation.Name, made);
    }
}

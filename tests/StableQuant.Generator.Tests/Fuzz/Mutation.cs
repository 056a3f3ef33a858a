using StableQuant.Generator.Emit.Kernels;
using StableQuant.Graph;

namespace StableQuant.Generator.Tests.Fuzz;

/// <summary>Changes a description in some places, each to what breaks something: other numbers, other inputs, lines that are gone, twice there or elsewhere.</summary>
internal static class Mutation
{
    private static readonly int[] Numbers = [int.MinValue, -1, 0, 1, 2, 3, 4, 5, 15, 16, 17, 63, 64, 127, 128, 129, 255, 256, 4095, 4096, 8192, 16575, 16576, 65535, 65536, 65537, 1 << 20, 1 << 24, 1 << 28, int.MaxValue];
    private static readonly float[] Floats = [0, -1, 1e-38f, float.Epsilon, 1e-7f, 1e10f, 1e30f, float.MaxValue, float.NaN, float.PositiveInfinity];

    /// <summary>A changed description.</summary>
    public static ModelDescription Of(ModelDescription model, Random random)
    {
        List<Operation> operations = [.. model.Operations];
        for (int changes = random.Next(1, 4); changes > 0; changes--)
        {
            int at = random.Next(operations.Count);
            switch (random.Next(8))
            {
                case 0:
                    operations.Insert(random.Next(operations.Count + 1), operations[at]);
                    break;
                case 1 when operations.Count > 1:
                    operations.RemoveAt(at);
                    break;
                case 2:
                    model = model with { Weights = model.Weights with { Bytes = random.Next(2) == 0 ? Number(random) : model.Weights.Bytes + random.Next(-65, 65) } };
                    break;
                case 3:
                    model = random.Next(2) == 0 ? model with { Head = Changed(model.Head, random) } : model with { FrontEnd = Changed(model.FrontEnd, random) };
                    break;
                default:
                    operations[at] = Changed(operations[at], operations[random.Next(operations.Count)].Name, random);
                    break;
            }
        }

        return model with { Operations = new(operations) };
    }

    private static Head Changed(Head head, Random random) => head switch
    {
        Vocabulary v when random.Next(2) == 0 => v with { Blank = Number(random), WordDelimiter = Number(random) },
        Vocabulary v => random.Next(2) == 0 ? new Embedding() : new Classes(v.Tokens, PerFrame: random.Next(2) == 0, Exclusive: true),
        Classes c => random.Next(3) switch { 0 => c with { PerFrame = !c.PerFrame }, 1 => c with { Labels = new(c.Labels.Skip(1)) }, _ => new Vocabulary(c.Labels, 0, -1) },
        _ => new Vocabulary(new(["a", "b"]), 0, -1),
    };

    private static Graph.FrontEnd Changed(Graph.FrontEnd frontEnd, Random random)
    {
        int n = Number(random);
        return frontEnd switch
        {
            LogMelFrontEnd m => random.Next(12) switch
            {
                0 => m with { Window = n },
                1 => m with { Hop = n },
                2 => m with { FourierSize = n },
                3 => m with { Preemphasis = Float(random) },
                4 => m with { Bands = n },
                5 => m with { Low = Float(random) },
                6 => m with { High = n },
                7 => m with { Floor = Float(random) },
                8 => m with { Epsilon = Float(random) },
                9 => m with { Stack = n },
                10 => m with { SampleRate = n },
                _ => new WaveformFrontEnd(m.SampleRate, null),
            },
            WaveformFrontEnd w => random.Next(3) switch { 0 => w with { SampleRate = n }, 1 => w with { Epsilon = Float(random) }, _ => new LogMelFrontEnd(16000, LogMelConvention.Nemo, 400, 160, 512, 0.97f, 80, 0, 8000, 1e-7f, 1e-5f, 1) },
            _ => frontEnd,
        };
    }

    private static Operation Changed(Operation operation, string other, Random random)
    {
        int n = Number(random);
        Operation named = random.Next(12) == 0 ? operation with { Name = random.Next(3) == 0 ? other + ".remainders" : other } : operation;
        return named switch
        {
            Convolution c => random.Next(9) switch
            {
                0 => c with { InputChannels = n },
                1 => c with { OutputChannels = n },
                2 => c with { Kernel = n },
                3 => c with { Stride = n },
                4 => c with { PadLeft = n },
                5 => c with { PadRight = n },
                6 => c with { Groups = n },
                7 => c with { Input = other },
                _ => c with { Packed = Moved(c.Packed, random) },
            },
            Convolution2d c => random.Next(8) switch
            {
                0 => c with { InputChannels = n },
                1 => c with { OutputChannels = n },
                2 => c with { Kernel = n },
                3 => c with { Stride = n },
                4 => c with { Padding = n },
                5 => c with { Bands = n },
                6 => c with { Input = other },
                _ => c with { Packed = Moved(c.Packed, random) },
            },
            Linear l => random.Next(4) switch
            {
                0 => l with { InputChannels = n },
                1 => l with { OutputChannels = n },
                2 => l with { Input = random.Next(4) == 0 ? Operation.Audio : other },
                _ => l with { Packed = Moved(l.Packed, random) },
            },
            BiasedAttention a when random.Next(2) == 0 => random.Next(4) switch
            {
                0 => a with { Behind = n },
                1 => a with { Ahead = n },
                2 => a with { Gate = other },
                _ => a with { Packed = new PackedBias(n, n) },
            },
            RelativeAttention a when random.Next(2) == 0 => random.Next(2) == 0 ? a with { Position = other } : a with { Bias = other },
            RelativeKeyAttention a when random.Next(2) == 0 => random.Next(3) switch { 0 => a with { Behind = n }, 1 => a with { Ahead = n }, _ => a with { Distances = other } },
            Rotary r => random.Next(3) switch { 0 => r with { Heads = n }, 1 => r with { Input = other }, _ => r with { Waves = other } },
            Sinusoids s => random.Next(5) switch { 4 => s with { IsInBothDirections = !s.IsInBothDirections }, 3 => s with { IsBFloat16 = !s.IsBFloat16 }, 0 => s with { Channels = n }, 1 => s with { Packed = n }, _ => s with { Input = other } },
            Attention a => random.Next(5) switch
            {
                0 => a with { Heads = n },
                1 => a with { HeadSize = n },
                2 => a with { Scale = Float(random) },
                3 => a with { Key = other },
                _ => a with { Heads = a.HeadSize, HeadSize = a.Heads },
            },
            LayerNorm l => random.Next(3) switch { 0 => l with { Channels = n }, 1 => l with { Epsilon = Float(random) }, _ => l with { Input = other } },
            GroupNorm g => random.Next(3) switch { 0 => g with { Channels = n }, 1 => g with { Packed = new PackedNorm(n, n) }, _ => g with { Input = other } },
            Activation g => random.Next(2) == 0 ? g with { Input = other } : g with { Function = ActivationFunction.All[random.Next(ActivationFunction.All.Count)] },
            GatedLinearUnit g => g with { Input = other },
            AveragePool p => random.Next(2) == 0 ? p with { Frames = n } : p with { Input = other },
            Upsample u => random.Next(3) switch { 0 => u with { Factor = n }, 1 => u with { Like = other }, _ => u with { Input = other } },
            MeanPool p => random.Next(2) == 0 ? p with { Input = other } : new StatisticsPool(p.Name, p.Source, p.Input),
            StatisticsPool p => random.Next(2) == 0 ? p with { Input = other } : new MeanPool(p.Name, p.Source, p.Input),
            Scale x => random.Next(2) == 0 ? x with { Factor = Float(random) } : x with { Input = other },
            Add a => random.Next(2) == 0 ? a with { Left = other } : a with { Right = a.Left },
            Quantize q => random.Next(6) switch
            {
                0 => q with { Scale = Float(random) },
                1 => q with { ZeroPoint = n },
                2 => q with { Type = q.Type == QuantizedType.U8 ? QuantizedType.S8 : QuantizedType.U8 },
                3 => q with { Outliers = q.Outliers == Outliers.Keep ? Outliers.Clip : Outliers.Keep },
                4 => q with { Percentile = Float(random) },
                _ => q with { Input = other },
            },
            _ => named,
        };
    }

    private static PackedWeights? Moved(PackedWeights? packed, Random random)
    {
        long offset = random.Next(3) switch { 0 => long.MaxValue - 63, 1 => Number(random), _ => 64L * random.Next(1000) };
        return packed switch
        {
            PackedInt8 p => random.Next(4) switch
            {
                2 => new PackedIndices(random.Next(2, 6), p.Weights, p.Sums, p.Multipliers, p.Bias),
                0 => p with { Weights = offset },
                1 => p with { Sums = offset },
                _ => new PackedFloat(p.Weights, p.Bias),
            },
            PackedIndices p => random.Next(4) switch
            {
                0 => p with { Weights = offset },
                1 => p with { Levels = offset },
                2 => p with { Bits = Number(random) },
                _ => new PackedInt8(p.Weights, p.Levels, p.Multipliers, p.Bias),
            },
            PackedFloat p => random.Next(3) switch
            {
                0 => p with { Weights = offset },
                1 => p with { Bias = offset },
                _ => new PackedInt8(p.Weights, p.Bias, p.Bias, p.Bias),
            },
            _ => packed,
        };
    }

    private static int Number(Random random) => random.Next(3) == 0 ? random.Next(-2, 300) : Numbers[random.Next(Numbers.Length)];

    private static float Float(Random random) => Floats[random.Next(Floats.Length)];
}

using System.Runtime.InteropServices;
using StableQuant.Calibration.Float;
using StableQuant.Calibration.Quantization;
using StableQuant.Graph;
using StableQuant.Runtime.Tests.Kernels;

namespace StableQuant.Calibration.Tests.Compile;

/// <summary>
/// What a description means, written down independently of the generator: integer products exactly, all else in
/// double, no fusion, no plan. It also says how near a value came to the border between two quantized integers, where
/// float32 may rightly choose the other one.
/// </summary>
internal sealed class ReferenceInterpreter(QuantizedModel model)
{
    private readonly Dictionary<string, double[][]> values = [];

    /// <summary>
    /// Smallest distance of a quantized value from a tie, in steps; of what is kept beyond a grid of 256, in as many steps more as it is further out, as
    /// float32 has it.
    /// </summary>
    public double ClosestTie { get; private set; } = 0.5;

    /// <summary>The logits, frame by frame.</summary>
    public double[][] Run(float[] pcm)
    {
        values[model.Description.FrontEnd.Value] = model.Description.FrontEnd is LogMelFrontEnd features ? Features(features, pcm) : Samples((WaveformFrontEnd)model.Description.FrontEnd, pcm);
        foreach (Operation operation in model.Description.Operations)
        {
            values[operation.Name] = Execute(operation);
        }

        return values[model.Description.Operations[^1].Name];
    }

    private static double[][] Samples(WaveformFrontEnd frontEnd, float[] pcm)
    {
        float? epsilon = frontEnd.Epsilon;
        double mean = epsilon is null ? 0 : pcm.Average(x => (double)x);
        double deviation = epsilon is null ? 1 : Math.Sqrt(pcm.Average(x => (x - mean) * (x - mean)) + epsilon.Value);
        return [.. pcm.Select(x => new[] { (x - mean) / deviation })];
    }

    // The runtime's own, so that nothing is near another tie; and near what they mean.
    private static double[][] Features(LogMelFrontEnd m, float[] pcm)
    {
        var meaning = new ReferenceFeatures(m.Convention == LogMelConvention.Kaldi, m.Window, m.Hop, m.FourierSize, m.Preemphasis, m.Bands, m.Low, m.High, m.Floor, m.Epsilon, m.Stack);
        double[] expected = [.. meaning.Of(pcm, out double[] deviations).SelectMany(row => row)];
        float[] made = m.Apply(pcm);
        made.Length.ShouldBe(expected.Length);
        Math.Sqrt(made.Select((x, i) => Math.Pow((x - expected[i]) * Math.Min(1, deviations[i % m.Bands]), 2)).Average()).ShouldBeLessThan(1e-5, m.ToString());
        return [.. made.Select(x => (double)x).Chunk(m.Channels)];
    }

    private double[][] Execute(Operation operation) => operation switch
    {
        Convolution { Input: Operation.Audio } c => Audio(c),
        Convolution { IsDepthwise: true } c => Depthwise(c),
        Convolution c => Convolve(c),
        Convolution2d c => Convolve(c),
        Linear l => Product(values[l.Input], Zero(l.Input), l.Packed!, l.OutputChannels),
        Attention a => Attend(a),
        Sinusoids s => Waves(s),
        Rotary r => Turned(r),
        LayerNorm n => Affine(Normalise(values[n.Input], n.Epsilon), n.Packed!),
        GroupNorm n => Affine(Transpose(Normalise(Transpose(values[n.Input]), n.Epsilon)), n.Packed!),
        Activation { Kind: "gelu" } g => Map(values[g.Input], x => x / 2 * (1 + Erf(x / Math.Sqrt(2)))),
        Activation { Kind: "gelu-tanh" } g => Map(values[g.Input], x => x / 2 * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + 0.044715 * Math.Pow(x, 3))))),
        Activation { Kind: "relu" } g => Map(values[g.Input], x => Math.Max(x, 0)),
        Activation { Kind: "silu" } g => Map(values[g.Input], x => x / (1 + Math.Exp(-x))),
        GatedLinearUnit g => [.. values[g.Input].Select(row => row.Take(row.Length / 2).Zip(row.Skip(row.Length / 2), (x, gate) => x / (1 + Math.Exp(-gate))).ToArray())],
        AveragePool p => Frames(values[p.Input].Length / p.Frames, values[p.Input][0].Length, (frame, c) => Enumerable.Range(0, p.Frames).Average(i => values[p.Input][frame * p.Frames + i][c])),
        MeanPool p => [Channels(p.Input).Select(c => c.Average()).ToArray()],
        StatisticsPool p => [[.. Channels(p.Input).Select(c => c.Average()), .. Channels(p.Input).Select(c => Math.Sqrt(c.Sum(x => Math.Pow(x - c.Average(), 2)) / (c.Length - 1)))]],
        Scale s => Map(values[s.Input], x => x * s.Factor),
        Upsample u => Upsampled(u),
        Add a => [.. values[a.Left].Zip(values[a.Right], (l, r) => l.Zip(r, (x, y) => x + y).ToArray())],
        Quantize { IsDithered: true } q => [.. values[q.Input].Select((row, t) => row.Select((x, c) => Rounded(x * (1f / q.Scale) + Dither(t, c), q.ZeroPoint, q.Type, q.Outliers)).ToArray())],
        Quantize q => Map(values[q.Input], x => Rounded(x * (1f / q.Scale), q.ZeroPoint, q.Type, q.Outliers)),
        _ => throw new NotSupportedException(operation.Kind),
    };

    // The bits of a place of 1024, in reverse order, as a fraction; half of its last bit more, so that it is symmetric.
    private static double Dither(long row, int channel)
    {
        long place = (row * 2654435769 % (1L << 32) / (1L << 22) + channel) % 1024;
        return Enumerable.Range(0, 10).Sum(bit => (place >> bit) % 2 * Math.Pow(2, -1 - bit)) + Math.Pow(2, -11) - 0.5;
    }

    private double[][] Channels(string name) => Transpose(values[name]);

    private Quantize? Quantization(string name) => model.Description.Operations.SingleOrDefault(o => o.Name == name) as Quantize;

    /// <summary>What stands for 0 in a value: it is float32 where nothing quantized it.</summary>
    private int Zero(string name) => Quantization(name)?.ZeroPoint ?? 0;

    private double Rounded(double steps, int zero, QuantizedType type, Outliers outliers = Outliers.Clip)
    {
        (int low, int high) = type == QuantizedType.U8 ? (0, 255) : (-127, 127);
        if (outliers == Outliers.Keep || (steps + zero > low - 1 && steps + zero < high + 1))
        {
            ClosestTie = Math.Min(ClosestTie, Math.Abs(Math.Abs(steps - Math.Round(steps)) - 0.5) / Math.Max(1, Math.Abs(steps) / 256));
        }

        // Random models stay far below the limit of what is kept.
        return outliers == Outliers.Keep ? Math.Round(steps) + zero : Math.Clamp(Math.Round(steps) + zero, low, high);
    }

    private double[][] Audio(Convolution c)
    {
        double[][] x = values[Operation.Audio];
        int frames = (x.Length - c.Kernel) / c.Stride + 1;
        return Product([.. Enumerable.Range(0, frames).Select(frame => x.Skip(frame * c.Stride).Take(c.Kernel).Select(sample => sample[0]).ToArray())], 0, c.Packed!, c.OutputChannels);
    }

    private double[][] Convolve(Convolution c)
    {
        double[][] x = values[c.Input];
        int zero = Zero(c.Input);
        int width = c.InputChannels / c.Groups;
        int outputs = c.OutputChannels / c.Groups;
        int frames = (x.Length + c.PadLeft + c.PadRight - c.Kernel) / c.Stride + 1;
        double[] padding = [.. Enumerable.Repeat((double)zero, c.InputChannels)];
        double[] At(int row) => row >= 0 && row < x.Length ? x[row] : padding;
        double[][] result = [.. Enumerable.Range(0, frames).Select(_ => new double[c.OutputChannels])];
        for (int group = 0; group < c.Groups; group++)
        {
            double[][] windows = [.. Enumerable.Range(0, frames).Select(frame => Enumerable.Range(0, c.Kernel)
                .SelectMany(tap => At(frame * c.Stride + tap - c.PadLeft).Skip(group * width).Take(width)).ToArray())];
            double[][] made = Product(windows, zero, c.Packed!, outputs, group);
            for (int frame = 0; frame < frames; frame++)
            {
                made[frame].CopyTo(result[frame], group * outputs);
            }
        }

        return result;
    }

    private double[][] Upsampled(Upsample u)
    {
        double[][] x = values[u.Input];
        int width = x[0].Length / u.Factor;
        return Frames(values[u.Like].Length, width, (frame, c) => frame / u.Factor < x.Length ? x[frame / u.Factor][frame % u.Factor * width + c] : 0);
    }

    // All channels are the outputs of one matrix, and each has the window of its own channel as inputs.
    private double[][] Depthwise(Convolution c)
    {
        double[][] x = values[c.Input];
        int zero = Zero(c.Input);
        int frames = (x.Length + c.PadLeft + c.PadRight - c.Kernel) / c.Stride + 1;
        double At(int row, int channel) => row >= 0 && row < x.Length ? x[row][channel] : zero;
        return Frames(frames, c.OutputChannels, (frame, channel) =>
        {
            double[] window = [.. Enumerable.Range(0, c.Kernel).Select(tap => At(frame * c.Stride + tap - c.PadLeft, channel))];
            return Output(window, zero, c.Packed!, c.OutputChannels, 0, channel);
        });
    }

    // Each output has the window of its own channel, or of the only one, as inputs: a row for each frame and band.
    private double[][] Convolve(Convolution2d c)
    {
        double[] x = [.. values[c.Input].SelectMany(row => row)];
        int zero = Zero(c.Input), frames = x.Length / c.Bands / c.InputChannels;
        int bands = (c.Bands + 2 * c.Padding - c.Kernel) / c.Stride + 1;
        double At(int frame, int band, int channel) => frame >= 0 && frame < frames && band >= 0 && band < c.Bands ? x[(frame * c.Bands + band) * c.InputChannels + channel] : zero;
        return Frames(((frames + 2 * c.Padding - c.Kernel) / c.Stride + 1) * bands, c.OutputChannels, (row, output) =>
        {
            double[] window = [.. Enumerable.Range(0, c.Kernel * c.Kernel).Select(tap =>
                At(row / bands * c.Stride + tap / c.Kernel - c.Padding, row % bands * c.Stride + tap % c.Kernel - c.Padding, c.InputChannels == 1 ? 0 : output))];
            return Output(window, zero, c.Packed!, c.OutputChannels, 0, output);
        });
    }

    // Sums of integers are exact in double, too.
    private double[][] Product(double[][] rows, int zero, PackedWeights packed, int outputs, int group = 0) =>
        Frames(rows.Length, outputs, (frame, output) => Output(rows[frame], zero, packed, outputs, group, output));

    private double Output(double[] row, int zero, PackedWeights packed, int outputs, int group, int output)
    {
        double sum = 0;
        for (int i = 0; i < row.Length; i++)
        {
            sum += (row[i] - zero) * Weight(packed, group, output, i, outputs, row.Length);
        }

        int place = group * ((outputs + 15) / 16 * 16) + output;
        return sum * (packed is PackedIntegers integers ? Float(integers.Multipliers, place) : 1) + Float(packed.Bias, place);
    }

    private double[][] Attend(Attention a)
    {
        (double[][] query, double[][] key, double[][] value) = (values[a.Query], values[a.Key], values[a.Value]);
        (Quantize? q, Quantize? k, Quantize? v) = (Quantization(a.Query), Quantization(a.Key), Quantization(a.Value));
        double scale = (q?.Scale ?? 1.0) * (k?.Scale ?? 1.0) * a.Scale;
        double[][] result = [.. query.Select(_ => new double[a.Heads * a.HeadSize])];
        for (int head = 0; head < a.Heads; head++)
        {
            int[] lanes = [.. Enumerable.Range(head * a.HeadSize, a.HeadSize)];
            for (int frame = 0; frame < query.Length; frame++)
            {
                double[] scores = [.. key.Select((row, other) => scale * lanes.Sum(c => (query[frame][c] - (q?.ZeroPoint ?? 0)) * row[c]) + Bias(a, head, frame, other) + Placed(a, head, frame, other) + Keyed(a, head, frame, other))];
                double[] exps = [.. scores.Select(s => Math.Exp(s - scores.Max()))];
                double[] probabilities = [.. exps.Select(e => v is null ? e : Rounded(255 * e, 0, QuantizedType.U8))];
                foreach (int c in lanes)
                {
                    result[frame][c] = probabilities.Select((p, i) => p * value[i][c]).Sum() / probabilities.Sum() * (v?.Scale ?? 1.0);
                }
            }
        }

        return result;
    }

    private double[][] Waves(Sinusoids s)
    {
        int count = s.Channels / 2;
        double Angle(int wave) => Math.Atan2(
            (double)Float(s.Packed!.Value, 2 * count + wave) + Float(s.Packed.Value, 3 * count + wave), (double)Float(s.Packed.Value, wave) + Float(s.Packed.Value, count + wave));
        double Wave(int frame, int c) => c % 2 == 0 ? Math.Sin(frame * Angle(c / 2)) : Math.Cos(frame * Angle(c / 2));
        int Time(int row) => !s.IsInBothDirections ? row : row % 2 == 0 ? row / 2 : -(row / 2);
        return Frames(values[s.Input].Length * (s.IsInBothDirections ? 2 : 1), s.Channels, (row, c) => s.IsBFloat16 ? BFloat16(Wave(Time(row), c)) : Wave(Time(row), c));
    }

    // Eight bits, of two numbers that are as near the even one.
    private static double BFloat16(double x)
    {
        double step = x == 0 ? 1 : Math.Pow(2, Math.Floor(Math.Log2(Math.Abs(x))) - 7);
        return Math.Round((float)x / step, MidpointRounding.ToEven) * step;
    }

    // A pair is a complex number, turned by another.
    private double[][] Turned(Rotary r)
    {
        double[][] waves = values[r.Waves];
        int size = waves[0].Length, half = size / 2;
        return Frames(values[r.Input].Length, r.Heads * size, (frame, c) =>
        {
            int pair = c % size % half, first = c / size * size + pair;
            var turned = new System.Numerics.Complex(values[r.Input][frame][first], values[r.Input][frame][first + half])
                * new System.Numerics.Complex(waves[frame][2 * pair + 1], waves[frame][2 * pair]);
            return c % size < half ? turned.Real : turned.Imaginary;
        });
    }

    private double Keyed(Attention attention, int head, int frame, int other) => attention is RelativeKeyAttention a
        ? values[a.Distances][frame][head * (a.Behind + 1 + a.Ahead) + Math.Clamp(other - frame, -a.Behind, a.Ahead) + a.Behind]
        : 0;

    private double Placed(Attention attention, int head, int frame, int other)
    {
        if (attention is not RelativeAttention a)
        {
            return 0;
        }

        int place = 2 * Math.Abs(frame - other) + (other > frame ? 1 : 0);
        (Quantize? q, Quantize? p) = (Quantization(a.Query), Quantization(a.Position));
        double[] query = values[a.Query][frame], position = values[a.Position][place];
        double sum = Enumerable.Range(head * a.HeadSize, a.HeadSize).Sum(c => (query[c] - (q?.ZeroPoint ?? 0)) * position[c]);
        return sum * (q?.Scale ?? 1.0) * (p?.Scale ?? 1.0) * a.Scale + values[a.Bias][place][head];
    }

    private double Bias(Attention attention, int head, int frame, int other)
    {
        if (attention is not BiasedAttention a)
        {
            return 0;
        }

        static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));
        double[] gate = values[a.Gate][frame];
        int width = (a.Behind + 1 + a.Ahead + 15) / 16 * 16;
        double bias = Float(a.Packed!.Biases, head * width + Math.Clamp(other - frame, -a.Behind, a.Ahead) + a.Behind);
        return bias * (Sigmoid(gate[head]) * (Sigmoid(gate[a.Heads + head]) * Float(a.Packed.Gains, head) - 1) + 2);
    }

    private double[][] Affine(double[][] rows, PackedNorm packed) =>
        [.. rows.Select(row => row.Select((x, c) => x * Float(packed.Gain, c) + Float(packed.Bias, c)).ToArray())];

    private static double[][] Normalise(double[][] rows, double epsilon) => [.. rows.Select(row =>
    {
        double mean = row.Average();
        double deviation = Math.Sqrt(row.Average(x => (x - mean) * (x - mean)) + epsilon);
        return row.Select(x => (x - mean) / deviation).ToArray();
    })];

    private static double[][] Transpose(double[][] rows) => Frames(rows[0].Length, rows.Length, (c, frame) => rows[frame][c]);

    private static double[][] Map(double[][] rows, Func<double, double> function) => [.. rows.Select(row => row.Select(function).ToArray())];

    private static double[][] Frames(int frames, int channels, Func<int, int, double> make) =>
        [.. Enumerable.Range(0, frames).Select(frame => Enumerable.Range(0, channels).Select(c => make(frame, c)).ToArray())];

    // The layout as the design states it: panels of 16 outputs × groups of 4 int8 or 1 float32 inputs, 64 bytes a group.
    private double Weight(PackedWeights packed, int channelGroup, int output, int input, int outputs, int inputs)
    {
        output.ShouldBeLessThan(outputs);
        if (packed is PackedIndices stored)
        {
            return (sbyte)model.Weights[stored.Levels + (channelGroup * ((outputs + 3) / 4 * 4) + output << stored.Bits) + Index(stored, channelGroup, output, input, outputs, inputs)];
        }

        int size = packed is PackedInt8 ? 4 : 1;
        int groups = (inputs + size - 1) / size;
        int panel = channelGroup * ((outputs + 15) / 16) + output / 16;
        long offset = packed.Weights + ((long)panel * groups + input / size) * 64 + output % 16 * 4;
        return packed is PackedInt8 ? (sbyte)model.Weights[offset + input % 4] : Float(offset, 0);
    }

    // Panels of steps of quads: 4 outputs × 16 inputs in 32 bytes of 4 bits, or in 24 of 3.
    private int Index(PackedIndices packed, int channelGroup, int output, int input, int outputs, int inputs)
    {
        int quadBytes = 8 * packed.Bits, steps = (inputs + 15) / 16, first = output / 16 * 16;
        int quadsHere = Math.Min(4, (outputs - first + 3) / 4);
        long quad = (long)channelGroup * ((outputs + 3) / 4) * steps + first / 4 * steps + input / 16 * quadsHere + output % 16 / 4;
        long start = packed.Weights + quad * quadBytes;
        (int member, int place) = (output % 4, input % 16);
        return packed.Bits == 4
            ? model.Weights[start + (member < 2 ? 0 : 16) + place] >> (member % 2 == 0 ? 0 : 4) & 15
            : (model.Weights[start + place] >> 2 * member & 3) + 4 * (model.Weights[start + 16 + place % 8] >> member + (place < 8 ? 0 : 4) & 1);
    }

    private double Float(long offset, int index) => MemoryMarshal.Read<float>(model.Weights.AsSpan((int)offset + 4 * index));

    private static double Erf(double x)
    {
        // Maclaurin; |x| beyond 5 is 1 to double's precision for what is compared here.
        if (Math.Abs(x) > 5)
        {
            return Math.Sign(x);
        }

        double term = x;
        double sum = x;
        for (int n = 1; n < 150; n++)
        {
            term *= -x * x / n;
            sum += term / (2 * n + 1);
        }

        return 2 / Math.Sqrt(Math.PI) * sum;
    }
}

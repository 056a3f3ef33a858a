using System.Runtime.InteropServices;
using StableQuant.FrontEnd;
using StableQuant.Kernels;
using StableQuant.Kernels.Lanes;
using StableQuant.Kernels.Layers;
using StableQuant.Kernels.Outliers;
using StableQuant.Layout;

namespace StableQuant.Runtime.Tests.Kernels;

/// <summary>One path's operations on plain arrays, so that a test can be written once for all paths.</summary>
internal abstract class InstructionSetProbe
{
    public static readonly InstructionSetProbe Scalar = new InstructionSetProbe<ScalarInstructions, ScalarInt, ScalarWeights, ScalarInputs, ScalarInt, ScalarFloat>();

    public static InstructionSetProbe Of(InstructionSet path) => path switch
    {
        InstructionSet.Scalar => Scalar,
        InstructionSet.Avx2 => new InstructionSetProbe<Avx2Instructions, Avx2Sums, Avx2Weights, System.Runtime.Intrinsics.Vector256<short>, Avx2Int, Avx2Float>(),
        InstructionSet.Avx512 => new InstructionSetProbe<Avx512Instructions, Avx512Sums, Avx512Weights, System.Runtime.Intrinsics.Vector512<short>, System.Runtime.Intrinsics.Vector512<int>, System.Runtime.Intrinsics.Vector512<float>>(),
        InstructionSet.AvxVnni => new InstructionSetProbe<AvxVnniInstructions, Avx2Int, AvxVnniWeights, System.Runtime.Intrinsics.Vector256<byte>, Avx2Int, Avx2Float>(),
        InstructionSet.ArmDp => new InstructionSetProbe<ArmDpInstructions, Vector128Int, ArmWeights, System.Runtime.Intrinsics.Vector128<sbyte>, Vector128Int, Vector128Float>(),
        InstructionSet.Vector128 => new InstructionSetProbe<Vector128Instructions, Vector128Sums, Vector128Weights, System.Runtime.Intrinsics.Vector128<short>, Vector128Int, Vector128Float>(),
        _ => throw new ArgumentOutOfRangeException(nameof(path)),
    };

    public abstract int InputBias { get; }

    /// <summary>Every operation from three vectors of floats to floats, by name.</summary>
    public abstract IReadOnlyDictionary<string, Func<float[], float[], float[], float[]>> Floats { get; }

    /// <summary>Every operation from two vectors of integers to bits, by name.</summary>
    public abstract IReadOnlyDictionary<string, Func<int[], int[], int[]>> Integers { get; }

    public abstract int[] RoundToInt(float[] value);

    public abstract int[] ShiftLeft(int[] value, int bits);

    public abstract byte[] StoreBytes(int[] value);

    public abstract byte[] StoreClamped(int[] value);

    public abstract (float[] Floats, byte[] Bytes, byte[] Clamped) StorePartial(float[] value, int[] integers, int count);

    /// <summary>Rows of 16 outputs: Σ over groups of 4 inputs, weights packed; the input bias not yet added back.</summary>
    public abstract int[] Dot(byte[] inputs, sbyte[] weights);

    /// <summary><see cref="IndexedPanel.Expand"/>.</summary>
    public abstract unsafe void ExpandPanel(int bits, byte* indices, sbyte* levels, int outputs, int inputs, sbyte* panel);

    /// <summary><see cref="OutlierKernels{TIsa, TInt, TFloat}.Append"/>.</summary>
    public abstract unsafe void Append(int* vectors, int count, int panels, int row, int column, int end, in OutlierList list);

    /// <summary><see cref="OutlierKernels{TIsa, TInt, TFloat}.Add"/>.</summary>
    public abstract unsafe void Add(int* sums, int row, int rows, int panels, byte* weights, long panelBytes, in OutlierProducts terms);

    /// <summary><see cref="OutlierKernels{TIsa, TInt, TFloat}.Join"/>.</summary>
    public abstract unsafe void Join(int* sums, int* high, int rows, int panels, int* weightSums, int inputBias);

    /// <summary>Functions of one value, by name; of a gate what it lets through of 1.</summary>
    public abstract IReadOnlyDictionary<string, Func<float[], float[]>> Functions { get; }

    public float[] Gelu(float[] x) => Functions["gelu"](x);

    public abstract float[] ExpOfNonPositive(float[] x);

    public abstract float[] Log(float[] x);

    /// <summary>The power of n/2 + 1 frequencies in 8 frames [n/2 + 1][8], of their n samples [8][n].</summary>
    public abstract double[] Power(double[] frames);

    /// <summary>The features of an utterance, some frames in one: by blocks of as many frames and bands as different threads would take.</summary>
    public abstract float[] Features(LogMel mel, float[] pcm, int frames, int stack);

    public abstract int[] Quantize(float[] x, float inverseScale, int zeroPoint, int lowest, int highest);

    /// <summary>The same of values that are dithered as those of a row from a channel on are.</summary>
    public abstract int[] Quantize(float[] x, float inverseScale, int zeroPoint, int lowest, int highest, int row, int channel);

    /// <summary>Statistics of each row of four: <see cref="Normalization{TIsa, TInt, TFloat}.OfRows"/>, by blocks of so many rows.</summary>
    public abstract (float[] Means, float[] InverseDeviations) OfRows(float[] rows, int block, float epsilon);

    public abstract (float[] Mean, float[] InverseDeviation) OfChannels(float[] values, int channels, float epsilon);

    /// <summary>The probabilities of some rows of scores, each row up to the next multiple of 16, and each row's factor.</summary>
    public abstract (byte[] Probabilities, float[] Multipliers) Softmax(float[] scores, int rows = 1, float valueScale = 1);

    /// <summary>The same in float32.</summary>
    public abstract float[] FloatSoftmax(float[] scores, int rows = 1);

    /// <summary>
    /// One head's gated biases on the scores of some queries, each row up to the next multiple of 16:
    /// <see cref="RelativeBias{TIsa, TInt, TFloat}"/>.
    /// </summary>
    /// <param name="scores">[queries][frames].</param>
    /// <param name="start">The first query.</param>
    /// <param name="frames">Number of frames.</param>
    /// <param name="biases">A bias for each distance.</param>
    /// <param name="behind">The most frames behind the query that have their own.</param>
    /// <param name="gate">[frames][2]: what each query's gate is made of.</param>
    /// <param name="gain">The gate's gain.</param>
    public abstract float[] AddBiases(float[] scores, int start, int frames, float[] biases, int behind, float[] gate, float gain);

    /// <summary>
    /// One head's products with positions, and biases, on the scores of some queries: <see cref="RelativePositions{TIsa, TInt, TFloat}"/>.
    /// </summary>
    /// <param name="scores">[queries][frames].</param>
    /// <param name="start">The first query.</param>
    /// <param name="frames">Number of frames.</param>
    /// <param name="products">[queries][distances], from the furthest key behind to the furthest ahead.</param>
    /// <param name="biases">[frames][2]: of keys behind the query and ahead of it.</param>
    public abstract float[] AddPositions(float[] scores, int start, int frames, float[] products, float[] biases);

    /// <summary>One head's scores for distances on the scores of some queries: <see cref="RelativeKeys{TIsa, TInt, TFloat}"/>.</summary>
    /// <param name="scores">[queries][frames].</param>
    /// <param name="start">The first query.</param>
    /// <param name="frames">Number of frames.</param>
    /// <param name="distances">[frames][distances], from the furthest key behind to the furthest ahead.</param>
    /// <param name="behind">The most frames behind the query that have their own.</param>
    public abstract float[] AddDistances(float[] scores, int start, int frames, float[] distances, int behind);

    /// <summary>Rows of heads turned: <see cref="Rotary{TIsa, TInt, TFloat}"/>.</summary>
    /// <param name="values">[frames][heads × size].</param>
    /// <param name="waves">[frames][size].</param>
    /// <param name="heads">Number of heads.</param>
    /// <param name="size">Channels of a head.</param>
    public abstract float[] Turn(float[] values, float[] waves, int heads, int size);

    /// <summary>Bits, so that −0 differs from +0; all NaN are one.</summary>
    public static int[] Bits(float[] values) => [.. values.Select(v => float.IsNaN(v) ? int.MinValue + 1 : BitConverter.SingleToInt32Bits(v))];
}

/// <inheritdoc/>
internal sealed unsafe class InstructionSetProbe<TIsa, TSums, TWeights, TInput, TInt, TFloat> : InstructionSetProbe
    where TIsa : struct, IInstructions<TSums, TWeights, TInput, TInt, TFloat>
    where TSums : unmanaged
    where TWeights : unmanaged
    where TInput : unmanaged
    where TInt : unmanaged
    where TFloat : unmanaged
{
    public override int InputBias => TIsa.InputBias;

    public override IReadOnlyDictionary<string, Func<float[], float[], float[], float[]>> Floats { get; } = new Dictionary<string, Func<float[], float[], float[], float[]>>
    {
        ["Load, Store"] = (a, _, _) => Store(Load(a)),
        ["Broadcast"] = (a, _, _) => Store(TIsa.Broadcast(a[3])),
        ["Add"] = (a, b, _) => Store(TIsa.Add(Load(a), Load(b))),
        ["Subtract"] = (a, b, _) => Store(TIsa.Subtract(Load(a), Load(b))),
        ["Multiply"] = (a, b, _) => Store(TIsa.Multiply(Load(a), Load(b))),
        ["Divide"] = (a, b, _) => Store(TIsa.Divide(Load(a), Load(b))),
        ["MultiplyAdd"] = (a, b, c) => Store(TIsa.MultiplyAdd(Load(a), Load(b), Load(c))),
        ["Min"] = (a, b, _) => Store(TIsa.Min(Load(a), Load(b))),
        ["Max"] = (a, b, _) => Store(TIsa.Max(Load(a), Load(b))),
        ["Limit"] = (a, b, _) => Store(TIsa.Limit(Load(a), Load([.. b.Select(limit => MathF.BitIncrement(MathF.Abs(limit)))]))),
        ["Sum"] = (a, _, _) => [TIsa.Sum(Load(a))],
        ["Largest"] = (a, _, _) => [TIsa.Largest(Load(a))],
    };

    public override IReadOnlyDictionary<string, Func<int[], int[], int[]>> Integers { get; } = new Dictionary<string, Func<int[], int[], int[]>>
    {
        ["LoadInt, AsFloat"] = (a, _) => Bits(LoadInt(a)),
        ["LoadBytes"] = LoadBytes,
        ["BroadcastInt"] = (a, _) => Bits(TIsa.BroadcastInt(a[5])),
        ["AddInt"] = (a, b) => Bits(TIsa.AddInt(LoadInt(a), LoadInt(b))),
        ["MultiplyInt"] = (a, b) => Bits(TIsa.MultiplyInt(LoadInt(a), LoadInt(b))),
        ["OrBits"] = (a, b) => Bits(TIsa.OrBits(LoadInt(a), LoadInt(b))),
        ["AreBytes"] = (a, b) => [.. new[] { a, [.. a.Select(x => x & 255)], [.. a.Select((x, i) => i == (b[0] & 15) ? x : x & 255)] }.Select(x => TIsa.AreBytes(LoadInt(x)) ? 1 : 0)],
        ["AddGroup"] = AddGroup,
        ["AddPairs"] = (a, b) => Bits(TIsa.AddPairs(LoadInt(b), LoadInt(a), LoadInt(b))),
        ["ToFloat"] = (a, _) => [.. Store(TIsa.ToFloat(LoadInt(a))).Select(BitConverter.SingleToInt32Bits)],
    };

    public override unsafe void ExpandPanel(int bits, byte* indices, sbyte* levels, int outputs, int inputs, sbyte* panel) =>
        IndexedPanel.Expand<TIsa>(bits, indices, levels, outputs, inputs, panel);

    public override unsafe void Append(int* vectors, int count, int panels, int row, int column, int end, in OutlierList list) =>
        OutlierKernels<TIsa, TInt, TFloat>.Append(vectors, count, panels, row, column, end, list);

    public override unsafe void Add(int* sums, int row, int rows, int panels, byte* weights, long panelBytes, in OutlierProducts terms) =>
        OutlierKernels<TIsa, TInt, TFloat>.Add(sums, row, rows, panels, weights, panelBytes, terms);

    public override unsafe void Join(int* sums, int* high, int rows, int panels, int* weightSums, int inputBias) =>
        OutlierKernels<TIsa, TInt, TFloat>.Join(sums, high, rows, panels, weightSums, inputBias);

    public override int[] RoundToInt(float[] value) => Bits(TIsa.RoundToInt(Load(value)));

    public override int[] ShiftLeft(int[] value, int bits) => Bits(TIsa.ShiftLeft(LoadInt(value), bits));

    public override byte[] StoreBytes(int[] value)
    {
        var bytes = new byte[16];
        fixed (byte* target = bytes)
        {
            TIsa.StoreBytes(target, LoadInt(value));
        }

        return bytes;
    }

    public override byte[] StoreClamped(int[] value)
    {
        var bytes = new byte[16];
        fixed (byte* target = bytes)
        {
            TIsa.StoreClamped(target, LoadInt(value));
        }

        return bytes;
    }

    public override (float[] Floats, byte[] Bytes, byte[] Clamped) StorePartial(float[] value, int[] integers, int count)
    {
        float[] floats = [.. Enumerable.Repeat(-7f, 17)];
        byte[] bytes = [.. Enumerable.Repeat((byte)77, 17)], clamped = [.. bytes];
        fixed (float* target = floats)
        fixed (byte* byteTarget = bytes, clampedTarget = clamped)
        {
            Elementary<TIsa, TInt, TFloat>.StorePartial(target, Load(value), count);
            Elementary<TIsa, TInt, TFloat>.StoreBytesPartial(byteTarget, LoadInt(integers), count);
            Elementary<TIsa, TInt, TFloat>.StoreClampedPartial(clampedTarget, LoadInt(integers), count);
        }

        return (floats, bytes, clamped);
    }

    public override int[] Dot(byte[] inputs, sbyte[] weights)
    {
        TSums sums = default;
        fixed (byte* input = inputs)
        fixed (sbyte* weight = weights)
        {
            for (int k = 0; k < inputs.Length; k += 4)
            {
                sums = TIsa.Dot(sums, TIsa.LoadInput(input + k), TIsa.LoadWeights((byte*)weight + k * 16));
            }
        }

        return Bits(TIsa.Finish(sums));
    }

    public override IReadOnlyDictionary<string, Func<float[], float[]>> Functions { get; } = new Dictionary<string, Func<float[], float[]>>
    {
        ["gelu"] = x => Map(x, Elementary<TIsa, TInt, TFloat>.Gelu),
        ["gelu-tanh"] = x => Map(x, Elementary<TIsa, TInt, TFloat>.GeluTanh),
        ["relu"] = x => Map(x, Elementary<TIsa, TInt, TFloat>.Relu),
        ["silu"] = x => Map(x, Elementary<TIsa, TInt, TFloat>.Silu),
        ["gate"] = x => Map(x, gate => Elementary<TIsa, TInt, TFloat>.Gated(TIsa.Broadcast(1f), gate)),
    };

    public override float[] ExpOfNonPositive(float[] x) => Map(x, Elementary<TIsa, TInt, TFloat>.ExpOfNonPositive);

    public override float[] Log(float[] x) => Map(x, Elementary<TIsa, TInt, TFloat>.Log);

    public override double[] Power(double[] frames)
    {
        int size = frames.Length / 8;
        var tables = new FourierTables(size);
        double[] points = new double[frames.Length], power = new double[8 * (size / 2 + 1)];
        for (int i = 0; i < frames.Length; i++)
        {
            points[tables.Rows[i % size] * 8 + i / size] = frames[i];
        }

        fixed (double* cosines = tables.Cosines, sines = tables.Sines, point = points, result = power)
        {
            new FourierTransform<TIsa, TInt, TFloat>(size, cosines, sines, point).Power(result);
        }

        return power;
    }

    public override float[] Features(LogMel mel, float[] pcm, int frames, int stack)
    {
        int channels = mel.Bands * stack, padded = (channels + 15) & ~15;
        float[] samples = new float[pcm.Length], logarithms = [.. Enumerable.Repeat(float.NaN, frames * mel.Bands + 16)], statistics = [.. Enumerable.Repeat(float.NaN, 2 * padded)];
        byte[] scratch = [.. Enumerable.Repeat((byte)0xFF, LogMelLayout.ScratchBytes(mel.Fourier.Size, mel.Bands))];
        fixed (float* sample = samples, values = logarithms, statistic = statistics)
        fixed (byte* work = scratch)
        {
            mel.Take(pcm, sample);
            int middle = frames / 2 & ~15;
            LogMelKernels<TIsa, TInt, TFloat>.Run(mel, sample, pcm.Length, middle, frames, values, work);
            LogMelKernels<TIsa, TInt, TFloat>.Run(mel, sample, pcm.Length, 0, middle, values, work);
            for (int band = 0; band < mel.Bands; band += 16)
            {
                LogMelKernels<TIsa, TInt, TFloat>.Measure(mel, values, frames, stack, band, Math.Min(band + 16, mel.Bands), statistic);
            }
        }

        return [.. logarithms.Take(frames / stack * channels).Select((x, i) => (x - statistics[i % channels]) * statistics[padded + i % channels])];
    }

    public override int[] Quantize(float[] x, float inverseScale, int zeroPoint, int lowest, int highest) =>
        Bits(new LaneQuantizer<TIsa, TInt, TFloat>(inverseScale, zeroPoint, lowest, highest).Quantize(Load(x)));

    public override int[] Quantize(float[] x, float inverseScale, int zeroPoint, int lowest, int highest, int row, int channel) =>
        Bits(new LaneQuantizer<TIsa, TInt, TFloat>(inverseScale, zeroPoint, lowest, highest).Quantize(Load(x), TIsa.Load(Dither.At(Dither.Values, row, channel))));

    public override (float[] Means, float[] InverseDeviations) OfRows(float[] rows, int block, float epsilon)
    {
        int channels = rows.Length / 4;
        float[] means = new float[4], inverseDeviations = new float[4];
        fixed (float* values = rows, mean = means, inverseDeviation = inverseDeviations)
        {
            for (int row = 0; row < 4; row += block)
            {
                Normalization<TIsa, TInt, TFloat>.OfRows(values + row * channels, block, channels, epsilon, mean + row, inverseDeviation + row);
            }
        }

        return (means, inverseDeviations);
    }

    public override (float[] Mean, float[] InverseDeviation) OfChannels(float[] values, int channels, float epsilon)
    {
        var means = new float[channels];
        var deviations = new float[channels];
        fixed (float* value = values, mean = means, deviation = deviations)
        {
            Normalization<TIsa, TInt, TFloat>.OfChannels(value, values.Length / channels, channels, 0, channels, epsilon, mean, deviation);
        }

        return (means, deviations);
    }

    public override (byte[] Probabilities, float[] Multipliers) Softmax(float[] scores, int rows, float valueScale)
    {
        float[] work = Padded(scores, rows);
        byte[] probabilities = [.. Enumerable.Repeat((byte)0xAA, work.Length)];
        var multipliers = new float[rows];
        fixed (float* score = work, multiplier = multipliers)
        fixed (byte* probability = probabilities)
        {
            Softmax<TIsa, TInt, TFloat>.Rows(score, rows, scores.Length / rows, valueScale, probability, multiplier);
        }

        return (probabilities, multipliers);
    }

    public override float[] FloatSoftmax(float[] scores, int rows)
    {
        float[] work = Padded(scores, rows);
        fixed (float* score = work)
        {
            Softmax<TIsa, TInt, TFloat>.Rows(score, rows, scores.Length / rows);
        }

        return work;
    }

    public override float[] AddBiases(float[] scores, int start, int frames, float[] biases, int behind, float[] gate, float gain)
    {
        int padded = (frames + 15) & ~15, rows = scores.Length / frames;
        float[] work = Padded(scores, rows), spread = [.. Enumerable.Repeat(float.NaN, 2 * padded)], gates = [.. Enumerable.Repeat(float.NaN, padded)];
        fixed (float* score = work, bias = biases, places = spread, gated = gates, numbers = gate)
        {
            var a = new AttentionArguments { Frames = frames, Gate = numbers, GateGains = &gain, DistanceBiases = bias, Behind = behind, Ahead = biases.Length - behind - 1 };
            RelativeBias<TIsa, TInt, TFloat>.Spread(a, 0, places);
            RelativeBias<TIsa, TInt, TFloat>.Gates(a, 0, 1, gated);
            RelativeBias<TIsa, TInt, TFloat>.Add(score, start, rows, frames, places, gated);
        }

        return [.. Enumerable.Range(0, rows).SelectMany(row => work.Skip(row * padded).Take(frames))];
    }

    public override float[] AddPositions(float[] scores, int start, int frames, float[] products, float[] biases)
    {
        int padded = (frames + 15) & ~15, rows = scores.Length / frames, stride = 2 * frames - 1;
        float[] work = Padded(scores, rows), spread = [.. Enumerable.Repeat(float.NaN, 2 * padded)], room = [.. products, .. new float[16]];
        fixed (float* score = work, product = room, places = spread, bias = biases)
        {
            RelativePositions<TIsa, TInt, TFloat>.Spread(new AttentionArguments { Frames = frames, PositionBias = bias }, 0, 1, places);
            RelativePositions<TIsa, TInt, TFloat>.Add(score, rows, frames, product + frames - 1 - start, stride, places + frames - 1 - start);
        }

        return [.. Enumerable.Range(0, rows).SelectMany(row => work.Skip(row * padded).Take(frames))];
    }

    public override float[] AddDistances(float[] scores, int start, int frames, float[] distances, int behind)
    {
        int padded = (frames + 15) & ~15, rows = scores.Length / frames;
        float[] work = Padded(scores, rows);
        fixed (float* score = work, distance = distances)
        {
            RelativeKeys<TIsa, TInt, TFloat>.Add(
                new AttentionArguments { Frames = frames, Distances = distance, Behind = behind, Ahead = distances.Length / frames - behind - 1 }, 0, 1, start, rows, score);
        }

        return [.. Enumerable.Range(0, rows).SelectMany(row => work.Skip(row * padded).Take(frames))];
    }

    public override float[] Turn(float[] values, float[] waves, int heads, int size)
    {
        float[] result = [.. Enumerable.Repeat(float.NaN, values.Length)];
        fixed (float* source = values, angles = waves, output = result)
        {
            // In two parts, as threads have it.
            int rows = waves.Length / size;
            Rotary<TIsa, TInt, TFloat>.Rows(source, angles, 0, rows / 2, heads, size, output);
            Rotary<TIsa, TInt, TFloat>.Rows(source, angles, rows / 2, rows, heads, size, output);
        }

        return result;
    }

    private static float[] Padded(float[] scores, int rows)
    {
        int count = scores.Length / rows;
        return [.. scores.Chunk(count).SelectMany(row => row.Concat(Enumerable.Repeat(float.NaN, -count & 15)))];
    }

    // Some weights, and one magnitude in each lane, at any of the four places.
    private static int[] AddGroup(int[] a, int[] b)
    {
        byte[] weights = [.. a.Concat(b).Concat(a).Concat(b).SelectMany((x, i) => new[] { x >> 3, x >> 11 }.Select(y => (byte)Math.Max((int)(sbyte)(y + i), -127))).Take(64)];
        int[] magnitudes = [.. a.Select((x, i) => (x & byte.MaxValue) << (b[i] & 24))];
        fixed (byte* group = weights)
        {
            return Bits(TIsa.AddGroup(LoadInt(b), group, LoadInt(magnitudes), LoadInt([.. b.Select(x => x >> 31)])));
        }
    }

    private static int[] LoadBytes(int[] a, int[] b)
    {
        fixed (int* source = a)
        {
            return Bits(TIsa.LoadBytes((byte*)source + (b[0] & 31)));
        }
    }

    private static float[] Map(float[] x, Func<TFloat, TFloat> function)
    {
        float[] padded = [.. x, .. new float[-x.Length & 15]];
        fixed (float* values = padded)
        {
            for (int i = 0; i < padded.Length; i += 16)
            {
                TIsa.Store(values + i, function(TIsa.Load(values + i)));
            }
        }

        return padded[..x.Length];
    }

    private static TFloat Load(float[] values)
    {
        fixed (float* source = values)
        {
            return TIsa.Load(source);
        }
    }

    private static TInt LoadInt(int[] values)
    {
        fixed (int* source = values)
        {
            return TIsa.LoadInt(source);
        }
    }

    private static float[] Store(TFloat value)
    {
        var result = new float[16];
        fixed (float* target = result)
        {
            TIsa.Store(target, value);
        }

        return result;
    }

    private static int[] Bits(TInt value) => MemoryMarshal.Cast<float, int>(Store(TIsa.AsFloat(value)).AsSpan()).ToArray();
}

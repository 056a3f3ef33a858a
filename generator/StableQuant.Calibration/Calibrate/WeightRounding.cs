using Microsoft.ML.OnnxRuntime;
using StableQuant.Calibration.Evaluate;
using StableQuant.Calibration.Export;
using StableQuant.Calibration.Float;
using StableQuant.Calibration.Quantization;
using StableQuant.Calibration.Simulate;
using StableQuant.Graph;
using StableQuant.Graph.Layout;

namespace StableQuant.Calibration.Calibrate;

/// <summary>Rounds weights by what their products read of the calibration speech (<see cref="ErrorFeedback"/>).</summary>
/// <param name="model">The float model.</param>
/// <param name="constants">Its constants.</param>
/// <param name="speech">The speech.</param>
/// <param name="threads">Threads to use; the result does not depend on it.</param>
/// <param name="log">Is told how far it is.</param>
/// <param name="cancellationToken">Ends the work between two products.</param>
internal sealed class WeightRounding(FloatModel model, FloatWeights constants, SearchSpeech speech, int threads, CalibrationLog log, CancellationToken cancellationToken)
{
    // So many utterances are heard at most, evenly chosen, and so many windows more than there are inputs.
    private const int MaxUtterances = 96, MaxWindows = 4096;

    // Bytes of moments that are summed in one pass over the speech; a product by itself may take more.
    private const long MaxBytes = 1L << 30;

    /// <summary>Whether a product's weights may have 4 or 3 bits. Those of the audio's convolution and of depthwise ones are few, and matter.</summary>
    public static bool IsRounded(Product product) => product.Input != Operation.Audio && !product.IsDepthwise;

    /// <summary>Rounds the weights of products.</summary>
    /// <param name="products">The products; all are heard.</param>
    /// <param name="bits">In which bits; fewer than 7 where a product's may have them.</param>
    /// <param name="bitsInTurn">
    /// In which bits layer by layer, each product reading what the rounded ones before it make, whose errors it makes up for: 4 or 3, where all products that may have them shall; null for none.
    /// </param>
    /// <param name="weights">Takes them.</param>
    public void Run(IReadOnlyList<Product> products, IReadOnlyList<int> bits, int? bitsInTurn, QuantizedWeights weights)
    {
        int[] utterances = [.. Enumerable.Range(0, Math.Min(MaxUtterances, speech.Count)).Select(i => (int)((long)i * speech.Count / Math.Min(MaxUtterances, speech.Count)))];
        double share = (double)utterances.Length / speech.Count * speech.Seconds(cancellationToken);
        var rates = new ValueRates(model);

        // Products that read the same windows, as queries, keys and values do, share their moments.
        List<Reading> readings =
        [
            .. products.GroupBy(p => (p.Input, p.Kernel, p.Stride, p.Groups, Padding(p))).Select(same =>
            {
                Product first = same.First();
                var windows = new ProductWindows(first);
                int count = (int)Math.Ceiling(share * rates.Of(first.Name).Rate);
                return new Reading([.. same], windows, windows.Step(Math.Max(1, count / (MaxWindows + first.GroupInputs))));
            }),
        ];
        log.Begin("round weights");
        IReadOnlyList<Reading>[] batches = bits.Count == 0 ? [] : [.. Batches(readings)];
        IReadOnlyList<Reading>[] stages = bitsInTurn is null ? [] : [.. readings.Where(reading => reading.Products.Any(IsRounded)).GroupBy(reading => reading.Layer).Select(stage => stage.ToArray())];
        int all = batches.Concat(stages).Sum(batch => batch.Count), done = 0;
        foreach (IReadOnlyList<Reading> batch in batches)
        {
            Hear(batch, utterances, null);
            done = Round(batch, bits, weights, done, all);
        }

        var rounded = new Dictionary<string, Product>(StringComparer.Ordinal);
        foreach (IReadOnlyList<Reading> stage in stages)
        {
            Hear(stage, utterances, rounded.Count == 0 ? null : Rounded(rounded, bitsInTurn!.Value, weights));
            done = Round(stage, [bitsInTurn!.Value], weights, done, all);
            foreach (Product product in stage.SelectMany(reading => reading.Products).Where(IsRounded))
            {
                rounded[product.Name] = product;
            }
        }
    }

    private static IEnumerable<Reading[]> Batches(List<Reading> readings)
    {
        for (int first = 0, end; first < readings.Count; first = end)
        {
            long bytes = readings[first].Bytes;
            for (end = first + 1; end < readings.Count && bytes + readings[end].Bytes <= MaxBytes; end++)
            {
                bytes += readings[end].Bytes;
            }

            yield return [.. readings[first..end]];
        }
    }

    private int Round(IReadOnlyList<Reading> batch, IReadOnlyList<int> bits, QuantizedWeights weights, int done, int all)
    {
        foreach (Reading reading in batch)
        {
            cancellationToken.ThrowIfCancellationRequested();
            reading.Round(model, bits, weights);
            log.Report(++done, all);
        }

        return done;
    }

    // The float model with some of its weights rounded.
    private FloatModel Rounded(Dictionary<string, Product> products, int bits, QuantizedWeights weights) => model with
    {
        Parameters = new ParametersOnDemand(model.Parameters.Keys.ToDictionary(name => name, name => (Func<FloatParameters>)(() => products.TryGetValue(name, out Product? product)
            ? model.Parameters[name] with { Weight = weights.Of(product, bits).Dequantize() }
            : model.Parameters[name]), StringComparer.Ordinal)),
    };

    private static int Padding(Product product) => product switch { Convolution c => c.PadLeft, Convolution2d c => c.Padding, _ => 0 };

    // Some utterances at a time run side by side; what is made of them is added in their order.
    private void Hear(IReadOnlyList<Reading> batch, int[] utterances, FloatModel? rounded)
    {
        log.CountPass();
        string[] values = [.. batch.Select(reading => reading.Input).Distinct().Where(value => value != model.FrontEnd.Value)];
        using FloatWeights? roundedConstants = rounded is null ? null : new FloatWeights(rounded);
        using FloatSession? session = Session(model, constants, values), roundedSession = rounded is null ? null : Session(rounded, roundedConstants!, values);
        FloatSession?[] sessions = rounded is null ? [session] : [session, roundedSession];
        for (int first = 0; first < utterances.Length; first += threads)
        {
            int count = Math.Min(threads, utterances.Length - first), start = first;
            var heard = new Dictionary<string, float[]>[count][];
            ParallelWork.Run(count, threads, () => new Hearing(sessions, model.FrontEnd.Value, values, i => speech.Load(utterances[start + i], cancellationToken), heard), null, cancellationToken);
            foreach (Dictionary<string, float[]>[] models in heard)
            {
                foreach (Reading reading in batch)
                {
                    reading.Add(models[^1][reading.Input], rounded is null ? null : models[0][reading.Input]);
                }
            }
        }
    }

    // Of the model what leads to the values.
    private static FloatSession? Session(FloatModel model, FloatWeights constants, string[] values) => values.Length == 0
        ? null
        : new(model with { Operations = [.. model.Operations.Take(1 + model.Operations.ToList().FindLastIndex(operation => values.Contains(operation.Name)))] }, constants, values, threads: 1);

    // Each utterance is loaded once for all models.
    private sealed class Hearing(FloatSession?[] sessions, string input, string[] values, Func<int, float[]> load, Dictionary<string, float[]>[][] heard) : IParallelWorker
    {
        public void Process(int index, CancellationToken cancellationToken)
        {
            float[] loaded = load(index);
            heard[index] = [.. sessions.Select(session => Values(session, loaded))];
        }

        private Dictionary<string, float[]> Values(FloatSession? session, float[] loaded)
        {
            var made = new Dictionary<string, float[]>(StringComparer.Ordinal) { [input] = loaded };
            using IDisposableReadOnlyCollection<OrtValue>? outputs = session?.Run(loaded);
            for (int i = 0; i < values.Length; i++)
            {
                made[values[i]] = outputs![i].GetTensorDataAsSpan<float>().ToArray();
            }

            return made;
        }

        public void Dispose()
        {
        }
    }

    /// <summary>What some products read, channel group by channel group.</summary>
    private sealed class Reading(IReadOnlyList<Product> products, ProductWindows windows, int step)
    {
        private readonly Product shape = products[0];
        private InputMoments[]? moments;
        private int skipped;

        public string Input => shape.Input;

        public string Layer => shape.Layer;

        public IReadOnlyList<Product> Products => products;

        public long Bytes => shape.Groups * InputMoments.Bytes(shape.GroupInputs);

        /// <summary>Adds every so many windows of an utterance.</summary>
        /// <param name="value">What outputs read.</param>
        /// <param name="original">What the float model's read, where that is not the same.</param>
        public void Add(float[] value, float[]? original)
        {
            moments ??= [.. Enumerable.Range(0, shape.Groups).Select(_ => new InputMoments(shape.GroupInputs, original is not null))];
            int count = windows.Count(value.Length), next = skipped;
            for (; next < count; next += step)
            {
                for (int group = 0; group < moments.Length; group++)
                {
                    (int window, int of) = (next, group);
                    moments[group].Add(
                        (first, target) => windows.Fill(value, window, of, first, target), original is null ? null : (first, target) => windows.Fill(original, window, of, first, target));
                }
            }

            skipped = next - count;
        }

        /// <summary>Rounds the products' weights; the moments are used up.</summary>
        public void Round(FloatModel model, IReadOnlyList<int> bits, QuantizedWeights weights)
        {
            var rounded = products.ToDictionary(p => p, p => bits.Where(b => b > IndexLayout.MaxBits || IsRounded(p)).ToDictionary(b => b, b => new QuantizedMatrix(new sbyte[p.OutputChannels * p.GroupInputs], new float[p.OutputChannels]) { Bits = b }));
            for (int group = 0; group < shape.Groups; group++)
            {
                InputMoments own = moments![group];
                double[] squares = own.Squares();
                ReadOnlyMemory<float>[] corrected = [.. products.Select(product => own.Corrected(Of(product, group), Outputs(product)))];
                IReadOnlyList<FeedbackOrder> orders = own.Orders();
                moments[group] = null!;
                foreach ((Product product, ReadOnlyMemory<float> wanted) in products.Zip(corrected))
                {
                    int outputs = Outputs(product), size = outputs * product.GroupInputs;
                    foreach (int b in rounded[product].Keys)
                    {
                        QuantizedMatrix part = ErrorFeedback.Round(wanted, outputs, b, squares, orders);
                        part.Values.CopyTo(rounded[product][b].Values, group * size);
                        part.Scales.CopyTo(rounded[product][b].Scales, group * outputs);
                    }
                }
            }

            moments = null;
            skipped = 0;
            foreach ((Product product, Dictionary<int, QuantizedMatrix> byBits) in rounded)
            {
                foreach (QuantizedMatrix matrix in byBits.Values)
                {
                    weights.Take(product, matrix);
                }
            }

            ReadOnlyMemory<float> Of(Product product, int group) =>
                model.Parameters[product.Name].Weight.AsMemory(group * Outputs(product) * product.GroupInputs, Outputs(product) * product.GroupInputs);

            static int Outputs(Product product) => product.OutputChannels / product.Groups;
        }
    }
}

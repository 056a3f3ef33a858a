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
    /// <param name="weights">Takes them.</param>
    public void Run(IReadOnlyList<Product> products, IReadOnlyList<int> bits, QuantizedWeights weights)
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
        int done = 0;
        while (done < readings.Count)
        {
            var batch = new List<Reading> { readings[done] };
            while (done + batch.Count < readings.Count && batch.Sum(r => r.Bytes) + readings[done + batch.Count].Bytes <= MaxBytes)
            {
                batch.Add(readings[done + batch.Count]);
            }

            log.CountPass();
            Hear(batch, utterances);
            foreach (Reading reading in batch)
            {
                cancellationToken.ThrowIfCancellationRequested();
                reading.Round(model, bits, weights);
                log.Report(++done, readings.Count);
            }
        }
    }

    private static int Padding(Product product) => product switch { Convolution c => c.PadLeft, Convolution2d c => c.Padding, _ => 0 };

    // Some utterances at a time run side by side; what is made of them is added in their order.
    private void Hear(List<Reading> batch, int[] utterances)
    {
        string[] values = [.. batch.Select(reading => reading.Input).Distinct().Where(value => value != model.FrontEnd.Value)];
        using FloatSession? session = values.Length > 0 ? new FloatSession(model, constants, values, threads: 1) : null;
        for (int first = 0; first < utterances.Length; first += threads)
        {
            int count = Math.Min(threads, utterances.Length - first), start = first;
            var heard = new Dictionary<string, float[]>[count];
            ParallelWork.Run(count, threads, () => new Hearing(session, model.FrontEnd.Value, values, i => speech.Load(utterances[start + i], cancellationToken), heard), null, cancellationToken);
            foreach (Dictionary<string, float[]> utterance in heard)
            {
                batch.ForEach(reading => reading.Add(utterance[reading.Input]));
            }
        }
    }

    private sealed class Hearing(FloatSession? session, string input, string[] values, Func<int, float[]> load, Dictionary<string, float[]>[] heard) : IParallelWorker
    {
        public void Process(int index, CancellationToken cancellationToken)
        {
            heard[index] = new(StringComparer.Ordinal) { [input] = load(index) };
            using IDisposableReadOnlyCollection<OrtValue>? outputs = session?.Run(heard[index][input]);
            for (int i = 0; i < values.Length; i++)
            {
                heard[index][values[i]] = outputs![i].GetTensorDataAsSpan<float>().ToArray();
            }
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

        public long Bytes => shape.Groups * InputMoments.Bytes(shape.GroupInputs);

        /// <summary>Adds every so many windows of an utterance.</summary>
        public void Add(float[] value)
        {
            moments ??= [.. Enumerable.Range(0, shape.Groups).Select(_ => new InputMoments(shape.GroupInputs))];
            int count = windows.Count(value.Length), next = skipped;
            for (; next < count; next += step)
            {
                for (int group = 0; group < moments.Length; group++)
                {
                    (int window, int of) = (next, group);
                    moments[group].Add((first, target) => windows.Fill(value, window, of, first, target));
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
                double[] squares = moments![group].Squares();
                IReadOnlyList<FeedbackOrder> orders = moments[group].Orders();
                moments[group] = null!;
                foreach (Product product in products)
                {
                    int outputs = product.OutputChannels / product.Groups, size = outputs * product.GroupInputs;
                    ReadOnlyMemory<float> own = model.Parameters[product.Name].Weight.AsMemory(group * size, size);
                    foreach (int b in rounded[product].Keys)
                    {
                        QuantizedMatrix part = ErrorFeedback.Round(own, outputs, b, squares, orders);
                        part.Values.CopyTo(rounded[product][b].Values, group * size);
                        part.Scales.CopyTo(rounded[product][b].Scales, group * outputs);
                    }
                }
            }

            foreach ((Product product, Dictionary<int, QuantizedMatrix> byBits) in rounded)
            {
                foreach (QuantizedMatrix matrix in byBits.Values)
                {
                    weights.Take(product, matrix);
                }
            }
        }
    }
}

using Microsoft.ML.OnnxRuntime;
using StableQuant.Calibration.Evaluate;
using StableQuant.Calibration.Evaluate.Measures;
using StableQuant.Calibration.Export;
using StableQuant.Calibration.Float;
using StableQuant.Calibration.Quantization;
using StableQuant.Graph;

namespace StableQuant.Calibration.Simulate;

/// <summary>
/// Runs models with chosen parts quantized over the search's speech. What comes before the first quantized part is
/// computed once and remembered where it is small enough: values after the feature extractor.
/// </summary>
internal sealed class Simulator
{
    /// <summary>Remembered values are at most this many floats a second of audio: those at the model's own frame rate.</summary>
    private const int MaxFloatsPerSecond = 200_000;

    /// <summary>
    /// All remembered values together take at most this share of the memory that the machine or the container has. A search with less
    /// memory runs longer; what it decides on is the same but for last bits.
    /// </summary>
    private const double RememberedShare = 0.25;

    private readonly FloatModel model;
    private readonly FloatWeights constants;
    private readonly QuantizedWeights weights;
    private readonly Head head;
    private readonly int width;
    private readonly SearchSpeech speech;
    private readonly int threads;
    private readonly IPassLog log;
    private readonly SimulationJournal journal;
    private readonly CancellationToken cancellationToken;
    private readonly string logits;
    private readonly float[][] floatLogits;
    private readonly string[] floatAnswers;
    private readonly IReadOnlyList<string> layers;
    private readonly ValueRates shapes;
    private readonly Dictionary<string, string[]> cuts;
    private readonly Dictionary<string, (float[] Values, long[] Shape)[]> remembered;

    /// <summary>Runs the float model once over the speech.</summary>
    public Simulator(
        FloatModel model, FloatWeights constants, QuantizedWeights weights, Head head, SearchSpeech speech, int threads, IPassLog log, SimulationJournal journal, CancellationToken cancellationToken)
    {
        this.model = model;
        this.constants = constants;
        this.weights = weights;
        this.head = head;
        width = model.LogitCount;
        this.speech = speech;
        this.threads = threads;
        this.log = log;
        this.journal = journal;
        this.cancellationToken = cancellationToken;
        logits = model.Operations[^1].Name;
        floatLogits = new float[speech.Count][];
        floatAnswers = new string[speech.Originals];
        layers = model.Layers();
        shapes = new ValueRates(model);
        cuts = Cuts();
        string[] remember = [.. cuts.Values.SelectMany(cut => cut).Distinct()];
        remembered = remember.ToDictionary(value => value, _ => new (float[], long[])[speech.Count], StringComparer.Ordinal);
        Float = Run(QuantizedParts.None, [], remember, [], log.Pass($"float model on {speech.Name}"));
    }

    private Simulator(Simulator other, SearchSpeech speech, QuantizedWeights weights, IPassLog log, SimulationJournal journal)
    {
        (model, constants, head, width, threads, cancellationToken) = (other.model, other.constants, other.head, other.width, other.threads, other.cancellationToken);
        (logits, floatLogits, floatAnswers, layers, shapes, cuts, remembered) = (other.logits, other.floatLogits, other.floatAnswers, other.layers, other.shapes, other.cuts, other.remembered);
        (this.speech, this.weights, this.log, this.journal) = (speech, weights, log, journal);
        Float = other.Float;
    }

    /// <summary>One for another search on the same speech, or on less of it: the float model is not run again.</summary>
    /// <param name="other">What the search hears: of the same data set no more than this one's.</param>
    /// <param name="otherWeights">Its int8 weights.</param>
    /// <param name="otherLog">Is told of passes.</param>
    /// <param name="otherJournal">Keeps results.</param>
    public Simulator For(SearchSpeech other, QuantizedWeights otherWeights, IPassLog otherLog, SimulationJournal otherJournal)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(other.Originals, speech.Originals);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(other.Count, speech.Count);
        return new Simulator(this, other, otherWeights, otherLog, otherJournal);
    }

    /// <summary>
    /// Whether errors are those against the float model's own answers, not against the speech's references: these may have been heard in parts, where a recording is long.
    /// </summary>
    public bool CountsAgainstFloat { get; init; }

    /// <summary>The float model's own result.</summary>
    public SimulationResult Float { get; }

    /// <summary>Runs a model of which only one layer, or what follows it too, is quantized; what the journal knows is not run again.</summary>
    /// <param name="parts">What is quantized.</param>
    /// <param name="firstLayer">The first layer of which something is.</param>
    /// <param name="products">The products whose noise is wanted.</param>
    public SimulationResult Run(QuantizedParts parts, string firstLayer, IReadOnlyList<string> products)
    {
        int Bits(string name) => parts.Bits.TryGetValue(name, out int bits) ? bits : weights.BitsOf((Product)model.Operations.First(o => o.Name == name));
        string key = SimulationJournal.Key(speech.Name, parts, Bits);
        if (journal.Find(key) is { } known && known.Words.Count == speech.Originals)
        {
            return known;
        }

        log.CountPass();
        SimulationResult result = Run(parts, LastCutBefore(firstLayer), [], products, null);
        journal.Add(key, result);
        return result;
    }

    private SimulationResult Run(
        QuantizedParts parts, string[] from, string[] remember, IReadOnlyList<string> products, IProgress<EvaluationProgress>? progress)
    {
        var heard = new Heard(speech, products.Count);
        string[] outputs = [logits, .. products.Select(Simulation.Noise), .. remember.Where(r => r != logits)];
        using var session = Simulation.Open(model, constants, weights, parts, outputs, from);
        ParallelWork.Run(speech.Count, threads, () => new Worker(this, session, from, outputs, heard), progress, cancellationToken);

        int Frames(int utterance) => floatLogits[utterance].Length / width;
        return heard.Sum(Frames);
    }

    /// <summary>What is heard: each utterance has its own place, so that sums do not depend on the threads.</summary>
    private sealed class Heard(SearchSpeech speech, int products)
    {
        public ErrorRate[] Words { get; } = new ErrorRate[speech.Originals];

        public double[] Divergences { get; } = new double[speech.Count];

        public (float Error, float Signal)[][] Noise { get; } = [.. Enumerable.Range(0, products).Select(_ => new (float, float)[speech.Count])];

        public SimulationResult Sum(Func<int, int> frames)
        {
            double Mean(int start, int end) => start == end ? 0 : Divergences.AsSpan(start, end - start).ToArray().Sum() / Enumerable.Range(start, end - start).Sum(frames);
            return new SimulationResult(
                Words,
                Mean(0, speech.Originals),
                Mean(speech.Originals, speech.Count),
                Noise.Select(product => Decibels(product.Sum(n => (double)n.Signal), product.Sum(n => (double)n.Error))).DefaultIfEmpty(double.PositiveInfinity).Min());
        }

        private static double Decibels(double signal, double noise) => noise == 0 ? double.PositiveInfinity : 10 * Math.Log10(signal / noise);
    }

    /// <summary>The values made before a layer that it or a later one reads.</summary>
    private string[] CutBefore(string layer)
    {
        int first = model.Operations.ToList().FindIndex(o => o.Layer == layer && ModelLayers.IsProduct(o));
        HashSet<string> before = [model.FrontEnd.Value, .. model.Operations.Take(first).Select(o => o.Name)];
        return [.. model.Operations.Skip(first).SelectMany(o => o.Inputs).Where(before.Contains).Distinct()];
    }

    /// <summary>The layers before which the model can be cut, and the values remembered there.</summary>
    private Dictionary<string, string[]> Cuts()
    {
        List<(string Layer, string[] Values)> small = [.. layers.Select(layer => (layer, CutBefore(layer))).Where(cut => FloatsPerSecond(cut.Item2) <= MaxFloatsPerSecond)];
        double bytes = small.Sum(cut => FloatsPerSecond(cut.Values)) * sizeof(float) * speech.Seconds(cancellationToken);
        int every = EveryRemembered(small.Count, bytes, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
        return small.Where((_, i) => every > 0 && i % every == 0).ToDictionary(cut => cut.Layer, cut => cut.Values, StringComparer.Ordinal);
    }

    /// <summary>Of so many cuts, which take so many bytes, those that are remembered: every one, every second and so on, or none.</summary>
    internal static int EveryRemembered(int cuts, double bytes, long memory)
    {
        if (bytes == 0)
        {
            return 1;
        }

        int fitting = (int)Math.Min(cuts, RememberedShare * memory / (bytes / cuts));
        return fitting == 0 ? 0 : (cuts + fitting - 1) / fitting;
    }

    private string[] LastCutBefore(string layer) =>
        layers.Take(layers.ToList().IndexOf(layer) + 1).Reverse().Where(cuts.ContainsKey).Select(l => cuts[l]).FirstOrDefault([]);

    private double FloatsPerSecond(string[] values) => values.Sum(value =>
    {
        (double rate, int channels) = shapes.Of(value);
        return value == model.FrontEnd.Value ? double.PositiveInfinity : rate * channels;
    });

    private sealed class Worker(Simulator owner, SimulationSession session, string[] from, string[] outputs, Heard heard) : IParallelWorker
    {
        private readonly Measure measure = Measure.Of(owner.head, owner.width);

        public void Process(int index, CancellationToken cancellationToken)
        {
            (string, float[], long[])[] inputs = from.Length == 0
                ? [FloatGraph.Input(owner.model.FrontEnd, owner.speech.Load(index, cancellationToken))]
                : [.. from.Select(value => (value, owner.remembered[value][index].Values, owner.remembered[value][index].Shape))];
            using IDisposableReadOnlyCollection<OrtValue> results = session.Run(inputs, outputs);
            ReadOnlySpan<float> logits = results[0].GetTensorDataAsSpan<float>();
            owner.floatLogits[index] ??= logits.ToArray();
            heard.Divergences[index] = measure.Divergence(owner.floatLogits[index], logits);
            if (index < heard.Words.Length)
            {
                string answer = measure.Answer(logits);
                owner.floatAnswers[index] ??= answer;
                heard.Words[index] = measure.Errors(owner.CountsAgainstFloat ? owner.floatAnswers[index] : owner.speech.Reference(index), answer);
            }

            for (int i = 0; i < heard.Noise.Length; i++)
            {
                ReadOnlySpan<float> noise = results[1 + i].GetTensorDataAsSpan<float>();
                heard.Noise[i][index] = (noise[0], noise[1]);
            }

            for (int i = 1 + heard.Noise.Length; i < outputs.Length; i++)
            {
                owner.remembered[outputs[i]][index] = (results[i].GetTensorDataAsSpan<float>().ToArray(), results[i].GetTensorTypeAndShape().Shape);
            }
        }

        public void Dispose()
        {
        }

    }
}

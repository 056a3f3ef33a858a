using System.Security.Cryptography;
using StableQuant.Calibration.Evaluate;
using StableQuant.Calibration.Evaluate.Measures;
using StableQuant.Calibration.Export;
using StableQuant.Calibration.Float;
using StableQuant.Calibration.Import;
using StableQuant.Calibration.Quantization;
using StableQuant.Calibration.Simulate;
using StableQuant.Calibration.Speech;
using StableQuant.Graph;

namespace StableQuant.Calibration.Calibrate;

/// <summary>
/// A float model, and what it makes of speech, each computed when it is first asked for: calibrations that share it hear and record no
/// speech twice.
/// </summary>
internal sealed class FloatPasses : IDisposable
{
    /// <summary>One of so many utterances is heard again as in another room.</summary>
    private const int AugmentEvery = 3;

    private readonly FloatModelSource source;
    private readonly Head head;
    private readonly int threads;
    private readonly bool augments;
    private readonly CancellationToken cancellationToken;
    private readonly Dictionary<string, Transcript> heard = new(StringComparer.Ordinal);
    private readonly Dictionary<SpeechDataset, SpeechDataset> transcribed = [];
    private readonly Dictionary<SpeechDataset, Dictionary<string, Histogram>> recorded = [];
    private readonly Dictionary<SpeechDataset, Simulator> simulators = [];
    private IReadOnlyList<string>? noise;
    private string? sha256;

    /// <summary>Loads the model.</summary>
    /// <param name="request">Names model, vocabulary and threads.</param>
    /// <param name="augments">Whether any of the searches to come hears utterances again as in another room.</param>
    /// <param name="cancellationToken">Ends passes.</param>
    /// <exception cref="StableQuantException">The model is unusable, or the vocabulary is another one's.</exception>
    public FloatPasses(CalibrationRequest request, bool augments, CancellationToken cancellationToken)
    {
        head = request.Head;
        threads = request.Threads;
        this.augments = augments;
        this.cancellationToken = cancellationToken;
        Model = ModelImporter.Import(request.ModelPath, request.Note, request.AllowSymlinks, request.Language);
        Weights = new FloatWeights(Model);
        try
        {
            source = new FloatModelSource(Model, Weights, head, threads: 1);
            Measure = Measure.Of(head, source.Width);
        }
        catch
        {
            Weights.Dispose();
            throw;
        }
    }

    /// <summary>SHA-256 of the model's file, in lower-case hexadecimal; of a folder: of its configuration and weights, one after another in the order of their names.</summary>
    public string Sha256 => sha256 ??= Hash(Model.Origin);

    /// <summary>The model as imported.</summary>
    public FloatModel Model { get; }

    /// <summary>The model's constants, for all that run it.</summary>
    public FloatWeights Weights { get; }

    /// <summary>What the model is judged by.</summary>
    public Measure Measure { get; }

    /// <summary>The speech with transcripts: the model's own where there are none, or none that could tell what is right.</summary>
    public SpeechDataset Transcribed(SpeechDataset data, CalibrationLog log) => data.HasTranscripts && Measure.TakesTranscripts ? data : Once(
        transcribed, data, () => data.WithTranscripts([.. Transcribe(data, log).Select(t => t.Text)]));

    /// <summary>What the model hears.</summary>
    public EvaluationResult Evaluate(SpeechDataset data, CalibrationLog log) => Evaluator.Score(data, Transcribe(data, log), Measure);

    /// <summary>What it hears in silence and noise; nothing where it has no words.</summary>
    public IReadOnlyList<string> InNoise() => noise ??= head is Vocabulary ? HeardInNoise.Texts(source, cancellationToken) : [];

    /// <summary>The values of each operand of a product, recorded in one pass.</summary>
    public IReadOnlyDictionary<string, Histogram> Record(SpeechDataset data, CalibrationLog log) => Once(recorded, data, () =>
    {
        string[] operands = [.. Quantizer.Operands(Model).Keys];
        IReadOnlyList<Histogram> histograms = ActivationRecorder.Record(
            Model, Weights, operands, data, threads, log.Pass("record activations"), cancellationToken);
        return operands.Zip(histograms).ToDictionary(pair => pair.First, pair => pair.Second, StringComparer.Ordinal);
    });

    /// <summary>Runs models over what a search hears.</summary>
    /// <param name="data">The data set.</param>
    /// <param name="augmented">Whether some utterances are heard again as in another room.</param>
    /// <param name="weights">The int8 weights.</param>
    /// <param name="log">Is told of passes.</param>
    /// <param name="journal">Keeps results.</param>
    public Simulator Simulate(SpeechDataset data, bool augmented, QuantizedWeights weights, CalibrationLog log, SimulationJournal journal)
    {
        return Once(simulators, data, () => new Simulator(Model, Weights, weights, head, Speech(data, augments), threads, log, journal, cancellationToken))
            .For(Speech(data, augmented), weights, log, journal);
    }

    /// <summary>Rounds weights to fewer bits by what their products read of the speech, and of some of it as in another room.</summary>
    public void Round(SpeechDataset data, IReadOnlyList<Product> products, IReadOnlyList<int> bits, int? bitsInTurn, QuantizedWeights weights, CalibrationLog log) =>
        new WeightRounding(Model, Weights, Speech(data, augmented: true), threads, log, cancellationToken).Run(products, bits, bitsInTurn, weights);

    private SearchSpeech Speech(SpeechDataset data, bool augmented) => new(Model, data, augmented ? AugmentEvery : 0);

    /// <inheritdoc/>
    public void Dispose()
    {
        source.Dispose();
        Weights.Dispose();
    }

    private IReadOnlyList<Transcript> Transcribe(SpeechDataset data, CalibrationLog log)
    {
        if (!data.Utterances.All(u => heard.ContainsKey(u.AudioPath)))
        {
            IReadOnlyList<Transcript> transcripts = Evaluator.Transcribe(source, data, threads, log.Pass($"float model on {data.Name}"), cancellationToken);
            foreach ((Utterance utterance, Transcript transcript) in data.Utterances.Zip(transcripts))
            {
                heard[utterance.AudioPath] = transcript;
            }
        }

        return [.. data.Utterances.Select(u => heard[u.AudioPath])];
    }

    private static string Hash(string path)
    {
        IEnumerable<string> files = Directory.Exists(path)
            ? Directory.EnumerateFiles(path).Where(file => Path.GetFileName(file) == "config.json" || file.EndsWith(".safetensors", StringComparison.Ordinal)).Order(StringComparer.Ordinal)
            : [path];
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var block = new byte[1 << 16];
        foreach (string name in files)
        {
            using FileStream file = File.OpenRead(name);
            for (int count = file.Read(block); count > 0; count = file.Read(block))
            {
                hash.AppendData(block, 0, count);
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static T Once<T>(Dictionary<SpeechDataset, T> known, SpeechDataset data, Func<T> make)
    {
        if (!known.TryGetValue(data, out T? value))
        {
            known.Add(data, value = make());
        }

        return value;
    }
}

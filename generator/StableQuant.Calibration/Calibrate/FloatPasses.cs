using System.Security.Cryptography;
using StableQuant.Calibration.Evaluate;
using StableQuant.Calibration.Float;
using StableQuant.Calibration.Import;
using StableQuant.Calibration.Import.Onnx;
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

    private readonly OnnxModelSource source;
    private readonly Vocabulary vocabulary;
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
        vocabulary = request.Vocabulary;
        threads = request.Threads;
        this.augments = augments;
        this.cancellationToken = cancellationToken;
        File = OnnxFile.Load(request.ModelPath, request.AllowSymlinks);
        Model = OnnxImporter.Import(File);
        foreach (string said in Model.Notes)
        {
            request.Note?.Invoke(said);
        }

        int logits = Model.Operations.OfType<Linear>().Last().OutputChannels;
        if (logits != vocabulary.Tokens.Count)
        {
            throw new StableQuantException(FormattableString.Invariant(
                $"{request.ModelPath}: makes {logits} logits a frame, but the vocabulary has {vocabulary.Tokens.Count} tokens; name the vocabulary that belongs to the model."));
        }

        source = OnnxModelSource.Load(request.ModelPath, vocabulary);
    }

    /// <summary>The model's file.</summary>
    public OnnxFile File { get; }

    /// <summary>SHA-256 of the model's file, in lower-case hexadecimal.</summary>
    public string Sha256 => sha256 ??= Hash(File.Path);

    /// <summary>The model as imported.</summary>
    public FloatModel Model { get; }

    /// <summary>The speech with transcripts: the model's own where there are none.</summary>
    public SpeechDataset Transcribed(SpeechDataset data, CalibrationLog log) => data.HasTranscripts ? data : Once(
        transcribed, data, () => data.WithTranscripts([.. Transcribe(data, log).Select(t => t.Text)]));

    /// <summary>What the model hears.</summary>
    public EvaluationResult Evaluate(SpeechDataset data, CalibrationLog log) => Evaluator.Score(data, Transcribe(data, log));

    /// <summary>What it hears in silence and noise.</summary>
    public IReadOnlyList<string> InNoise() => noise ??= HeardInNoise.Texts(source, cancellationToken);

    /// <summary>The values of each operand of a product, recorded in one pass.</summary>
    public IReadOnlyDictionary<string, Histogram> Record(SpeechDataset data, CalibrationLog log) => Once(recorded, data, () =>
    {
        string[] operands = [.. Quantizer.Operands(Model).Keys];
        IReadOnlyList<Histogram> histograms = ActivationRecorder.Record(
            File, vocabulary.Tokens.Count, [.. operands.Select(o => Model.OnnxValues[o])], data, threads, log.Pass("record activations"), cancellationToken);
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
        SearchSpeech Speech(bool again) => new(data, again ? AugmentEvery : 0);
        return Once(simulators, data, () => new Simulator(Model, weights, vocabulary, Speech(augments), threads, log, journal, cancellationToken))
            .For(Speech(augmented), weights, log, journal);
    }

    /// <inheritdoc/>
    public void Dispose() => source.Dispose();

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
        using FileStream file = System.IO.File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
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

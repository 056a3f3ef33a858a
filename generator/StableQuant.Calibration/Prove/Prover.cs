using System.Reflection;
using StableQuant.Calibration.Calibrate;
using StableQuant.Calibration.Compile;
using StableQuant.Calibration.Evaluate;
using StableQuant.Calibration.Import;
using StableQuant.Calibration.Speech;
using StableQuant.Graph;

namespace StableQuant.Calibration.Prove;

/// <summary>From a float model and speech to a model card: calibrates on one part of the speech, and judges both models on the other.</summary>
public static class Prover
{
    // What calibration costs an utterance, in passes of the float model, and what judging does: for the display of progress.
    private const double CalibrationPasses = 70, JudgingPasses = 1.4;

    /// <summary>Runs it. The quantized model is written; the card is the caller's.</summary>
    /// <param name="request">What to do.</param>
    /// <param name="progress">Is told how far each step is, and all of them together.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="StableQuantException">Model or speech are unusable, or calibration has recordings of the speech to judge on.</exception>
    public static ModelCard Run(ProofRequest request, IProgress<CalibrationProgress> progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(progress);
        ArgumentOutOfRangeException.ThrowIfLessThan(request.RareLimit, 1);
        (SpeechDataset calibrated, SpeechDataset judged) = Split(request);
        double passes = CalibrationPasses * calibrated.Utterances.Count;
        double share = passes / (passes + JudgingPasses * judged.Utterances.Count);
        CalibrationResult result = Calibrator.Run(
            new CalibrationRequest
            {
                ModelPath = request.ModelPath, AllowSymlinks = request.AllowSymlinks, Language = request.Language, Head = request.Vocabulary, Data = calibrated, OutputPath = request.OutputPath, Outliers = Outliers.Keep,
                Threads = request.Threads, CommandLine = request.CommandLine, Note = request.Note,
            },
            new ProgressOf<CalibrationProgress>(p => progress.Report(p with { Overall = share * p.Overall })),
            cancellationToken);

        EvaluationResult Judge(IModelSource source, double before)
        {
            using (source)
            {
                WarmUp(source);
                return Evaluator.Run(source, judged, request.Threads, new ProgressOf<EvaluationProgress>(p => progress.Report(
                    new CalibrationProgress($"judge {source.Name}", p.Done, p.Total) { Overall = share + (1 - share) * (before + (double)p.Done / p.Total) / 2 })), cancellationToken);
            }
        }

        EvaluationResult before = Judge(new FloatModelSource(ModelImporter.Import(request.ModelPath, note: null, request.AllowSymlinks, request.Language), request.Vocabulary), 0);
        EvaluationResult after = Judge(CompiledModelSource.Load(request.OutputPath), 1);
        return Card(request, result, calibrated, judged, before, after);
    }

    // Code is compiled when it first runs, which is no part of a model's speed.
    private static void WarmUp(IModelSource source)
    {
        const int Seconds = 2;
        using ISpeechModel model = source.Create(Seconds);
        var silence = new float[Seconds * model.SampleRate];
        model.Transcribe(silence, new char[model.MaxTextLength(silence.Length)]);
    }

    private static (SpeechDataset Calibrated, SpeechDataset Judged) Split(ProofRequest request)
    {
        if (!request.Data.HasTranscripts)
        {
            throw new StableQuantException($"{request.Data.Name}: has no transcripts to judge by; name speech with transcripts.");
        }

        if (request.CalibrationData is { } given)
        {
            HashSet<string> known = [.. given.Utterances.Select(u => Path.GetFullPath(u.AudioPath))];
            return request.Data.Utterances.FirstOrDefault(u => known.Contains(Path.GetFullPath(u.AudioPath))) is { } shared
                ? throw new StableQuantException($"{shared.AudioPath}: is among the speech to calibrate with and the speech to judge on; name sets that share no recording.")
                : (given, request.Data);
        }

        return request.Data.HoldOut() is var (others, held) ? (held, others) : throw new StableQuantException(
            $"{request.Data.Name}: has fewer than {SpeechDataset.MinToHoldOut} utterances, too few to calibrate on some and judge on others; name other speech to calibrate with.");
    }

    private static ModelCard Card(ProofRequest request, CalibrationResult result, SpeechDataset calibrated, SpeechDataset judged, EvaluationResult before, EvaluationResult after)
    {
        var rare = new RareWords(request.Data.Utterances, request.RareLimit);
        Func<UtteranceResult, ErrorRate>[] counts = [u => u.WordErrors, u => u.CharacterErrors, rare.Errors];
        ErrorRate[][] floats = [.. counts.Select(count => before.Utterances.Select(count).ToArray())];
        ErrorRate[][] int8 = [.. counts.Select(count => after.Utterances.Select(count).ToArray())];
        int rareWords = floats[2].Sum(errors => errors.Length);
        RateInterval Rate(Func<int[], double> figure) => RateInterval.Of(before.Utterances.Count, figure);
        CardRates Rates(Func<int, RateInterval> of) => new(of(0), of(1), rareWords == 0 ? null : of(2));
        return new ModelCard(
            Path.GetFileName(Path.TrimEndingDirectorySeparator(request.ModelPath)),
            Speech(calibrated),
            Speech(judged),
            request.RareLimit,
            rareWords,
            new CardRow("float", Rates(i => Rate(drawn => Bootstrap.Rate(floats[i], drawn))), result.FloatBytes, before.RealTimeFactor),
            new CardRow("int8", Rates(i => Rate(drawn => Bootstrap.Rate(int8[i], drawn))), result.QuantizedBytes, after.RealTimeFactor),
            Rates(i => Rate(drawn => Bootstrap.Rate(int8[i], drawn) - Bootstrap.Rate(floats[i], drawn))))
        {
            Tool = $"stablequant {typeof(Prover).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0]}",
            CommandLine = request.CommandLine,
            ModelSha256 = result.ModelSha256,
            WeightsSha256 = result.WeightsSha256,
        };
    }

    private static CardSpeech Speech(SpeechDataset data) => new(
        data.Name, data.Utterances.Count, data.Utterances.Sum(u => u.Transcript is { } text ? WordAlignment.Words(text).Length : 0), data.ManifestSha256);
}

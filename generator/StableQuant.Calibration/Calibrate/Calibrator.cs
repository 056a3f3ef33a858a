using System.Text;
using StableQuant.Calibration.Compile;
using StableQuant.Calibration.Evaluate;
using StableQuant.Calibration.Float;
using StableQuant.Calibration.Import;
using StableQuant.Calibration.Import.Onnx;
using StableQuant.Calibration.Quantization;
using StableQuant.Calibration.Simulate;
using StableQuant.Calibration.Speech;
using StableQuant.Graph;

namespace StableQuant.Calibration.Calibrate;

/// <summary>Calibration from a float model and speech to files: import, record, choose grids, quantise, measure, write.</summary>
public sealed class Calibrator
{
    /// <summary>One of so many utterances is heard again as in another room.</summary>
    private const int AugmentEvery = 3;

    private readonly CalibrationRequest request;
    private readonly CalibrationLog log;
    private readonly CancellationToken cancellationToken;
    private readonly OnnxFile file;
    private readonly FloatModel model;
    private readonly QuantizedWeights weights;

    private Calibrator(CalibrationRequest request, IProgress<CalibrationProgress> progress, CancellationToken cancellationToken)
    {
        this.request = request;
        log = new CalibrationLog(progress);
        this.cancellationToken = cancellationToken;
        file = OnnxFile.Load(request.ModelPath);
        model = OnnxImporter.Import(file);
        weights = new QuantizedWeights(model, leastSquares: request.Method == CalibrationMethod.StableQuant
            ? request.Levers.HasFlag(CalibrationLevers.WeightScales)
            : request.Method == CalibrationMethod.Mse, request.WeightBits);
        Quantizer.CheckLayers(model, request.FloatLayers);
        int logits = model.Operations.OfType<Linear>().Last().OutputChannels;
        if (logits != request.Vocabulary.Tokens.Count)
        {
            throw new StableQuantException(FormattableString.Invariant(
                $"{request.ModelPath}: makes {logits} logits a frame, but the vocabulary has {request.Vocabulary.Tokens.Count} tokens; name the vocabulary that belongs to the model."));
        }
    }

    /// <summary>Runs the calibration.</summary>
    /// <param name="request">What to do.</param>
    /// <param name="progress">Is told how far each step is.</param>
    /// <param name="cancellationToken">Ends the work; nothing is left behind then but what a search has measured, from which the same request goes on.</param>
    /// <exception cref="StableQuantException">The model or the data are unusable.</exception>
    public static CalibrationResult Run(CalibrationRequest request, IProgress<CalibrationProgress> progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(progress);

        // What cannot end well ends before the long work.
        AtomicFiles.Check(request.OutputPath);
        AtomicFiles.Check(SqModelFile.WeightsPath(request.OutputPath));
        if (request.Report is { } report)
        {
            AtomicFiles.Check(report.Path);
        }

        return new Calibrator(request, progress, cancellationToken).Run();
    }

    private CalibrationResult Run()
    {
        using OnnxModelSource floatModel = OnnxModelSource.Load(request.ModelPath, request.Vocabulary);
        (SpeechDataset data, SpeechDataset? holdout, SpeechDataset? probe) = Speech(floatModel);
        if (request.Warn is { } warn)
        {
            SpeechWarnings.Of(data, holdout).ToList().ForEach(warn);
        }

        Dictionary<string, Histogram> recorded = Record(data);
        bool simulates = request.Method == CalibrationMethod.StableQuant || IsAttributed;
        using SimulationJournal? journal = simulates
            ? new SimulationJournal(SqModelFile.JournalPath(request.OutputPath), JournalOwner.Of(model, request.Vocabulary, $"{request.Levers}, {request.WeightBits} bits", data, holdout, probe))
            : null;
        (Dictionary<string, QuantizationGrid> grids, IReadOnlyList<CalibratedLayer> layers) = request.Method == CalibrationMethod.StableQuant
            ? Search(data, holdout, recorded, journal!)
            : BaselineGrids.Choose(model, request, recorded);
        IReadOnlyList<CalibratedOperand> operands =
            [.. layers.Where(layer => !layer.IsFloat).SelectMany(layer => model.Operands(layer.Name).Select(o => new CalibratedOperand(layer.Name, o, recorded[o], grids[o])))];
        layers = [.. layers.Select(layer => layer with { OutlierShare = LayerGrids.OutlierShare([.. operands.Where(o => o.Layer == layer.Name).Select(o => (o.Recorded, o.Grid))]) })];

        QuantizedModel quantized = Quantizer.Quantize(model, weights, grids, request.Vocabulary, Receipt(layers), layers.Where(layer => layer.IsFloat).Select(layer => layer.Name).ToHashSet(StringComparer.Ordinal));
        (IReadOnlyList<MeasuredSet> sets, MeasuredSet? probed, IReadOnlyList<HeardInNoise> noise) = Measure(floatModel, quantized, data, holdout, probe);
        quantized = quantized with
        {
            Description = quantized.Description with { Receipt = quantized.Description.Receipt with { Measurements = new([.. sets.Select(m => m.Measurement), .. probed is null ? [] : new[] { probed.Measurement }]) } },
        };
        string text = quantized.Text;
        var result = new CalibrationResult(
            sets,
            probed,
            IsAttributed ? Attribute(probed!, grids, layers, journal!) : [],
            layers,
            operands,
            log.Steps,
            quantized.Description.Receipt,
            file.Bytes,
            Encoding.UTF8.GetByteCount(text) + quantized.Weights.LongLength,
            request.OutputPath,
            SqModelFile.WeightsPath(request.OutputPath))
        {
            Noise = noise,
        };
        Write(text, quantized.Weights, result);
        journal?.Delete();
        return result;
    }

    private bool IsAttributed => request.Attribute && request.Probe is not null;

    /// <summary>The receipt, but for the measurements.</summary>
    private Receipt Receipt(IReadOnlyList<CalibratedLayer> layers)
    {
        bool keeps = request.Outliers == Outliers.Keep;
        return new Receipt(
            request.Method.ToString().ToLowerInvariant() + (keeps ? ", outliers kept" : "") + (request.WeightBits < 8 ? $", {request.WeightBits}-bit weights" : ""),
            new(request.Method == CalibrationMethod.StableQuant ? request.Levers.Names() : []),
            new(keeps ? layers.Where(layer => layer.OutlierShare > 0).Select(layer => new OutlierShare(layer.Name, layer.OutlierShare)) : []),
            new([]));
    }

    /// <summary>The speech of the search, the holdout and the probe, all with transcripts: the float model's own where there are none.</summary>
    private (SpeechDataset Data, SpeechDataset? Holdout, SpeechDataset? Probe) Speech(OnnxModelSource floatModel)
    {
        SpeechDataset Transcribed(SpeechDataset data) => data.HasTranscripts ? data : data.WithTranscripts(
            [.. Evaluator.Transcribe(floatModel, data, request.Threads, log.Pass($"float model on {data.Name}"), cancellationToken).Select(t => t.Text)]);

        SpeechDataset? probe = request.Probe is null ? null : Transcribed(request.Probe);
        if (request.Holdout is not null)
        {
            return (Transcribed(request.Data), Transcribed(request.Holdout), probe);
        }

        SpeechDataset data = Transcribed(request.Data);
        return request.Method == CalibrationMethod.StableQuant && data.HoldOut() is var (others, holdout) ? (others, holdout, probe) : (data, null, probe);
    }

    /// <summary>One pass over the data that records every operand of a product.</summary>
    private Dictionary<string, Histogram> Record(SpeechDataset data)
    {
        string[] operands = [.. Quantizer.Operands(model).Keys];
        IReadOnlyList<Histogram> histograms = ActivationRecorder.Record(
            file, request.Vocabulary.Tokens.Count, [.. operands.Select(o => model.OnnxValues[o])], data, request.Threads, log.Pass("record activations"), cancellationToken);
        return operands.Zip(histograms).ToDictionary(pair => pair.First, pair => pair.Second, StringComparer.Ordinal);
    }

    private (Dictionary<string, QuantizationGrid> Grids, IReadOnlyList<CalibratedLayer> Layers) Search(
        SpeechDataset data, SpeechDataset? holdout, Dictionary<string, Histogram> recorded, SimulationJournal journal)
    {
        int augmentEvery = request.Levers.HasFlag(CalibrationLevers.Augment) ? AugmentEvery : 0;
        Simulator simulator = Simulate(new SearchSpeech(data, augmentEvery), journal);
        var search = new StableQuantSearch(model, new LayerGrids(model, recorded, request.Outliers), simulator, request, log);
        IReadOnlyList<CalibratedLayer> layers = search.Run();
        Dictionary<string, QuantizationGrid> grids = search.Grids(layers);
        if (holdout is not null && layers.Any(layer => layer.Selected && layer.Percentile < 100))
        {
            layers = search.CheckOnHoldout(layers, Simulate(new SearchSpeech(holdout, augmentEvery), journal));
        }

        return (grids, layers);
    }

    private Simulator Simulate(SearchSpeech speech, SimulationJournal journal) =>
        new(model, weights, request.Vocabulary, speech, request.Threads, log, journal, cancellationToken);

    private IReadOnlyList<AttributedPart> Attribute(
        MeasuredSet probed, IReadOnlyDictionary<string, QuantizationGrid> grids, IReadOnlyList<CalibratedLayer> layers, SimulationJournal journal)
    {
        SpeechDataset likeFloat = request.Probe!.WithTranscripts([.. probed.Float.Utterances.Select(u => u.Transcript.Text)]);
        Simulator simulator = Simulate(new SearchSpeech(likeFloat, every: 0), journal);
        return new Attribution(model, [.. layers.Where(layer => !layer.IsFloat).Select(layer => layer.Name)], grids, simulator, log).Run();
    }

    /// <summary>Word error rates of the float model and of the very code that ships.</summary>
    private (IReadOnlyList<MeasuredSet> Sets, MeasuredSet? Probe, IReadOnlyList<HeardInNoise> Noise) Measure(
        OnnxModelSource floatModel, QuantizedModel quantized, SpeechDataset search, SpeechDataset? holdout, SpeechDataset? probe)
    {
        using CompiledModelSource compiled = CompiledModelSource.Compile(quantized, SqModelFile.WeightsPath(request.OutputPath));
        MeasuredSet On(string role, SpeechDataset data)
        {
            EvaluationResult before = Evaluator.Run(floatModel, data, request.Threads, log.Pass($"float model on {data.Name}"), cancellationToken);
            EvaluationResult after = Evaluator.Run(compiled, data, request.Threads, log.Pass($"int8 model on {data.Name}"), cancellationToken);
            return new MeasuredSet(
                new Measurement(role, data.Name, data.Utterances.Count, after.Words, data.ManifestSha256, before.Wer, after.Wer, MeasuredSet.WordsDiffering(before, after).Rate), before, after);
        }

        return (
            holdout is null ? [On("calibration", search)] : [On("calibration", search), On("holdout", holdout)],
            probe is null ? null : On("probe", probe),
            HeardInNoise.Measure(floatModel, compiled, cancellationToken));
    }

    private void Write(string description, byte[] weights, CalibrationResult result)
    {
        using var files = new AtomicFiles();
        File.WriteAllBytes(files.Add(result.WeightsPath), weights);
        File.WriteAllText(files.Add(result.ModelPath), description);
        if (request.Report is { } report)
        {
            File.WriteAllText(files.Add(report.Path), report.Render(request, result));
        }

        cancellationToken.ThrowIfCancellationRequested();
        files.Commit();
    }
}

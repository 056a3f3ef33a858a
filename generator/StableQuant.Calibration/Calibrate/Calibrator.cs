using System.Text;
using StableQuant.Calibration.Compile;
using StableQuant.Calibration.Evaluate;
using StableQuant.Calibration.Float;
using StableQuant.Calibration.Quantization;
using StableQuant.Calibration.Simulate;
using StableQuant.Calibration.Speech;
using StableQuant.Graph;

namespace StableQuant.Calibration.Calibrate;

/// <summary>Calibration from a float model and speech to files: import, record, choose grids, quantise, measure, write.</summary>
public sealed class Calibrator
{
    private readonly CalibrationRequest request;
    private readonly CalibrationLog log;
    private readonly CancellationToken cancellationToken;
    private readonly FloatPasses passes;
    private readonly FloatModel model;
    private QuantizedWeights weights;

    private Calibrator(CalibrationRequest request, FloatPasses passes, CalibrationLog log, CancellationToken cancellationToken)
    {
        this.request = request;
        this.passes = passes;
        this.log = log;
        this.cancellationToken = cancellationToken;
        model = passes.Model;
        weights = new QuantizedWeights(model, leastSquares: request.Method == CalibrationMethod.StableQuant
            ? request.Levers.HasFlag(CalibrationLevers.WeightScales)
            : request.Method == CalibrationMethod.Mse, _ => request.WeightBits.OfSearch);
        Quantizer.CheckLayers(model, request.FloatLayers);
    }

    /// <summary>Runs the calibration.</summary>
    /// <param name="request">What to do.</param>
    /// <param name="progress">Is told how far each step is.</param>
    /// <param name="cancellationToken">Ends the work; nothing is left behind then but what a search has measured, from which the same request goes on.</param>
    /// <exception cref="StableQuantException">The model or the data are unusable.</exception>
    public static CalibrationResult Run(CalibrationRequest request, IProgress<CalibrationProgress> progress, CancellationToken cancellationToken) =>
        RunAll([("", request)], progress, cancellationToken)[0];

    /// <summary>Runs several calibrations of one model on the same speech. What the float model makes of it is computed once.</summary>
    /// <param name="requests">What to do, and how to call each; they differ in the method, and what belongs to it.</param>
    /// <param name="progress">Is told how far each step is, and all of them together.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="StableQuantException">The model or the data are unusable.</exception>
    public static IReadOnlyList<CalibrationResult> RunAll(
        IReadOnlyList<(string Name, CalibrationRequest Request)> requests, IProgress<CalibrationProgress> progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(requests);
        ArgumentNullException.ThrowIfNull(progress);

        // What cannot end well ends before the long work.
        foreach ((_, CalibrationRequest request) in requests)
        {
            AtomicFiles.Check(request.OutputPath);
            AtomicFiles.Check(SqModelFile.WeightsPath(request.OutputPath));
            if (request.Report is { } report)
            {
                AtomicFiles.Check(report.Path);
            }
        }

        using var passes = new FloatPasses(requests[0].Request, requests.Any(r => Augments(r.Request)), cancellationToken);
        var plan = CalibrationPlan.Of([.. requests.Select(r => r.Request)], passes.Model.Layers().Count);
        var results = new List<CalibrationResult>();
        foreach ((string name, CalibrationRequest request) in requests)
        {
            // One that searches alike goes on with what the one before has measured.
            bool isLast = results.Count == requests.Count - 1;
            results.Add(new Calibrator(request, passes, new CalibrationLog(progress, plan, name), cancellationToken).Run(keepsJournal: !isLast));
        }

        return results;
    }

    private CalibrationResult Run(bool keepsJournal)
    {
        (SpeechDataset data, SpeechDataset? holdout, SpeechDataset? probe) = Speech();
        foreach (string warning in request.Note is null ? [] : SpeechWarnings.Of(data, holdout, passes.Measure.Kind))
        {
            request.Note!(warning);
        }

        IReadOnlyDictionary<string, Histogram> recorded = passes.Record(data, log);
        bool simulates = request.Method == CalibrationMethod.StableQuant || IsAttributed;
        using SimulationJournal? journal = simulates
            ? new SimulationJournal(SqModelFile.JournalPath(request.OutputPath), JournalOwner.Of(model, request.Head, $"{request.Levers}, {request.WeightBits.OfSearch} bits", data, holdout, probe))
            : null;
        if (journal is { Known: > 0 and var known })
        {
            request.Note?.Invoke(FormattableString.Invariant($"{SqModelFile.JournalPath(request.OutputPath)}: goes on with {known} trials that an earlier run has measured."));
        }

        RoundWeights(data);
        (Dictionary<string, QuantizationGrid> grids, IReadOnlyList<CalibratedLayer> layers) = request.Method == CalibrationMethod.StableQuant
            ? Search(data, holdout, recorded, journal!)
            : BaselineGrids.Choose(model, request, recorded);
        IReadOnlyList<CalibratedOperand> operands =
            [.. layers.Where(layer => !layer.IsFloat).SelectMany(layer => model.Operands(layer.Name).Select(o => new CalibratedOperand(layer.Name, o, recorded[o], grids[o])))];
        layers = [.. layers.Select(layer => layer with { OutlierShare = LayerGrids.OutlierShare([.. operands.Where(o => o.Layer == layer.Name).Select(o => (o.Recorded, o.Grid))]) })];

        layers = StoreWeights(data, sets: new[] { data, holdout, probe }.Count(set => set is not null), layers, grids, recorded, journal);
        QuantizedModel quantized = Quantize(layers, grids);
        (IReadOnlyList<MeasuredSet> sets, MeasuredSet? probed, IReadOnlyList<HeardInNoise> noise) = Measure(quantized, data, holdout, probe);
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
            model.FileBytes,
            Encoding.UTF8.GetByteCount(text) + quantized.Weights.LongLength,
            request.OutputPath,
            SqModelFile.WeightsPath(request.OutputPath))
        {
            Noise = noise,
            ModelSha256 = passes.Sha256,
            WeightsSha256 = quantized.Description.Weights.Sha256,
        };
        Write(text, quantized.Weights, result);
        if (!keepsJournal)
        {
            journal?.Delete();
        }

        return result;
    }

    private QuantizedModel Quantize(IReadOnlyList<CalibratedLayer> layers, IReadOnlyDictionary<string, QuantizationGrid> grids) => Quantizer.Quantize(
        model, weights, grids, request.Head, Receipt(layers), layers.Where(layer => layer.IsFloat).Select(layer => layer.Name).ToHashSet(StringComparer.Ordinal));

    /// <summary>Rounds weights by what their products read: in the bits of the search, if it shall be so, and in fewer.</summary>
    private void RoundWeights(SpeechDataset data)
    {
        bool feedsBack = request.Method == CalibrationMethod.StableQuant && request.Levers.HasFlag(CalibrationLevers.ErrorFeedback);
        int? inTurn = request.WeightBits is { Fixed: { } stored, Stored.Count: > 0 } ? stored : null;
        int[] bits = [.. feedsBack ? [request.WeightBits.OfSearch] : Array.Empty<int>(), .. inTurn is null ? request.WeightBits.Stored : []];
        bool IsRounded(Product product) => !request.FloatLayers.Contains(product.Layer) && (feedsBack || WeightRounding.IsRounded(product));
        if (bits.Length > 0 || inTurn is not null)
        {
            passes.Round(data, [.. model.Operations.OfType<Product>().Where(IsRounded)], bits, inTurn, weights, log);
        }
    }

    /// <summary>Where weights shall have fewer bits: decides which layer gets how many.</summary>
    private IReadOnlyList<CalibratedLayer> StoreWeights(
        SpeechDataset data, int sets, IReadOnlyList<CalibratedLayer> layers, IReadOnlyDictionary<string, QuantizationGrid> grids, IReadOnlyDictionary<string, Histogram> recorded, SimulationJournal? journal)
    {
        if (request.WeightBits.Stored.Count == 0)
        {
            return layers;
        }

        if (journal is null)
        {
            layers = [.. layers.Select(layer => layer with { WeightBits = layer.IsFloat ? 8 : request.WeightBits.Fixed ?? throw new StableQuantException("Only the method stablequant can choose the bits of weights layer by layer.") })];
        }
        else
        {
            // The text does not say yet what will be measured, nor in how many bits layers are stored.
            int unsaid = (1024 * sets) + (100 * layers.Count);
            QuantizedModel whole = Quantize(layers, grids);
            var trials = new LayerTrials(model, GridsOf(recorded));
            layers = new WeightBitsSearch(model, Simulate(data, journal), trials, request, log).Run(layers, whole.Weights.LongLength + Encoding.UTF8.GetByteCount(whole.Text) + unsaid);
        }

        Dictionary<string, int> bits = layers.ToDictionary(layer => layer.Name, layer => layer.WeightBits, StringComparer.Ordinal);
        weights = weights.With(product => WeightRounding.IsRounded(product) ? bits[product.Layer] : request.WeightBits.OfSearch);
        return layers;
    }

    private LayerGrids GridsOf(IReadOnlyDictionary<string, Histogram> recorded) => new(model, recorded, request.Outliers, request.Levers.HasFlag(CalibrationLevers.Dither));

    private bool IsAttributed => request.Attribute && request.Probe is not null;

    /// <summary>The receipt, but for the measurements.</summary>
    private Receipt Receipt(IReadOnlyList<CalibratedLayer> layers)
    {
        bool keeps = request.Outliers == Outliers.Keep;
        return new Receipt(
            request.Method.ToString().ToLowerInvariant() + (keeps ? ", outliers kept" : "") + (request.Fidelity == CalibrationFidelity.High ? ", high fidelity" : "") + (request.WeightBits.Fixed switch { 8 => "", { } bits => $", {bits}-bit weights", null => ", bits of weights by layer" }),
            new(request.Method == CalibrationMethod.StableQuant ? request.Levers.Names() : []),
            new(keeps ? layers.Where(layer => layer.OutlierShare > 0).Select(layer => new OutlierShare(layer.Name, layer.OutlierShare)) : []),
            new([]))
        {
            Stored = new(layers.Where(layer => layer.WeightBits < 8).Select(layer => new StoredBits(layer.Name, layer.WeightBits, layer.WeightTrials.FirstOrDefault(t => t.Bits == layer.WeightBits)?.Divergence))),
        };
    }

    /// <summary>The speech of the search, the holdout and the probe, all with transcripts: the float model's own where there are none.</summary>
    private (SpeechDataset Data, SpeechDataset? Holdout, SpeechDataset? Probe) Speech()
    {
        SpeechDataset? probe = request.Probe is null ? null : passes.Transcribed(request.Probe, log);
        SpeechDataset data = passes.Transcribed(request.Data, log);
        return request.Holdout is { } given ? (data, passes.Transcribed(given, log), probe)
            : request.Method == CalibrationMethod.StableQuant && data.HoldOut() is var (others, holdout) ? (others, holdout, probe)
            : (data, null, probe);
    }

    private (Dictionary<string, QuantizationGrid> Grids, IReadOnlyList<CalibratedLayer> Layers) Search(
        SpeechDataset data, SpeechDataset? holdout, IReadOnlyDictionary<string, Histogram> recorded, SimulationJournal journal)
    {
        Simulator simulator = Simulate(data, journal);
        var search = new StableQuantSearch(model, GridsOf(recorded), simulator, request, log);
        IReadOnlyList<CalibratedLayer> layers = search.Run();
        Dictionary<string, QuantizationGrid> grids = search.Grids(layers);
        if (holdout is not null && layers.Any(layer => layer.Selected && layer.Percentile < 100))
        {
            layers = search.CheckOnHoldout(layers, Simulate(holdout, journal));
        }

        return (grids, layers);
    }

    private Simulator Simulate(SpeechDataset data, SimulationJournal journal) => passes.Simulate(data, Augments(request), weights, log, journal);

    private static bool Augments(CalibrationRequest request) => request.Method == CalibrationMethod.StableQuant && request.Levers.HasFlag(CalibrationLevers.Augment);

    private IReadOnlyList<AttributedPart> Attribute(
        MeasuredSet probed, IReadOnlyDictionary<string, QuantizationGrid> grids, IReadOnlyList<CalibratedLayer> layers, SimulationJournal journal)
    {
        SpeechDataset likeFloat = request.Probe!.WithTranscripts([.. probed.Float.Utterances.Select(u => u.Transcript.Text)]);
        var simulator = new Simulator(model, passes.Weights, weights, request.Head, new SearchSpeech(model, likeFloat, every: 0), request.Threads, log, journal, cancellationToken) { CountsAgainstFloat = true };
        return new Attribution(model, [.. layers.Where(layer => !layer.IsFloat).Select(layer => layer.Name)], grids, simulator, log).Run();
    }

    /// <summary>Error rates of the float model and of the very code that ships.</summary>
    private (IReadOnlyList<MeasuredSet> Sets, MeasuredSet? Probe, IReadOnlyList<HeardInNoise> Noise) Measure(
        QuantizedModel quantized, SpeechDataset search, SpeechDataset? holdout, SpeechDataset? probe)
    {
        using CompiledModelSource compiled = log.Step("compile", () => CompiledModelSource.Compile(quantized, SqModelFile.WeightsPath(request.OutputPath)));
        MeasuredSet On(string role, SpeechDataset data)
        {
            EvaluationResult before = passes.Evaluate(data, log);
            EvaluationResult after = Evaluator.Run(compiled, data, request.Threads, log.Pass($"int8 model on {data.Name}"), cancellationToken);
            return MeasuredSet.Of(role, data.Name, data.ManifestSha256, before, after);
        }

        return (
            holdout is null ? [On("calibration", search)] : [On("calibration", search), On("holdout", holdout)],
            probe is null ? null : On("probe", probe),
            passes.Measure.Kind == MeasureKind.Words ? log.Step("silence and noise", () => HeardInNoise.Measure(passes.InNoise(), compiled, cancellationToken)) : []);
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

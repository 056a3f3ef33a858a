using StableQuant.Calibration.Float;
using StableQuant.Calibration.Quantization;
using StableQuant.Calibration.Simulate;
using StableQuant.Graph;

namespace StableQuant.Calibration.Calibrate;

/// <summary>
/// StableQuant (arXiv 2504.14915, section 3), and more: 1. select the layers that hurt when they alone are quantized with
/// MAX; 2. for each, search the percentile of its grids; 3. (clipping only) make each clipped grid's scale least-squares;
/// 4. measure the whole, and go on while it loses more than the budget. Quantising is <see cref="Quantizer"/>'s.
/// </summary>
/// <remarks>
/// Word errors on some hundred utterances are noisy, and speech that calibration knows does not show the danger of coarse
/// grids in other rooms. So a layer also counts as suffering when the token probabilities diverge from the float model's
/// by more than <see cref="DivergenceBudget"/>, on the speech or on a band-limited, noisy copy of it, or when the output of
/// one of its products is noisier than <see cref="MinSignalToNoise"/> allows.
/// </remarks>
internal sealed class StableQuantSearch(FloatModel model, LayerGrids grids, Simulator simulator, CalibrationRequest request, CalibrationLog log)
{
    /// <summary>
    /// Divergence, in nats a frame, that a layer may cause. Transformer blocks under MAX, which cost no words anywhere, cause
    /// 1·10⁻⁴ to 1.6·10⁻⁴; a budget of 5·10⁻⁴ still lost a point in a room that calibration had not heard.
    /// </summary>
    public const double DivergenceBudget = 2e-4;

    /// <summary>
    /// The minimum ratio of signal to rounding noise, in dB, that a product's output may have. The products that fail in other
    /// rooms have 27 to 33 dB under MAX, in every room alike; those that never cost words have 34 dB and more.
    /// </summary>
    public const double MinSignalToNoise = 33;

    /// <summary>
    /// Rounding noise, and with it divergence, grows with the square of the step. Percentiles that by this rule would
    /// exceed the budget so many times are not tried.
    /// </summary>
    private const double HopelessRatio = 8;

    /// <summary>
    /// Divergence, in nats a frame, that the whole of a model's time is worth: a finer grid is taken while it saves 6·10⁻⁵ for each per cent
    /// of time that its outliers take. Far from the calibration's speech layers diverge three to six times as much as on it.
    /// </summary>
    private const double DivergenceOfTime = 6e-3;

    /// <summary>Divergence is a noisy measure: so many grids in a row that are worth less than a coarser one end a layer's search.</summary>
    private const int TrialsInVain = 2;

    /// <summary>The percentiles searched, coarsest grid first; MAX, 100, was tried by the selection.</summary>
    private static readonly double[] Percentiles = [99.99, 99.95, 99.9, 99.8, 99.5, 99, 98.5, 98];

    /// <summary>Runs steps 1 to 3, and the whole model of step 4.</summary>
    public IReadOnlyList<CalibratedLayer> Run()
    {
        List<CalibratedLayer> layers = [.. SelectLayers()];
        SearchPercentiles(layers);
        Refine(layers);
        return layers;
    }

    /// <summary>
    /// Whether what was chosen does better than MAX on speech that the search did not see, one layer at a time: fewer words
    /// wrong, or as many and less divergence.
    /// </summary>
    /// <param name="layers">The decisions.</param>
    /// <param name="holdout">The same model on other speech.</param>
    public IReadOnlyList<CalibratedLayer> CheckOnHoldout(IReadOnlyList<CalibratedLayer> layers, Simulator holdout)
    {
        log.Begin("check on holdout");
        bool Helps(CalibratedLayer layer)
        {
            LayerTrial max = Try(holdout, layer.Name, 100);
            LayerTrial chosen = Try(holdout, layer.Name, layer.Percentile);
            return (chosen.Wer, chosen.Divergence).CompareTo((max.Wer, max.Divergence)) < 0;
        }

        return [.. layers.Select(layer => layer.Selected && layer.Percentile < 100 && !layer.IsFloat ? layer with { HelpsOnHoldout = Helps(layer) } : layer)];
    }

    /// <summary>The grids of all layers as decided.</summary>
    public Dictionary<string, QuantizationGrid> Grids(IEnumerable<CalibratedLayer> layers) => layers
        .Where(layer => !layer.IsFloat)
        .SelectMany(layer => grids.Of(layer.Name, layer.Percentile, layer.Selected ? $"selected: {layer.Why}" : layer.Why))
        .DistinctBy(grid => grid.Key)
        .ToDictionary(grid => grid.Key, grid => grid.Value, StringComparer.Ordinal);

    // Step 1.
    private IEnumerable<CalibratedLayer> SelectLayers()
    {
        log.Begin("select layers");
        IReadOnlyList<string> names = model.Layers();
        for (int i = 0; i < names.Count; i++)
        {
            log.Report(i, names.Count);
            if (request.FloatLayers.Contains(names[i]))
            {
                yield return new CalibratedLayer(names[i], Selected: false, "float", 100, 0, []) { IsFloat = true };
                continue;
            }

            LayerTrial trial = Try(simulator, names[i], 100);
            (bool selected, string why) =
                100 * (trial.Wer - FloatWer) > request.WerThreshold ? (true, "words") :
                WordsAlone ? (false, "max") :
                trial.Divergence > DivergenceBudget ? (true, "divergence") :
                trial.SignalToNoise < MinSignalToNoise ? (true, "noise") :
                (false, "max");
            yield return new CalibratedLayer(names[i], selected, why, 100, 0, [trial]);
        }

        log.Report(names.Count, names.Count);
    }

    // Step 2. With outliers kept, finer grids only cost time, as more values become outliers: of those that do no harm the one is taken
    // that is worth its time, in layers that were not selected, too. With clipping they cost words: the one with the fewest errors is
    // taken, and of equal ones the one that diverges least.
    private void SearchPercentiles(List<CalibratedLayer> layers)
    {
        log.Begin("search percentiles");
        bool keeps = request.Outliers == Outliers.Keep;
        bool IsSearched(CalibratedLayer layer) => layer.Selected || (keeps && !WordsAlone && !layer.IsFloat && model.Operands(layer.Name).Count > 0);
        int count = layers.Count(IsSearched);
        int done = 0;
        for (int i = 0; i < layers.Count; i++)
        {
            if (IsSearched(layers[i]))
            {
                log.Report(done++, count);
                layers[i] = keeps ? WorthItsTime(layers[i]) : MinWords(layers[i]);
            }
        }

        log.Report(count, count);
    }

    private CalibratedLayer WorthItsTime(CalibratedLayer layer)
    {
        double Cost(LayerTrial trial) => (WordsAlone ? 0 : trial.Divergence) + DivergenceOfTime * grids.Time(layer.Name, trial.Percentile);
        List<LayerTrial> trials = [.. layer.Trials];
        foreach (double percentile in Percentiles.Where(p => p == Percentiles[^1] || !IsHopeless(layer, p)))
        {
            trials.Add(Try(simulator, layer.Name, percentile));
            if (trials.Where(IsHarmless).MinBy(Cost) is { } cheapest && (WordsAlone || trials.Count - trials.IndexOf(cheapest) > TrialsInVain))
            {
                break;
            }
        }

        LayerTrial best = trials.Where(IsHarmless).MinBy(Cost) ?? trials.MinBy(t => t.Divergence)!;
        return layer with { Trials = trials, Percentile = best.Percentile, Why = layer.Selected || best.Percentile == 100 ? layer.Why : "resolution" };
    }

    private CalibratedLayer MinWords(CalibratedLayer layer)
    {
        List<LayerTrial> trials = [.. layer.Trials, .. Percentiles.Select(percentile => Try(simulator, layer.Name, percentile))];
        return layer with { Trials = trials, Percentile = trials.OrderBy(t => t.Wer).ThenBy(t => t.Divergence).First().Percentile };
    }

    private bool IsHopeless(CalibratedLayer layer, double percentile) =>
        layer.Trials[0].Divergence * Math.Pow(grids.StepRatio(layer.Name, percentile), 2) > HopelessRatio * DivergenceBudget;

    private bool IsHarmless(LayerTrial trial) =>
        100 * (trial.Wer - FloatWer) <= request.WerThreshold
        && (WordsAlone || trial.SignalToNoise >= MinSignalToNoise);

    /// <summary>Whether words alone decide, as in the paper.</summary>
    private bool WordsAlone => !request.Levers.HasFlag(CalibrationLevers.Continuous);

    // Step 4. While the whole loses more than the budget, the layer that diverges most gets the next finer grid; where the
    // whole does no better with it, it keeps the coarser one for good. Where no grid is left to try, and a person allows it,
    // the layer that diverges most is left in float.
    private void Refine(List<CalibratedLayer> layers)
    {
        log.Begin("whole model");
        log.Report(0, request.Budget);
        SimulationResult whole = Whole(layers);
        var settled = new HashSet<string>(StringComparer.Ordinal);
        for (int pass = 1; pass <= request.Budget && Misses(whole); pass++)
        {
            if (Worst(layers, layer => !settled.Contains(layer.Name) && Finer(layer.Percentile) is not null) is { } worst)
            {
                CalibratedLayer before = layers[worst];
                layers[worst] = WithFinerGrid(before);
                SimulationResult now = Whole(layers);
                if ((now.WordErrors.Rate, now.MaxDivergence).CompareTo((whole.WordErrors.Rate, whole.MaxDivergence)) < 0)
                {
                    whole = now;
                }
                else
                {
                    layers[worst] = before with { Trials = layers[worst].Trials };
                    settled.Add(before.Name);
                }
            }
            else if (request.AllowFloat && Worst(layers, _ => true) is { } hopeless)
            {
                layers[hopeless] = layers[hopeless] with { Selected = true, Why = "whole model", IsFloat = true };
                whole = Whole(layers);
            }
            else
            {
                break;
            }

            log.Report(pass, request.Budget);
        }

        log.Report(request.Budget, request.Budget);
    }

    /// <summary>Of the int8 layers that are eligible, the place of the one that diverges most as it is.</summary>
    private static int? Worst(List<CalibratedLayer> layers, Func<CalibratedLayer, bool> isEligible) => Enumerable.Range(0, layers.Count)
        .Where(i => !layers[i].IsFloat && isEligible(layers[i]))
        .OrderByDescending(i => layers[i].Trials.First(t => t.Percentile == layers[i].Percentile).Divergence)
        .Cast<int?>()
        .FirstOrDefault();

    private CalibratedLayer WithFinerGrid(CalibratedLayer layer)
    {
        double finer = Finer(layer.Percentile)!.Value;
        LayerTrial? known = layer.Trials.FirstOrDefault(t => t.Percentile == finer);
        return layer with
        {
            Selected = true,
            Why = layer.Selected ? layer.Why : "whole model",
            Percentile = finer,
            Trials = known is null ? [.. layer.Trials, Try(simulator, layer.Name, finer)] : layer.Trials,
        };
    }

    private bool Misses(SimulationResult whole) => 100 * (whole.WordErrors.Rate - FloatWer) > request.WerBudget;

    private SimulationResult Whole(List<CalibratedLayer> layers)
    {
        string[] quantized = [.. layers.Where(layer => !layer.IsFloat).Select(layer => layer.Name)];
        return simulator.Run(grids.Parts(quantized, Grids(layers)), layers[0].Name, []);
    }

    private static double? Finer(double percentile) => Percentiles.Cast<double?>().FirstOrDefault(p => p < percentile);

    private double FloatWer => simulator.Float.WordErrors.Rate;

    private LayerTrial Try(Simulator speech, string layer, double percentile)
    {
        SimulationResult result = speech.Run(grids.Parts([layer], grids.Of(layer, percentile, "")), layer, model.Products(layer));
        (double low, double high) = Bootstrap.DifferenceInterval(speech.Float.Words, result.Words);
        return new LayerTrial(percentile, result.WordErrors.Rate, low, high, result.MaxDivergence, result.SignalToNoise);
    }
}

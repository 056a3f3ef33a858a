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
    /// Divergence, in nats a frame, that the whole of a model's time is worth: a finer grid is taken while it saves 7·10⁻⁶ for each per cent
    /// of time that its outliers take. Far from the calibration's speech layers diverge three to six times as much as on it.
    /// </summary>
    private const double StandardPrice = 7e-4;

    /// <summary>The same where fidelity counts more than time.</summary>
    private const double HighPrice = 3e-4;

    /// <summary>Divergence is a noisy measure: so many grids in a row that are worth less than a coarser one end a layer's search.</summary>
    private const int TrialsInVain = 2;

    private readonly LayerTrials runs = new(model, grids);
    private readonly IReadOnlyList<double> percentiles = LayerTrials.Percentiles(request.Fidelity);
    private readonly double divergenceOfTime = request.Fidelity == CalibrationFidelity.High ? HighPrice : StandardPrice;

    /// <summary>Runs steps 1 to 3, and the whole model of step 4.</summary>
    public IReadOnlyList<CalibratedLayer> Run()
    {
        List<CalibratedLayer> layers = [.. SelectLayers()];
        SearchPercentiles(layers);
        new WholeModelSearch(runs, simulator, request, log).Run(layers);
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
        bool IsChecked(CalibratedLayer layer) => layer.Selected && layer.Percentile < 100 && !layer.IsFloat;
        int count = layers.Count(IsChecked);
        int done = 0;
        bool Helps(CalibratedLayer layer)
        {
            log.Report(done++, count);
            LayerTrial max = runs.Try(holdout, layer.Name, 100);
            LayerTrial chosen = runs.Try(holdout, layer.Name, layer.Percentile);
            return (chosen.Wer, chosen.Divergence).CompareTo((max.Wer, max.Divergence)) < 0;
        }

        CalibratedLayer[] known = [.. layers.Select(layer => IsChecked(layer) ? layer with { HelpsOnHoldout = Helps(layer) } : layer)];
        log.Report(count, count);
        return known;
    }

    /// <summary>The grids of all layers as decided.</summary>
    public Dictionary<string, QuantizationGrid> Grids(IEnumerable<CalibratedLayer> layers) => runs.Grids(layers);

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

            LayerTrial trial = runs.Try(simulator, names[i], 100);
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
        bool keeps = request.Outliers == Outliers.Keep;
        bool IsSearched(CalibratedLayer layer) => layer.Selected || (keeps && !WordsAlone && !layer.IsFloat && model.Operands(layer.Name).Count > 0);
        int count = layers.Count(IsSearched);
        if (count == 0)
        {
            return;
        }

        log.Begin("search percentiles");
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
        double Cost(LayerTrial trial) => (WordsAlone ? 0 : trial.Divergence) + divergenceOfTime * grids.Time(layer.Name, trial.Percentile);
        List<LayerTrial> trials = [.. layer.Trials];
        foreach (double percentile in percentiles.Where(p => p == percentiles[^1] || !IsHopeless(layer, p)))
        {
            trials.Add(runs.Try(simulator, layer.Name, percentile));
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
        List<LayerTrial> trials = [.. layer.Trials, .. percentiles.Select(percentile => runs.Try(simulator, layer.Name, percentile))];
        return layer with { Trials = trials, Percentile = trials.OrderBy(t => t.Wer).ThenBy(t => t.Divergence).First().Percentile };
    }

    private bool IsHopeless(CalibratedLayer layer, double percentile) =>
        layer.Trials[0].Divergence * Math.Pow(grids.StepRatio(layer.Name, percentile), 2) > HopelessRatio * DivergenceBudget;

    private bool IsHarmless(LayerTrial trial) =>
        100 * (trial.Wer - FloatWer) <= request.WerThreshold
        && (WordsAlone || trial.SignalToNoise >= MinSignalToNoise);

    /// <summary>Whether words alone decide, as in the paper.</summary>
    private bool WordsAlone => !request.Levers.HasFlag(CalibrationLevers.Continuous);

    private double FloatWer => simulator.Float.WordErrors.Rate;
}

using StableQuant.Calibration.Evaluate;
using StableQuant.Calibration.Import;
using StableQuant.Calibration.Simulate;
using StableQuant.Graph;

namespace StableQuant.Calibration.Calibrate;

/// <summary>One setting of one layer and how the model did with only that layer quantized.</summary>
/// <param name="Percentile">Share of the values, in percent, that the layer's grids cover.</param>
/// <param name="Wer">Word error rate, a fraction.</param>
/// <param name="Divergence">The larger of the divergences on the speech as it is and in another room, nats a frame.</param>
public sealed record LayerTrial(double Percentile, double Wer, double Divergence);

/// <summary>What the search found out about a layer, and decided.</summary>
/// <param name="Name">The layer.</param>
/// <param name="Selected">Whether it suffers under MAX.</param>
/// <param name="Why">Why it was selected, or not.</param>
/// <param name="Trials">What was tried; the first is MAX, the last one chosen is named by <paramref name="Percentile"/>.</param>
/// <param name="Percentile">The percentile chosen.</param>
public sealed record LayerDecision(string Name, bool Selected, string Why, IReadOnlyList<LayerTrial> Trials, double Percentile);

/// <summary>
/// StableQuant (arXiv 2504.14915, section 3), and beyond: 1. select the layers that hurt when they alone are quantized with
/// MAX; 2. for each, search the percentile of its grids; 3. (clipping only) make each clipped grid's scale least-squares.
/// The fourth step, quantising, is <see cref="Quantizer"/>'s.
/// </summary>
/// <remarks>
/// Word errors on some hundred utterances are noisy, and speech that calibration knows does not show the danger of coarse
/// grids in other rooms. So a layer also counts as suffering when the token probabilities diverge from the float model's
/// by more than <see cref="DivergenceBudget"/>, on the speech or on a band-limited, noisy copy of it.
/// </remarks>
internal sealed class StableQuantSearch(
    FloatModel model, IReadOnlyDictionary<string, Histogram> recorded, Simulator simulator, CalibrationRequest request, Action<string, int, int> report)
{
    /// <summary>
    /// Divergence, in nats a frame, that a layer may cause. Transformer blocks under MAX, which cost no words anywhere, cause
    /// 1·10⁻⁴ to 1.6·10⁻⁴; a budget of 5·10⁻⁴ still lost a point in a room that calibration had not heard.
    /// </summary>
    public const double DivergenceBudget = 2e-4;

    /// <summary>
    /// Rounding noise, and with it divergence, grows with the square of the step. Percentiles that by this rule would
    /// exceed the budget so many times are not tried.
    /// </summary>
    private const double HopelessRatio = 8;

    /// <summary>The percentiles searched, coarsest grid first.</summary>
    private static readonly double[] Percentiles = [99.99, 99.95, 99.9, 99.8, 99.5, 99];

    private readonly IReadOnlyDictionary<string, QuantizedType> operands = Quantizer.Operands(model);
    private readonly IReadOnlySet<string> inAttention = Quantizer.InAttention(model);

    /// <summary>Runs the search.</summary>
    public IReadOnlyList<LayerDecision> Run()
    {
        IReadOnlyList<string> layers = simulator.Layers;
        List<LayerDecision> decisions = [.. layers.Select((layer, i) => Select(layer, i, layers.Count))];
        int selected = decisions.Count(d => d.Selected);
        int searched = 0;
        for (int i = 0; i < decisions.Count; i++)
        {
            if (decisions[i].Selected)
            {
                decisions[i] = Search(decisions[i], searched++, selected);
            }
        }

        return decisions;
    }

    /// <summary>
    /// Step 4, before the model is written: the whole of it at once. While it loses more than the budget, the layer that
    /// diverges most gets the next finer grid.
    /// </summary>
    /// <returns>The decisions, and how the whole model does.</returns>
    public (IReadOnlyList<LayerDecision> Decisions, SimulationResult Whole) Refine(IReadOnlyList<LayerDecision> decisions)
    {
        List<LayerDecision> refined = [.. decisions];
        SimulationResult whole = Whole(refined, 0);
        for (int pass = 1; pass <= request.Budget && 100 * (whole.WordErrors.Rate - simulator.Float.WordErrors.Rate) > request.WerBudget; pass++)
        {
            int worst = Enumerable.Range(0, refined.Count)
                .Where(i => Finer(refined[i].Percentile) is not null)
                .OrderByDescending(i => refined[i].Trials.First(t => t.Percentile == refined[i].Percentile).Divergence)
                .FirstOrDefault(-1);
            if (worst < 0)
            {
                break;
            }

            LayerDecision layer = refined[worst];
            LayerTrial trial = Trial(Finer(layer.Percentile)!.Value, Simulate(layer.Name, Finer(layer.Percentile)!.Value));
            refined[worst] = layer with { Selected = true, Percentile = trial.Percentile, Trials = [.. layer.Trials, trial] };
            whole = Whole(refined, pass);
        }

        return (refined, whole);
    }

    private SimulationResult Whole(List<LayerDecision> decisions, int pass)
    {
        report("whole model", pass, request.Budget);
        HashSet<string> weights = [.. model.Operations.Where(o => o is Convolution or Linear).Select(o => o.Name)];
        return simulator.Run(new QuantizedParts(Grids(decisions), weights), decisions[0].Name, null);
    }

    private static double? Finer(double percentile) => Percentiles.Cast<double?>().FirstOrDefault(p => p < percentile);

    /// <summary>The grids of all layers as decided.</summary>
    public Dictionary<string, Grid> Grids(IEnumerable<LayerDecision> decisions) => decisions
        .SelectMany(d => Grids(d.Name, d.Percentile, d.Selected ? $"selected: {d.Why}" : d.Why))
        .DistinctBy(grid => grid.Key)
        .ToDictionary(grid => grid.Key, grid => grid.Value, StringComparer.Ordinal);

    // Step 1.
    private LayerDecision Select(string layer, int index, int count)
    {
        report("select layers", index, count);
        SimulationResult alone = Simulate(layer, 100);
        double rise = alone.WordErrors.Rate - simulator.Float.WordErrors.Rate;
        LayerTrial trial = Trial(100, alone);
        (bool selected, string why) =
            100 * rise > request.WerThreshold ? (true, "words") :
            trial.Divergence > DivergenceBudget ? (true, "divergence") :
            (false, "max");
        report("select layers", index + 1, count);
        return new LayerDecision(layer, selected, why, [trial], 100);
    }

    // Step 2. With outliers kept, finer grids only cost time: the coarsest that does no harm is taken. With clipping they
    // cost words, too: the one with the fewest errors is taken, and of equal ones the one that diverges least.
    private LayerDecision Search(LayerDecision decision, int index, int count)
    {
        var trials = new List<LayerTrial>(decision.Trials);
        for (int i = 0; i < Percentiles.Length; i++)
        {
            report("search percentiles", index * Percentiles.Length + i, count * Percentiles.Length);
            double expected = trials[0].Divergence * Math.Pow(StepRatio(decision.Name, Percentiles[i]), 2);
            if (request.Outliers == Outliers.Keep && expected > HopelessRatio * DivergenceBudget && i < Percentiles.Length - 1)
            {
                continue;
            }

            trials.Add(Trial(Percentiles[i], Simulate(decision.Name, Percentiles[i])));
            if (request.Outliers == Outliers.Keep && IsHarmless(trials[^1]))
            {
                break;
            }
        }

        report("search percentiles", (index + 1) * Percentiles.Length, count * Percentiles.Length);
        LayerTrial best = request.Outliers == Outliers.Keep
            ? trials.Find(IsHarmless) ?? trials.MinBy(t => t.Divergence)!
            : trials.OrderBy(t => t.Wer).ThenBy(t => t.Divergence).First();
        return decision with { Trials = trials, Percentile = best.Percentile };
    }

    /// <summary>How much smaller a layer's steps are than under MAX; of several operands, the one that gains least.</summary>
    private double StepRatio(string layer, double percentile)
    {
        Dictionary<string, Grid> max = Grids(layer, 100, "").ToDictionary(g => g.Key, g => g.Value, StringComparer.Ordinal);
        return Grids(layer, percentile, "").Select(g => (double)g.Value.Scale / max[g.Key].Scale).DefaultIfEmpty(1).Max();
    }

    private bool IsHarmless(LayerTrial trial) =>
        trial.Divergence <= DivergenceBudget && 100 * (trial.Wer - simulator.Float.WordErrors.Rate) <= request.WerThreshold;

    private static LayerTrial Trial(double percentile, SimulationResult result) =>
        new(percentile, result.WordErrors.Rate, Math.Max(result.Divergence, result.DivergenceElsewhere));

    private SimulationResult Simulate(string layer, double percentile)
    {
        Dictionary<string, Grid> grids = Grids(layer, percentile, "").ToDictionary(g => g.Key, g => g.Value, StringComparer.Ordinal);
        HashSet<string> weights = [.. Products(layer).Where(o => o is not Attention).Select(o => o.Name)];
        return simulator.Run(new QuantizedParts(grids, weights), layer, null);
    }

    private IEnumerable<Operation> Products(string layer) => model.Operations.Where(o => o.Layer == layer && o is Convolution or Linear or Attention);

    private IEnumerable<KeyValuePair<string, Grid>> Grids(string layer, double percentile, string why) => Products(layer)
        .SelectMany(o => o.Inputs)
        .Where(operands.ContainsKey)
        .Distinct()
        .Select(input => KeyValuePair.Create(input, GridOf(input, percentile, why)));

    private Grid GridOf(string operand, double percentile, string why)
    {
        Histogram values = recorded[operand];
        QuantizedType type = operands[operand];
        if (inAttention.Contains(operand))
        {
            return Grid.Covering(type, values, 100, Outliers.Clip, "attention");
        }

        // Step 3. Where nothing is clipped away, the percentile alone decides the resolution.
        return request.Outliers == Outliers.Clip && percentile < 100
            ? GridSearch.LeastSquares(type, values, values.Magnitude(percentile), why) with { Percentile = percentile }
            : Grid.Covering(type, values, percentile, request.Outliers, why);
    }
}

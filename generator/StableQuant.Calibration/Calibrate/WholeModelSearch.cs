using StableQuant.Calibration.Simulate;

namespace StableQuant.Calibration.Calibrate;

/// <summary>
/// The last step of the search. While the whole loses more than the budget, the layer that diverges most gets the next finer grid; where
/// the whole does no better with it, it keeps the coarser one for good. Where no grid is left to try, and a person allows it, the layer
/// that diverges most is left in float.
/// </summary>
internal sealed class WholeModelSearch(LayerTrials trials, Simulator simulator, CalibrationRequest request, CalibrationLog log)
{
    /// <summary>Runs the step; it changes the decisions.</summary>
    public void Run(List<CalibratedLayer> layers)
    {
        log.Begin("whole model");
        log.Report(0, 1 + request.Budget);
        SimulationResult whole = trials.Whole(simulator, layers);
        var settled = new HashSet<string>(StringComparer.Ordinal);
        for (int pass = 1; pass <= request.Budget && Misses(whole); pass++)
        {
            if (Worst(layers, layer => !settled.Contains(layer.Name) && LayerTrials.Finer(layer.Percentile, request.Fidelity) is not null) is { } worst)
            {
                CalibratedLayer before = layers[worst];
                layers[worst] = WithFinerGrid(before);
                SimulationResult now = trials.Whole(simulator, layers);
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
                whole = trials.Whole(simulator, layers);
            }
            else
            {
                break;
            }

            log.Report(1 + pass, 1 + request.Budget);
        }

        log.Report(1 + request.Budget, 1 + request.Budget);
    }

    /// <summary>Of the int8 layers that are eligible, the place of the one that diverges most as it is.</summary>
    private static int? Worst(List<CalibratedLayer> layers, Func<CalibratedLayer, bool> isEligible) => Enumerable.Range(0, layers.Count)
        .Where(i => !layers[i].IsFloat && isEligible(layers[i]))
        .OrderByDescending(i => layers[i].Trials.First(t => t.Percentile == layers[i].Percentile).Divergence)
        .Cast<int?>()
        .FirstOrDefault();

    private CalibratedLayer WithFinerGrid(CalibratedLayer layer)
    {
        double finer = LayerTrials.Finer(layer.Percentile, request.Fidelity)!.Value;
        LayerTrial? known = layer.Trials.FirstOrDefault(t => t.Percentile == finer);
        return layer with
        {
            Selected = true,
            Why = layer.Selected ? layer.Why : "whole model",
            Percentile = finer,
            Trials = known is null ? [.. layer.Trials, trials.Try(simulator, layer.Name, finer)] : layer.Trials,
        };
    }

    private bool Misses(SimulationResult whole) => 100 * (whole.WordErrors.Rate - simulator.Float.WordErrors.Rate) > request.WerBudget;
}

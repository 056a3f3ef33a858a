using StableQuant.Calibration.Evaluate;

namespace StableQuant.Calibration.Simulate;

/// <summary>How a simulated model does on the search's speech.</summary>
/// <param name="Words">Errors of each original utterance, by the model's measure.</param>
/// <param name="Divergence">Divergence of the outputs from the float model's, a frame, on the originals (<see cref="Evaluate.Measures.Measure"/>).</param>
/// <param name="DivergenceElsewhere">The same on the utterances heard again in another room.</param>
/// <param name="SignalToNoise">
/// Of the products asked for, the lowest ratio of signal to the noise of its own rounding, in dB over all speech; infinite for none.
/// </param>
internal sealed record SimulationResult(IReadOnlyList<ErrorRate> Words, double Divergence, double DivergenceElsewhere, double SignalToNoise)
{
    /// <summary>Errors of all original utterances together.</summary>
    public ErrorRate WordErrors { get; } = Words.Aggregate(default(ErrorRate), (sum, errors) => sum + errors);

    /// <summary>The larger of the two divergences.</summary>
    public double MaxDivergence => Math.Max(Divergence, DivergenceElsewhere);
}

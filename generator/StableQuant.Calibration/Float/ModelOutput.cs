namespace StableQuant.Calibration.Float;

/// <summary>What the file of a float model makes of its logits before they come out. The imported model ends with the logits in any case.</summary>
public enum ModelOutput
{
    /// <summary>Nothing.</summary>
    Logits,

    /// <summary>Logarithms of probabilities.</summary>
    LogProbabilities,

    /// <summary>Probabilities.</summary>
    Probabilities,
}

namespace StableQuant.Calibration.Calibrate;

/// <summary>How far a step of calibration has come.</summary>
/// <param name="Step">What is being done, for people.</param>
/// <param name="Done">Units done.</param>
/// <param name="Total">Units of the step.</param>
public readonly record struct CalibrationProgress(string Step, int Done, int Total)
{
    /// <summary>The share of all steps together that is done, 0 to 1, by an estimate of what each costs.</summary>
    public double Overall { get; init; }
}

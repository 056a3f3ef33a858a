namespace StableQuant.Calibration;

/// <summary>How far a pass over speech has come.</summary>
/// <param name="Done">Utterances that are done.</param>
/// <param name="Total">Utterances of the data set.</param>
public readonly record struct EvaluationProgress(int Done, int Total);

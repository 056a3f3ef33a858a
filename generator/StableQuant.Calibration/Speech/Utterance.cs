namespace StableQuant.Calibration.Speech;

/// <summary>One recording of a data set.</summary>
/// <param name="Id">What the data set calls it: unique within the set, the same on every machine.</param>
/// <param name="AudioPath">The audio file.</param>
/// <param name="Transcript">What was said; null where the data set does not tell.</param>
public sealed record Utterance(string Id, string AudioPath, string? Transcript);

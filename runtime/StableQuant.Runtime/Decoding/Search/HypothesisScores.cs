namespace StableQuant.Decoding.Search;

/// <summary>The scores of a hypothesis.</summary>
/// <param name="LogProbability">As <see cref="Hypothesis.LogProbability"/>.</param>
/// <param name="Score">As <see cref="Hypothesis.Score"/>.</param>
/// <param name="Confidence">As <see cref="Hypothesis.Confidence"/>.</param>
/// <param name="LogLikelihoodRatio">As <see cref="Hypothesis.LogLikelihoodRatio"/>.</param>
public readonly record struct HypothesisScores(double LogProbability, double Score, double Confidence, double LogLikelihoodRatio);

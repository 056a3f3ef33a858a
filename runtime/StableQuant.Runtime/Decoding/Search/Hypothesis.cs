namespace StableQuant.Decoding.Search;

/// <summary>A text that may have been said.</summary>
public sealed class Hypothesis
{
    internal Hypothesis(string text, CtcToken[] tokens, HypothesisScores scores)
    {
        Text = text;
        Tokens = tokens;
        LogProbability = scores.LogProbability;
        Score = scores.Score;
        Confidence = scores.Confidence;
        LogLikelihoodRatio = scores.LogLikelihoodRatio;
    }

    /// <summary>The text: no space at its start or end, never two in a row.</summary>
    public string Text { get; }

    /// <summary>The tokens of the most probable path that makes this text, with their frames.</summary>
    public IReadOnlyList<CtcToken> Tokens { get; }

    /// <summary>Natural logarithm of the probability that the speech model gives the text: the sum over all its paths that the beam kept.</summary>
    public double LogProbability { get; }

    /// <summary>What hypotheses are ranked by: <see cref="LogProbability"/> and what language model and hotwords add.</summary>
    public double Score { get; }

    /// <summary>The share of this hypothesis in the exponentials of the scores of all that the beam ended with, 0 … 1.</summary>
    public double Confidence { get; }

    /// <summary>
    /// The log-probability of its best path less that of the best path of all, restricted by nothing, a frame: 0 where they are the same, else
    /// negative. With a grammar: the lower, the less what was said is one of its sentences.
    /// </summary>
    public double LogLikelihoodRatio { get; }
}

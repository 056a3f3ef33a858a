namespace StableQuant.Decoding.Search;

/// <summary>The log-probabilities of one frame, and the tokens that are worth trying in it.</summary>
/// <param name="width">Tokens of the vocabulary.</param>
/// <param name="blank">The blank.</param>
/// <param name="allowed">Which tokens may be found.</param>
/// <param name="threshold">The least log-probability of a token that is tried.</param>
internal sealed class FrameScores(int width, int blank, bool[] allowed, double threshold)
{
    /// <summary>The most tokens that are tried in a frame with a threshold. Where more reach it, those of more than this share of the probability are.</summary>
    public const int MaxActive = 512;

    private static readonly double LogOfShare = LogMath.Log(1.0 / MaxActive);

    private readonly double[] scores = new double[width];
    private readonly int[] active = new int[width];
    private int activeCount;

    /// <summary>Natural logarithms of the tokens' probabilities.</summary>
    public ReadOnlySpan<double> Scores => scores;

    /// <summary>The tokens to try, in ascending order; never the blank.</summary>
    public ReadOnlySpan<int> Active => active.AsSpan(0, activeCount);

    /// <summary>The largest of <see cref="Scores"/>, whether the token is allowed or not.</summary>
    public double Best { get; private set; }

    /// <summary>Takes a frame: log-softmax over all tokens. NaN counts as −∞; a row without any number says nothing, and all tokens are equal.</summary>
    public void Take(ReadOnlySpan<float> row)
    {
        double max = double.NegativeInfinity;
        foreach (float logit in row)
        {
            max = logit > max ? Math.Min(logit, float.MaxValue) : max;
        }

        double sum = 0;
        for (int i = 0; i < row.Length; i++)
        {
            double logit = max == double.NegativeInfinity ? 0 : row[i] > float.NegativeInfinity ? Math.Min(row[i], float.MaxValue) - max : double.NegativeInfinity;
            scores[i] = logit;
            sum += LogMath.Exp(logit);
        }

        double logarithm = LogMath.Log(sum);
        Best = -logarithm;
        foreach (ref double score in scores.AsSpan())
        {
            score -= logarithm;
        }

        Collect(threshold);
        if (activeCount > MaxActive && threshold > double.NegativeInfinity)
        {
            Collect(LogOfShare);
        }
    }

    private void Collect(double least)
    {
        activeCount = 0;
        for (int i = 0; i < scores.Length; i++)
        {
            if (i != blank && allowed[i] && scores[i] >= least && scores[i] > double.NegativeInfinity)
            {
                active[activeCount++] = i;
            }
        }
    }
}

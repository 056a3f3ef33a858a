namespace StableQuant.Calibration.Evaluate;

/// <summary>
/// How much a figure could have differed with other utterances: a bootstrap over utterances, 1000 resamples, the same on every run. As many utterances as there
/// are are drawn with replacement, and the interval holds the middle 95 % of what the figure is of them.
/// </summary>
public static class Bootstrap
{
    private const int Resamples = 1000;

    /// <summary>The interval that holds the difference of two models' error rates with 95 % confidence, as fractions.</summary>
    /// <param name="before">Errors of each utterance by one model.</param>
    /// <param name="after">Errors of the same utterances by the other.</param>
    public static (double Low, double High) DifferenceInterval(IReadOnlyList<ErrorRate> before, IReadOnlyList<ErrorRate> after)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        return Interval(before.Count, drawn => Rate(after, drawn) - Rate(before, drawn));
    }

    /// <summary>The interval that holds a figure with 95 % confidence.</summary>
    /// <param name="utterances">How many utterances there are; 0 or more.</param>
    /// <param name="figure">The figure of some of them, by their places from 0; a place may come several times.</param>
    public static (double Low, double High) Interval(int utterances, Func<int[], double> figure)
    {
        ArgumentNullException.ThrowIfNull(figure);
        var random = new Random(1);
        var figures = new double[Resamples];
        var drawn = new int[utterances];
        for (int i = 0; i < Resamples; i++)
        {
            for (int n = 0; n < utterances; n++)
            {
                drawn[n] = random.Next(utterances);
            }

            figures[i] = figure(drawn);
        }

        Array.Sort(figures);
        return (figures[(int)(0.025 * Resamples)], figures[(int)(0.975 * Resamples) - 1]);
    }

    /// <summary>The error rate of some utterances together.</summary>
    /// <param name="errors">Errors of each utterance.</param>
    /// <param name="drawn">Places of those that count.</param>
    internal static double Rate(IReadOnlyList<ErrorRate> errors, int[] drawn)
    {
        ErrorRate sum = default;
        foreach (int utterance in drawn)
        {
            sum += errors[utterance];
        }

        return sum.Rate;
    }
}

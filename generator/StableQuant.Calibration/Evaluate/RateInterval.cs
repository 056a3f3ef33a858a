namespace StableQuant.Calibration.Evaluate;

/// <summary>A rate, or a change of one, and its 95 % interval (<see cref="Bootstrap"/>); fractions.</summary>
/// <param name="Value">The rate.</param>
/// <param name="Low">Lower end.</param>
/// <param name="High">Upper end.</param>
public readonly record struct RateInterval(double Value, double Low, double High)
{
    /// <summary>A figure of a data set's utterances.</summary>
    /// <param name="utterances">How many there are.</param>
    /// <param name="figure">See <see cref="Bootstrap.Interval"/>.</param>
    public static RateInterval Of(int utterances, Func<int[], double> figure)
    {
        ArgumentNullException.ThrowIfNull(figure);
        (double low, double high) = Bootstrap.Interval(utterances, figure);
        return new RateInterval(figure([.. Enumerable.Range(0, utterances)]), low, high);
    }
}

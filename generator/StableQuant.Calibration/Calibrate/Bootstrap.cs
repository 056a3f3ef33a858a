using StableQuant.Calibration.Evaluate;

namespace StableQuant.Calibration.Calibrate;

/// <summary>How much an error rate could have differed with other utterances: a bootstrap over utterances, 1000 resamples, the same on every run.</summary>
public static class Bootstrap
{
    private const int Resamples = 1000;

    /// <summary>The interval that holds a model's error rate with 95 % confidence, as fractions.</summary>
    /// <param name="errors">Errors of each utterance.</param>
    public static (double Low, double High) RateInterval(IReadOnlyList<ErrorRate> errors)
    {
        ArgumentNullException.ThrowIfNull(errors);
        return Interval(errors.Count, utterance => (errors[utterance].Errors, errors[utterance].Length));
    }

    /// <summary>The interval that holds the difference of two models' error rates with 95 % confidence, as fractions.</summary>
    /// <param name="before">Errors of each utterance by one model.</param>
    /// <param name="after">Errors of the same utterances by the other.</param>
    public static (double Low, double High) DifferenceInterval(IReadOnlyList<ErrorRate> before, IReadOnlyList<ErrorRate> after)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        return Interval(before.Count, utterance => (after[utterance].Errors - before[utterance].Errors, before[utterance].Length));
    }

    private static (double Low, double High) Interval(int utterances, Func<int, (int Errors, int Length)> of)
    {
        var random = new Random(1);
        var rates = new double[Resamples];
        for (int i = 0; i < Resamples; i++)
        {
            long errors = 0;
            long words = 0;
            for (int n = 0; n < utterances; n++)
            {
                (int some, int length) = of(random.Next(utterances));
                errors += some;
                words += length;
            }

            rates[i] = words == 0 ? 0 : (double)errors / words;
        }

        Array.Sort(rates);
        return (rates[(int)(0.025 * Resamples)], rates[(int)(0.975 * Resamples) - 1]);
    }
}

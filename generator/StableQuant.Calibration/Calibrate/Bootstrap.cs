using StableQuant.Calibration.Evaluate;

namespace StableQuant.Calibration.Calibrate;

/// <summary>How much a word error rate could have differed with other utterances: a bootstrap over utterances.</summary>
public static class Bootstrap
{
    private const int Resamples = 1000;

    /// <summary>The interval that holds the difference of two models' word error rates with 95 % confidence, as fractions.</summary>
    /// <param name="before">Word errors of each utterance by one model.</param>
    /// <param name="after">Word errors of the same utterances by the other.</param>
    public static (double Low, double High) DifferenceInterval(IReadOnlyList<ErrorRate> before, IReadOnlyList<ErrorRate> after)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        var random = new Random(1);
        var differences = new double[Resamples];
        for (int i = 0; i < Resamples; i++)
        {
            long errors = 0;
            long words = 0;
            for (int n = 0; n < before.Count; n++)
            {
                int utterance = random.Next(before.Count);
                errors += after[utterance].Errors - before[utterance].Errors;
                words += before[utterance].Length;
            }

            differences[i] = words == 0 ? 0 : (double)errors / words;
        }

        Array.Sort(differences);
        return (differences[(int)(0.025 * Resamples)], differences[(int)(0.975 * Resamples) - 1]);
    }
}

using StableQuant.Graph;

namespace StableQuant.Calibration.Calibrate;

/// <summary>Whether a quantized model is as good as its float model on the speech that was measured last: the holdout, where there is one.</summary>
/// <param name="Outcome">The answer.</param>
/// <param name="IsHeldBack">Whether calibration did not see the speech; on speech that it saw the answer flatters.</param>
/// <param name="Change">Change of the error rate, a fraction.</param>
/// <param name="Low">Lower end of its 95 % interval (<see cref="Evaluate.Bootstrap"/>), a fraction.</param>
/// <param name="High">Upper end.</param>
/// <param name="Margin">The rise that is put up with, a fraction.</param>
public sealed record Verdict(VerdictOutcome Outcome, bool IsHeldBack, double Change, double Low, double High, double Margin)
{
    // Where nothing goes wrong in 300 words, one in a hundred may all the same, with 95 % confidence (3 / n, the rule of three).
    private const int MinWords = 300;

    /// <summary>Judges a calibration.</summary>
    /// <param name="result">What came of it.</param>
    /// <param name="margin">The rise of the word error rate that is put up with, in points.</param>
    public static Verdict Of(CalibrationResult result, double margin)
    {
        ArgumentNullException.ThrowIfNull(result);
        MeasuredSet set = result.Sets[^1];
        (double low, double high) = set.ChangeInterval();
        VerdictOutcome outcome = set.Measurement is { Kind: MeasureKind.Words or MeasureKind.Labels, Words: < MinWords } ? VerdictOutcome.Undecided : 100 * high <= margin ? VerdictOutcome.AsGood : low > 0 ? VerdictOutcome.Worse : VerdictOutcome.Undecided;
        return new Verdict(outcome, set.Measurement.Role == "holdout", set.Quantized.Wer - set.Float.Wer, low, high, margin / 100);
    }
}

/// <summary>How a quantized model compares with its float model.</summary>
public enum VerdictOutcome
{
    /// <summary>The whole interval of the change lies within the margin.</summary>
    AsGood,

    /// <summary>The whole interval lies above zero, and not all of it within the margin.</summary>
    Worse,

    /// <summary>The interval holds both zero and more than the margin: the speech is too little to tell. So are fewer than 300 words.</summary>
    Undecided,
}

using StableQuant.Calibration.Calibrate;
using StableQuant.Calibration.Evaluate;
using StableQuant.Calibration.Speech;
using StableQuant.Graph;

namespace StableQuant.Calibration.Tests.Calibrate;

/// <summary>Whether int8 is as good as float: by the interval of the change, and never on a few words.</summary>
public sealed class VerdictTests
{
    [Theory]
    [InlineData(100, 0, 0, VerdictOutcome.AsGood)]
    [InlineData(29, 0, 0, VerdictOutcome.Undecided)] // 290 words
    [InlineData(30, 0, 0, VerdictOutcome.AsGood)] // 300 words
    [InlineData(100, 100, 0, VerdictOutcome.Worse)]
    [InlineData(100, 0, 100, VerdictOutcome.AsGood)] // better, even
    [InlineData(100, 3, 3, VerdictOutcome.Undecided)] // ± 0.5 points, about
    [InlineData(5000, 10, 10, VerdictOutcome.AsGood)] // ± 0.02 points, about
    public void The_interval_of_the_change_decides(int utterances, int worse, int better, VerdictOutcome outcome)
    {
        var verdict = Verdict.Of(Result(utterances, worse, better, "holdout"), margin: 0.3);
        verdict.Outcome.ShouldBe(outcome);
        verdict.Change.ShouldBe((worse - better) / (10.0 * utterances), 1e-12);
        verdict.Low.ShouldBeLessThanOrEqualTo(verdict.Change);
        verdict.High.ShouldBeGreaterThanOrEqualTo(verdict.Change);
        verdict.IsHeldBack.ShouldBeTrue();
    }

    [Fact]
    public void Speech_that_calibration_saw_is_said_to_be_so() =>
        Verdict.Of(Result(100, 0, 0, "calibration"), margin: 0.3).IsHeldBack.ShouldBeFalse();

    /// <summary>Utterances of ten words; float has one error in each, int8 one more in the first ones and one fewer in the last.</summary>
    private static CalibrationResult Result(int utterances, int worse, int better, string role)
    {
        static EvaluationResult Heard(int utterances, Func<int, int> errors) => new([.. Enumerable.Range(0, utterances).Select(i =>
            new UtteranceResult(new Utterance($"{i}", "", ""), new Transcript("", 1, 1), new ErrorRate(errors(i), 0, 0, 10), default))]);
        EvaluationResult before = Heard(utterances, _ => 1);
        EvaluationResult after = Heard(utterances, i => i < worse ? 2 : i >= utterances - better ? 0 : 1);
        var set = MeasuredSet.Of(role, "speech", "", before, after);
        return new CalibrationResult([set], null, [], [], [], [], new Receipt("test", new([]), new([]), new([])), 1, 1, "", "");
    }
}

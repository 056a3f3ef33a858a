using StableQuant.Calibration.Evaluate;
using StableQuant.Calibration.Evaluate.Measures;
using StableQuant.Graph;

namespace StableQuant.Calibration.Tests.Evaluate.Measures;

public class MeasureTests
{
    private static readonly EquatableArray<string> Labels = new(["yes", "no", "up"]);

    [Fact]
    public void A_label_is_right_or_wrong()
    {
        var measure = Measure.Of(new Classes(Labels, PerFrame: false, Exclusive: true), 3);
        measure.Answer([1, 3, 2]).ShouldBe("no");
        measure.Errors(" NO ", "no").ShouldBe(new ErrorRate(0, 0, 0, 1));
        measure.Errors("yes", "no").ShouldBe(new ErrorRate(1, 0, 0, 1));
        measure.TakesTranscripts.ShouldBeTrue();

        // ln 2 more for one of three equal ones: probabilities 1/3 each against 1/2, 1/4, 1/4.
        measure.Divergence([0, 0, 0], [MathF.Log(2), 0, 0]).ShouldBe(Math.Log(4.0 / 3) - (Math.Log(2) / 3), 1e-6);
        measure.Divergence([0, 0, 0], [5, 5, 5]).ShouldBe(0, 1e-6);
    }

    [Fact]
    public void Transcripts_that_are_no_labels_are_refused_with_the_labels_that_there_are()
    {
        var measure = Measure.Of(new Classes(Labels, PerFrame: false, Exclusive: true), 3);
        Should.Throw<StableQuantException>(() => measure.Check("speech", ["call laura", "call home"])).Message.ShouldContain("speech: no transcript is a label of the model; its labels are yes, no, up.");
        Should.NotThrow(() => measure.Check("speech", ["Yes", "call home"]));
    }

    [Fact]
    public void Frames_are_counted_one_by_one()
    {
        var exclusive = Measure.Of(new Classes(Labels, PerFrame: true, Exclusive: true), 3);
        string answer = exclusive.Answer([1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1]);
        answer.ShouldBe("0 1 2 2");
        exclusive.Errors(answer, "0 1 1 2").ShouldBe(new ErrorRate(1, 0, 0, 4));
        exclusive.TakesTranscripts.ShouldBeFalse();

        // Of classes by themselves all whose probability is above a half.
        var independent = Measure.Of(new Classes(Labels, PerFrame: true, Exclusive: false), 3);
        independent.Answer([1, -1, 1, -1, -1, -1]).ShouldBe("0+2 -");
        independent.Divergence([0, 0, 0], [MathF.Log(3), 0, 0]).ShouldBe(0.5 * Math.Log(0.5 / 0.75) + 0.5 * Math.Log(0.5 / 0.25), 1e-6);
    }

    [Fact]
    public void Embeddings_are_as_wrong_as_they_are_far()
    {
        var measure = Measure.Of(new Embedding(), 2);

        // Of two frames the mean.
        string answer = measure.Answer([2, 0, 4, 8]);
        answer.ShouldBe("3 4");
        measure.Errors("1 0", answer).Rate.ShouldBe(0.4);
        ErrorRate sum = measure.Errors("1 0", answer) + measure.Errors(answer, answer);
        sum.Rate.ShouldBe(0.2);
        measure.Items(sum).ShouldBe(2);
        measure.Divergence([1, 0, 0, 1], [3, 4, 0, 2]).ShouldBe(0.4, 1e-12);
    }
}

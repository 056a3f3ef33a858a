using StableQuant.Calibration.Calibrate;
using StableQuant.Calibration.Evaluate;
using StableQuant.Calibration.Evaluate.Measures;
using StableQuant.Calibration.Speech;
using StableQuant.Graph;

namespace StableQuant.Calibration.Tests.Evaluate;

public sealed class ErrorFigureTests
{
    // 200 utterances of four words, two of which are its own. Float hears one of them wrong in the first; int8 hears all right, but nothing at all in the last.
    [Fact]
    public void Figures_are_counted_as_they_say()
    {
        MeasuredFigure[] figures = [.. Set(200, Said, i => i == 0 ? $"{Word(0)} oops common words" : Said(i), i => i == 199 ? "" : Said(i)).Measurement.Figures];
        figures.Select(f => f.Name).ShouldBe(["wer", "rare-wer", "worst-wer", "differing", "worst-differing"]);

        // One word of 800 wrong, and four. Each utterance's own word is rare, and said twice: 400 words. The worst two utterances have 8 words. Float's 800 words:
        // int8 has another in the first and none in the last.
        figures.Select(f => (f.Float, f.Quantized)).ShouldBe([(1 / 800.0, 4 / 800.0), (1 / 400.0, 2 / 400.0), (1 / 8.0, 4 / 8.0), (null, 5 / 800.0), (null, 5 / 8.0)]);

        // By a program of its own in another language, which draws as System.Random does from seed 1.
        figures.Select(f => (Math.Round(f.Low, 9), Math.Round(f.High, 9))).ShouldBe([(-0.00375, 0.015), (-0.0075, 0.015), (-0.25, 1), (0, 0.0175), (0, 1)]);
    }

    // Errors and lengths by arithmetic. All numbers are by a program of its own in another language, which sorts each draw by itself; the worst hundredth
    // of 130 are two, that of 60 is one.
    [Theory]
    [InlineData(130, 18 / 650.0, 33 / 650.0, 0.006369426751592359, 0.04231974921630094, 8 / 14.0, 8 / 12.0, 0, 0.29166666666666663)]
    [InlineData(60, 9 / 300.0, 16 / 300.0, 0, 0.05315614617940199, 2 / 3.0, 2 / 3.0, 0, 1 / 3.0)]
    public void Intervals_are_those_of_the_drawn_utterances(int count, double before, double after, double low, double high, double worstBefore, double worstAfter, double worstLow, double worstHigh)
    {
        static int Float(int i) => i * 7 % 11 == 0 ? 1 + i % 2 : 0;
        static int Int8(int i) => Float(i) + (i % 17 == 3 ? 2 : 0) - (i % 13 == 0 && Float(i) > 0 ? 1 : 0);
        EvaluationResult Heard(Func<int, int> errors) => new([.. Enumerable.Range(0, count).Select(i => new UtteranceResult(
            new Utterance($"{i}", "", "the same"), new Transcript("the same", 1, 0), new ErrorRate(errors(i), 0, 0, 3 + i % 5), default))]);
        MeasuredFigure[] figures = [.. MeasuredSet.Of("holdout", "made up", "", Heard(Float), Heard(Int8)).Measurement.Figures];
        figures.Select(f => f.Name).ShouldBe(["wer", "worst-wer", "differing", "worst-differing"], "no word is rare that each utterance has");
        ShouldBe(figures[0], before, after, low, high);
        ShouldBe(figures[1], worstBefore, worstAfter, worstLow, worstHigh);
        figures[2..].ShouldAllBe(f => f.Quantized == 0 && f.Low == 0 && f.High == 0);
    }

    [Fact]
    public void One_utterance_is_the_worst_of_itself_and_nothing_is_drawn_but_it()
    {
        MeasuredFigure[] figures = [.. Set(1, Said, Said, _ => $"{Word(0)} common words").Measurement.Figures];
        figures.Select(f => f.Quantized).ShouldBe([0.25, 0.25, 0.25, 0.25, 0.25], "one of four words, all of which are rare in so little");
        figures.ShouldAllBe(f => f.Low == 0.25 && f.High == 0.25);
    }

    [Fact]
    public void Words_that_were_heard_where_none_were_said_are_errors_in_every_draw()
    {
        MeasuredFigure[] figures = [.. Set(3, _ => "", _ => "", _ => "noise").Measurement.Figures];
        figures.ShouldBe([new("wer", 0, 1, 1, 1), new("worst-wer", 0, 1, 1, 1), new("differing", null, 1, 1, 1), new("worst-differing", null, 1, 1, 1)]);
        Set(0, Said, Said, Said).Measurement.Figures.ShouldAllBe(f => f.Quantized == 0 && f.Low == 0 && f.High == 0);
    }

    [Fact]
    public void Models_that_hear_the_same_differ_in_nothing_and_surely() =>
        Set(200, Said, i => "wrong", i => "wrong").Measurement.Figures.ShouldAllBe(f => f.Low == 0 && f.High == 0 && f.Quantized == (f.Float ?? 0));

    [Fact]
    public void Of_equally_bad_utterances_the_longer_are_worse_and_a_rare_word_comes_five_times_at_most()
    {
        // 101 utterances: two are the worst. Both models miss everything in three of them, of 1, 2 and 6 words.
        string Text(int i) => i switch { 7 => "one", 50 => "one two", 90 => "one two three four five six", _ => i < 8 ? "seven" : "eight" };
        MeasuredFigure[] figures = [.. Set(101, Text, Text, i => i is 7 or 50 or 90 ? "x x" : Text(i)).Measurement.Figures];
        MeasuredFigure worst = figures.Single(f => f.Name == "worst-wer");
        // Rates: "one" against "x x" is 2 of 1, the other two are all wrong: of these the longer.
        worst.Quantized.ShouldBe((2 + 6) / 7.0, 1e-12);

        // ONE three times, TWO twice, THREE to SIX once each are rare; SEVEN is said seven times.
        figures.Single(f => f.Name == "rare-wer").Quantized.ShouldBe(1.0);
        Set(5, _ => "five", _ => "five", _ => "").Measurement.Figures.Single(f => f.Name == "rare-wer").Quantized.ShouldBe(1);
        Set(6, _ => "six", _ => "six", _ => "").Measurement.Figures.ShouldNotContain(f => f.Name == "rare-wer");
    }

    [Fact]
    public void Models_without_words_have_the_figures_that_mean_something()
    {
        string[] Names(Measure measure, string answer)
        {
            EvaluationResult heard = new([new UtteranceResult(new Utterance("a", "", answer), new Transcript(answer, 1, 0), measure.Errors(answer, answer), default)]) { Measure = measure };
            return [.. MeasuredSet.Of("holdout", "made up", "", heard, heard).Measurement.Figures.Select(f => f.Name)];
        }

        var labels = new EquatableArray<string>(["a", "b"]);
        Names(Measure.Of(new Classes(labels, PerFrame: false, Exclusive: true), 2), "a").ShouldBe(["error", "differing"], "a label is right or wrong: the worst hundredth of them would be 0 or 100 %");
        Names(Measure.Of(new Classes(labels, PerFrame: true, Exclusive: true), 2), "0 1 1").ShouldBe(["error", "worst-error", "differing", "worst-differing"]);
        Names(Measure.Of(new Embedding(), 2), "0.5 1").ShouldBe(["error", "worst-error", "differing", "worst-differing"]);
    }

    [Theory]
    [InlineData("wer", MeasureKind.Words, "word error rate")]
    [InlineData("worst-wer", MeasureKind.Words, "word error rate, worst 1 % of the utterances")]
    [InlineData("worst-error", MeasureKind.Embeddings, "cosine distance, worst 1 % of the utterances")]
    [InlineData("differing", MeasureKind.Labels, "labels that differ from float's")]
    [InlineData("worst-differing", MeasureKind.Words, "words that differ from float's, worst 1 % of the utterances")]
    [InlineData("rare-wer", MeasureKind.Words, "errors of rare words, at most 5 times in the transcripts")]
    public void A_figure_has_words(string name, MeasureKind kind, string words) => ErrorFigure.Words(name, kind).ShouldBe(words);

    private static void ShouldBe(MeasuredFigure figure, double before, double after, double low, double high)
    {
        figure.Float!.Value.ShouldBe(before, 1e-12);
        figure.Quantized.ShouldBe(after, 1e-12);
        figure.Low.ShouldBe(low, 1e-12);
        figure.High.ShouldBe(high, 1e-12);
    }

    private static string Word(int i) => $"k{(char)('a' + i / 26)}{(char)('a' + i % 26)}";

    private static string Said(int i) => $"{Word(i)} {Word(i)} common words";

    private static MeasuredSet Set(int count, Func<int, string> said, Func<int, string> floats, Func<int, string> int8)
    {
        EvaluationResult Heard(Func<int, string> text) => new([.. Enumerable.Range(0, count).Select(i => new UtteranceResult(
            new Utterance($"{i}", $"{i}.wav", said(i)), new Transcript(text(i), 1, 0), ErrorRate.OfWords(said(i), text(i)), default))]);
        return MeasuredSet.Of("holdout", "made up", new string('a', 64), Heard(floats), Heard(int8));
    }
}

using StableQuant.Calibration.Evaluate;
using StableQuant.Calibration.Prove;
using StableQuant.Calibration.Speech;

namespace StableQuant.Calibration.Tests.Evaluate;

public sealed class RareWordsTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    // The transcripts: CALL THE OFFICE / CALL THE ZOO / THE END. Once: OFFICE, ZOO, END; at most twice: CALL, too; at most thrice: all.
    [InlineData(1, "CALL THE OFFICE", 0, 0, 0, 1)]
    [InlineData(1, "CALL A OFFICE", 0, 0, 0, 1)] // THE is no rare word
    [InlineData(1, "CALL THE OFFER", 1, 0, 0, 1)]
    [InlineData(1, "CALL THE", 0, 0, 1, 1)]
    [InlineData(1, "CALL THE OFFICE ZOO", 0, 1, 0, 1)] // a rare word that nobody said
    [InlineData(1, "CALL THE THE OFFICE", 0, 0, 0, 1)]
    [InlineData(2, "TALL THE OFFICE", 1, 0, 0, 2)]
    [InlineData(3, "", 0, 0, 3, 3)]
    public void Errors_of_words_that_come_a_few_times(int limit, string heard, int substitutions, int insertions, int deletions, int length)
    {
        var rare = new RareWords(Data().Utterances, limit);
        var utterance = new UtteranceResult(new Utterance("a", "", "Call the office!"), new Transcript(heard, 1, 1), default, default);
        rare.Errors(utterance).ShouldBe(new ErrorRate(substitutions, insertions, deletions, length));
    }

    [Fact]
    public void The_interval_of_a_rate_is_that_of_the_binomial_distribution_where_utterances_are_single_words()
    {
        static (double Low, double High) Interval(params ErrorRate[] errors) => Bootstrap.Interval(errors.Length, drawn => Bootstrap.Rate(errors, drawn));
        (double low, double high) = Interval([.. Enumerable.Range(0, 1000).Select(i => new ErrorRate(i % 10 == 0 ? 1 : 0, 0, 0, 1))]);
        double half = 1.96 * Math.Sqrt(0.1 * 0.9 / 1000);
        low.ShouldBe(0.1 - half, 0.003);
        high.ShouldBe(0.1 + half, 0.003);
        Interval(new ErrorRate(1, 0, 0, 4), new ErrorRate(1, 0, 0, 4)).ShouldBe((0.25, 0.25));
        Interval(default(ErrorRate)).ShouldBe((0, 0), "no words, no errors");
        Interval().ShouldBe((0, 0), "nothing was heard");
    }

    [Fact]
    public void A_card_s_Markdown_is_one_table_row_whatever_names_hold()
    {
        string text = MarkdownCard.Render(Prove.Cards.Sample("a|b*<i>\u001b\n.onnx"));
        text.ShouldContain("# a\\|b\\*\\<i\\>\uFFFD\uFFFD.onnx in int8");
        text.ShouldContain("| float | 3.40 (3.10 … 3.80) | 1.00 (0.90 … 1.10) | 12.50 (10.00 … 15.00) | 377.6 | 0.2000 |");
        text.ShouldContain("| change, points | +0.10 (-0.05 … +0.20) |");
        ModelCard card = Prove.Cards.Sample("x.onnx");
        MarkdownCard.Render(card with { RareWords = 0, Change = card.Change with { RareWer = null } }).ShouldContain("| change, points | +0.10 (-0.05 … +0.20) | +0.01 (-0.02 … +0.03) | – |");
        text.ShouldContain("| 0.26 × | 4.0 × as fast |");
        text.Split('\n').Where(line => line.StartsWith('|')).ShouldAllBe(line => line.EndsWith('|'));
    }

    private SpeechDataset Data()
    {
        string Wav(string name) => folder.WriteWav(name, new short[400]);
        return SpeechDataset.Load(folder.Write("data.tsv", $"{Wav("a.wav")}\tCall the office!\n{Wav("b.wav")}\tcall the zoo\n{Wav("c.wav")}\tthe end\n"));
    }
}

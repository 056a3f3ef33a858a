using StableQuant.Calibration.Evaluate;

namespace StableQuant.Calibration.Tests.Evaluate;

public sealed class WordAlignmentTests
{
    // Columns are parted by spaces, the words of one by slashes; – is no word.
    [Theory]
    [InlineData("one two", "one two", "one two", "ONE/ONE/ONE TWO/TWO/TWO")]
    [InlineData("one two three", "one three", "one too three", "ONE/ONE/ONE TWO/–/TOO THREE/THREE/THREE")]
    [InlineData("call laura", "call a laura", "call laura", "CALL/CALL/CALL –/A/– LAURA/LAURA/LAURA")]
    [InlineData("four", "for for", "four", "–/FOR/– FOUR/FOR/FOUR")]
    [InlineData("x", "a b x", "b x", "–/A/– –/B/B X/X/X")]
    [InlineData("x", "a x", "b x", "–/A/B X/X/X")]
    [InlineData("", "a", "", "–/A/–")]
    [InlineData("a b", "", "b", "A/–/– B/–/B")]
    [InlineData("", "", "", "")]
    [InlineData("Don’t stop-now!", "dont stop now", "DON'T STOP NOW", "DON'T/DONT/DON'T STOP/STOP/STOP NOW/NOW/NOW")]
    public void Words_stand_under_the_words_that_they_stand_for(string reference, string first, string second, string columns) =>
        Text(WordAlignment.Of(reference, first, second)).ShouldBe(columns);

    [Fact]
    public void Ties_are_broken_as_word_error_rates_break_them() =>
        // Two errors either way; counted is the way without a substitution.
        Text(WordAlignment.Of("a b", "b c")).ShouldBe("A/– B/B –/C");

    [Fact]
    public void Every_alignment_has_the_errors_of_its_word_error_rate_and_all_words_in_order()
    {
        var random = new Random(5);
        string Sentence() => string.Join(' ', Enumerable.Range(0, random.Next(8)).Select(_ => "ABCD"[random.Next(4)]));
        for (int n = 0; n < 500; n++)
        {
            string reference = Sentence();
            string[] heard = [Sentence(), Sentence(), Sentence()];
            WordAlignment alignment = WordAlignment.Of(reference, heard);
            string.Join(' ', alignment.Columns.Select(c => c.Reference).OfType<string>()).ShouldBe(reference);
            for (int model = 0; model < heard.Length; model++)
            {
                AlignedWords[] wrong = [.. alignment.Columns.Where(c => c.IsWrong(model))];
                ErrorRate counted = ErrorRate.OfWords(reference, heard[model]);
                wrong.Count(c => c.Reference is null).ShouldBe(counted.Insertions);
                wrong.Count(c => c.Heard[model] is null).ShouldBe(counted.Deletions);
                wrong.Length.ShouldBe(counted.Errors);
                string.Join(' ', alignment.Columns.Select(c => c.Heard[model]).OfType<string>()).ShouldBe(heard[model]);
            }
        }
    }

    private static string Text(WordAlignment alignment) =>
        string.Join(' ', alignment.Columns.Select(c => string.Join('/', c.Heard.Prepend(c.Reference).Select(word => word ?? "–"))));
}

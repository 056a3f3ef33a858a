using StableQuant.Calibration.Evaluate;

namespace StableQuant.Calibration.Tests.Evaluate;

public sealed class ErrorRateTests
{
    // Aligned by hand.
    [Theory]
    [InlineData("turn on the light", "turn on the light", 0, 0, 0, 4)]
    [InlineData("turn on the light", "turn off the light", 1, 0, 0, 4)]
    [InlineData("turn on the light", "turn on light", 0, 0, 1, 4)]
    [InlineData("turn on the light", "please turn on the the light", 0, 2, 0, 4)]
    [InlineData("turn on the light", "", 0, 0, 4, 4)]
    [InlineData("", "hello there", 0, 2, 0, 0)]
    [InlineData("", "", 0, 0, 0, 0)]
    [InlineData("a b c d", "b c d e", 0, 1, 1, 4)]
    [InlineData("one two three", "four five", 2, 0, 1, 3)]
    [InlineData("the cat sat on the mat", "cat sit on on the mat now", 1, 2, 1, 6)]
    public void Words_are_aligned_with_the_fewest_errors(string reference, string hypothesis, int substitutions, int insertions, int deletions, int length) =>
        ErrorRate.OfWords(reference, hypothesis).ShouldBe(new ErrorRate(substitutions, insertions, deletions, length));

    [Theory]
    [InlineData("kitten", "sitting", 2, 1, 0, 6)]
    [InlineData("AN ICE", "A NICE", 0, 1, 1, 6)]
    [InlineData("AB", "A B", 0, 1, 0, 2)]
    [InlineData("😀", "😁", 1, 0, 0, 1)]
    public void Characters_are_aligned_with_the_fewest_errors(string reference, string hypothesis, int substitutions, int insertions, int deletions, int length) =>
        ErrorRate.OfCharacters(reference, hypothesis).ShouldBe(new ErrorRate(substitutions, insertions, deletions, length));

    [Fact]
    public void The_rate_weighs_words_not_utterances()
    {
        ErrorRate sum = ErrorRate.OfWords("one", "two") + ErrorRate.OfWords("one two three four", "one two three four");
        sum.Rate.ShouldBe(0.2);
    }

    [Fact]
    public void Insertions_take_the_rate_beyond_one() => ErrorRate.OfWords("yes", "oh yes of course").Rate.ShouldBe(3.0);

    [Fact]
    public void An_empty_reference_has_the_rate_zero_or_one()
    {
        ErrorRate.OfWords("", "").Rate.ShouldBe(0.0);
        ErrorRate.OfWords("", "noise heard as words").Rate.ShouldBe(1.0);
    }
}

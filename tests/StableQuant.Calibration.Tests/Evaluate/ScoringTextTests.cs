using StableQuant.Calibration.Evaluate;

namespace StableQuant.Calibration.Tests.Evaluate;

public sealed class ScoringTextTests
{
    [Theory]
    [InlineData("  Turn  on\tthe light. ", "TURN ON THE LIGHT")]
    [InlineData("o’clock", "O'CLOCK")]
    [InlineData("twenty-one — or/and two", "TWENTY ONE OR AND TWO")]
    [InlineData("“Hello,” she said…", "HELLO SHE SAID")]
    [InlineData("naïve café", "NAÏVE CAFÉ")]
    [InlineData("21 %", "21")]
    [InlineData("...", "")]
    public void Texts_become_comparable(string text, string expected) => ScoringText.Normalize(text).ShouldBe(expected);

    [Fact]
    public void Numbers_are_not_spelt_out() => ErrorRate.OfWords("21", "twenty one").Errors.ShouldBe(2);
}

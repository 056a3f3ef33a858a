using StableQuant.Decoding.Hotwords;
using StableQuant.Decoding.Search;

namespace StableQuant.Decoding.Tests;

public class HotwordListTests
{
    [Theory]
    [InlineData("a", true)]
    [InlineData("ab", true)]
    [InlineData("ab\t2\nab a\t0.5\na\t-1", true)]
    [InlineData("b b\nb\na b b\nabba", true)]
    [InlineData("a\t1\nA\t3\na\t2", true)]
    [InlineData("bab\naba\t0.25", true)]
    [InlineData("a b\nbb\nba b\nab ba", false)]
    [InlineData("aba\t1\nbab\t1\na\t-2", false)]
    public void Each_occurrence_of_a_phrase_adds_its_boost_for_each_character(string lines, bool hasSpaces)
    {
        // By plain search in the finished text. Where it has words, phrases are whole ones.
        var boosts = new Dictionary<string, double>();
        foreach (string[] parts in lines.Split('\n').Select(line => line.Split('\t')))
        {
            string phrase = parts[0].ToUpperInvariant();
            double boost = parts.Length > 1 ? double.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture) : HotwordList.DefaultBoost;
            phrase = hasSpaces ? phrase : phrase.Replace(" ", "", StringComparison.Ordinal);
            boosts[phrase] = Math.Max(boost, boosts.GetValueOrDefault(phrase, double.MinValue));
        }

        foreach (Hypothesis hypothesis in ExampleSearch.All(hotwords: HotwordList.Parse(lines), vocabulary: hasSpaces ? null : ExampleSearch.Spaceless))
        {
            double expected = boosts.Sum(boost => boost.Value * boost.Key.Count(c => c != ' ')
                * (hasSpaces ? Occurrences($" {hypothesis.Text} ", $" {boost.Key} ") : Occurrences(hypothesis.Text, boost.Key)));
            (hypothesis.Score - hypothesis.LogProbability).ShouldBe(expected, 1e-9, hypothesis.Text);
        }
    }

    [Fact]
    public void What_is_lent_grows_with_the_phrase_and_is_taken_back()
    {
        var automaton = new HotwordAutomaton(HotwordList.Parse("ab ba\nabb\t3"), new Spelling(ExampleSearch.Vocabulary));
        int state = automaton.Start;
        double sum = 0;
        var lent = new List<double>();
        foreach (char c in "AB BAA")
        {
            state = automaton.Next(state, (ushort)" AB".IndexOf(c, StringComparison.Ordinal), ref sum);
            lent.Add(automaton.LentIn(state));
        }

        // "AB" may still become either phrase; behind the space only one.
        lent.ShouldBe([3, 6, 3, 4.5, 6, 0]);
        sum.ShouldBe(0);
    }

    [Fact]
    public void A_boost_finds_a_phrase_that_the_speech_model_alone_does_not_hear()
    {
        // The model hears BB; AB is 3 worse in the first frame.
        float[] logits = [0, 0, 0, 3, 0, 9, 0, 0, 0, 0, 0, 0, 0, 9, 0];
        string Best(string? hotwords) => new CtcBeamSearch(ExampleSearch.Vocabulary, new SearchOptions { Beam = 4, Hotwords = hotwords is null ? null : HotwordList.Parse(hotwords) }).Decode(logits, 3)[0].Text;
        Best(null).ShouldBe("BB");
        Best("ab\t2").ShouldBe("AB");
        Best("ab\t1").ShouldBe("BB");
        Best("aba\t2").ShouldBe("BB");
    }

    [Theory]
    [InlineData("ab\n\nac", 3, "no token for 'c' (U+0063) in \"ac\"")]
    [InlineData("ab\t", 1, "the boost")]
    [InlineData("ab\nab\tmuch", 2, "the boost")]
    [InlineData("ab\tNaN", 1, "the boost")]
    [InlineData("ab\t20.5", 1, "the boost")]
    [InlineData("\t2", 1, "a boost without a phrase")]
    public void What_is_wrong_is_told_with_file_and_line(string text, int line, string problem)
    {
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, text);
            string message = Should.Throw<InvalidDataException>(() => new CtcBeamSearch(ExampleSearch.Vocabulary, new SearchOptions { Hotwords = HotwordList.Load(path) })).Message;
            message.ShouldStartWith($"{path}:{line}: ");
            message.ShouldContain(problem);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void What_is_too_long_is_refused()
    {
        Should.Throw<InvalidDataException>(() => HotwordList.Parse(new string('A', 1001))).Message.ShouldStartWith("hotwords:1: ");
        Should.Throw<InvalidDataException>(() => HotwordList.Parse(new string('\n', (1 << 22) + 1)));
        HotwordList.Parse("").Count.ShouldBe(0);
        ExampleSearch.All(hotwords: HotwordList.Parse(" \n")).ShouldAllBe(h => h.Score == h.LogProbability);
    }

    [Fact]
    public void Changed_lists_are_read_or_refused_and_nothing_else()
    {
        var spelling = new Spelling(ExampleSearch.Vocabulary);
        foreach (string changed in Mutations.Of("ab\nab a\t2.5\nb b\t-1\n\nabba\r\nbab ab", rounds: 20_000))
        {
            try
            {
                double sum = 0;
                var automaton = new HotwordAutomaton(HotwordList.Parse(changed, "fuzz"), spelling);
                int state = automaton.Start;
                foreach (char c in "ABBA B AB ABBAB")
                {
                    state = automaton.Next(state, (ushort)" AB".IndexOf(c, StringComparison.Ordinal), ref sum);
                }

                double.IsFinite(sum + automaton.LentIn(state)).ShouldBeTrue();
            }
            catch (InvalidDataException e)
            {
                e.Message.ShouldStartWith("fuzz:");
            }
        }
    }

    private static int Occurrences(string text, string phrase) =>
        Enumerable.Range(0, text.Length).Count(at => text.AsSpan(at).StartsWith(phrase, StringComparison.Ordinal));
}

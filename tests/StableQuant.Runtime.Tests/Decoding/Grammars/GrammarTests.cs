using System.Text;
using System.Text.RegularExpressions;
using StableQuant.Decoding.Grammars;
using StableQuant.Decoding.Search;

namespace StableQuant.Decoding.Tests;

public class GrammarTests
{
    [Theory]
    [InlineData("public <s> = a;", "A")]
    [InlineData("#JSGF V1.0 UTF-8 en;\ngrammar test.small;\npublic <s> = a | b b;", "A|B B")]
    [InlineData("public <s> = (a | b) [a] // comment\n b;", "(A|B)( A)? B")]
    [InlineData("public <s> = a* b;", "(A )*B")]
    [InlineData("public <s> = (a | ab)+;", "(A|AB)( (A|AB))*")]
    [InlineData("public <s> = [a]+ b*;", "(A( A)*( B)*|B( B)*)?")]
    [InlineData("public <s> = <x> b <x>; <x> = a | ab; /* no\n more */", "(A|AB) B (A|AB)")]
    [InlineData("public <s> = \"ab a\" | \"b\" | <NULL>;", "(AB A|B)?")]
    [InlineData("public <s> = a <VOID> | b;", "B")]
    [InlineData("public <s> = a <s> | b;", "(A )*B")]
    [InlineData("public <s> = a <t>; <t> = b <s> | ab [b <t>];", "A( B A)* AB( B (B A )*AB)*|A( B A)* AB( B (B A( B A)* )?AB)*")]
    [InlineData("public <s> = a; public <t> = b; <u> = ab;", "A|B")]
    [InlineData("public<s>=a(b|a b)|b;", "A B|A A B|B")]
    [InlineData("public <s> = <s2> <s2>; <s2> = [a] [b];", "((A|B)( (A|B)){0,3})?")]
    public void A_search_finds_the_sentences_of_the_grammar_and_no_others(string grammar, string pattern)
    {
        var sentence = new Regex($"^({pattern})$");
        Dictionary<string, (double Sum, double Best, string Path)> all = BruteForce.Texts(ExampleSearch.Vocabulary, ExampleSearch.Logits(), ExampleSearch.Frames);
        string[] expected = [.. all.Keys.Where(text => sentence.IsMatch(text) && Regex.IsMatch(text, Narrower(grammar)))];
        IReadOnlyList<Hypothesis> found = ExampleSearch.All(grammar: Grammar.Parse(grammar));
        found.Select(h => h.Text).ShouldBe(expected, ignoreOrder: true);
        found.ShouldAllBe(h => Math.Abs(h.LogProbability - Math.Log(all[h.Text].Sum)) < 1e-11);

        // Two optional words twice: at most one of each a time.
        static string Narrower(string of) => of.Contains("<s2> <s2>", StringComparison.Ordinal) ? "^(A ?)?(B ?)?(A ?)?(B ?)?$" : "";
    }

    [Fact]
    public void Sentences_without_spaces_are_found_where_no_token_writes_one()
    {
        IReadOnlyList<Hypothesis> found = ExampleSearch.All(grammar: Grammar.Parse("public <s> = a b | b \"b a\";"), vocabulary: ExampleSearch.Spaceless);
        found.Select(h => h.Text).ShouldBe(["AB", "BBA"], ignoreOrder: true);
    }

    [Fact]
    public void A_list_of_phrases_needs_no_rules()
    {
        ExampleSearch.All(grammar: Grammar.OfPhrases(["ab  a", " b"])).Select(h => h.Text).ShouldBe(["AB A", "B"], ignoreOrder: true);
        Should.Throw<ArgumentException>(() => Grammar.OfPhrases([]));
        Should.Throw<ArgumentException>(() => Grammar.OfPhrases(["a", " "])).Message.ShouldContain("Phrase 1");
    }

    [Fact]
    public void What_was_not_said_has_a_low_likelihood_ratio()
    {
        // A is said clearly; the grammar wants B or A.
        float[] logits = [0, 0, 8, 0, 0, 8, 0, 0, 0, 0];
        double Ratio(string grammar) => new CtcBeamSearch(ExampleSearch.Vocabulary, new SearchOptions { Grammar = Grammar.Parse(grammar) }).Decode(logits, 2)[0].LogLikelihoodRatio;
        Ratio("public <s> = a | b;").ShouldBe(0, 1e-12);
        Ratio("public <s> = b;").ShouldBe(-4, 1e-6);

        // Four words do not fit into two frames.
        new CtcBeamSearch(ExampleSearch.Vocabulary, new SearchOptions { Grammar = Grammar.Parse("public <s> = a b a b;") }).Decode(logits, 2).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("", 1, "no rule is public")]
    [InlineData("<s> = a;", 1, "no rule is public")]
    [InlineData("#ABNF 1.0;\npublic <s> = a;", 1, "the header")]
    [InlineData("public <s> = a", 1, "';' belongs here, not \"the end\"")]
    [InlineData("public <s> = ;", 1, "words, a rule's name or a bracket belongs here")]
    [InlineData("public <s> = a |\n| b;", 2, "words, a rule's name or a bracket belongs here, not \"|\"")]
    [InlineData("public <s> = (a;", 1, "')' belongs here")]
    [InlineData("public <s> = a);", 1, "';' belongs here, not \")\"")]
    [InlineData("public <s> = * a;", 1, "belongs here, not \"*\"")]
    [InlineData("public <s = a;\n", 1, "a '<' without '>'")]
    [InlineData("public <s\n", 1, "a '<' without '>'")]
    [InlineData("public <> = a;", 1, "is no name of a rule")]
    [InlineData("public <s> = a> b;", 1, "a '>' without '<'")]
    [InlineData("public <s> = \"a\n;", 1, "a quotation mark is not closed")]
    [InlineData("public <s> = \" \";", 1, "nothing between quotation marks")]
    [InlineData("public <s> = a; /* b", 1, "a comment is not closed")]
    [InlineData("public <s> = a;\n\n<s> = b;", 3, "the rule <s> is there already")]
    [InlineData("public <s> = a\n<t>;", 2, "there is no rule <t>")]
    [InlineData("public <s> = a <s> b | b;", 1, "names itself before its end")]
    [InlineData("public <s> = <t> b;\n<t> = a [<s>];", 2, "names itself before its end")]
    [InlineData("public <s> = <s> a | b;", 1, "names itself before its end")]
    [InlineData("public <s> = (a <s>)*;", 1, "names itself before its end")]
    [InlineData("public <s> = /2/ a | b;", 1, "weights")]
    [InlineData("public <s> = a {tag};", 1, "tags")]
    [InlineData("import <x.*>;\npublic <s> = a;", 1, "import")]
    [InlineData("public <s> = a\nc;", 2, "no token for 'c'")]
    [InlineData("public <s> = a <s>;", 1, "allows nothing")]
    [InlineData("public <s> = <s>;", 1, "allows nothing")]
    [InlineData("public <s> = <VOID>;", 1, "allows nothing")]
    public void What_is_wrong_is_told_with_its_line(string grammar, int line, string problem)
    {
        string message = Should.Throw<InvalidDataException>(() => new CtcBeamSearch(ExampleSearch.Vocabulary, new SearchOptions { Grammar = Grammar.Parse(grammar, "my.jsgf") })).Message;
        message.ShouldStartWith($"my.jsgf:{line}: ");
        message.ShouldContain(problem);
    }

    [Fact]
    public void What_would_become_too_large_is_refused()
    {
        // Nested, doubled again and again, a chain of rules, exponentially many states, too many characters.
        Refused($"public <s> = {new string('(', 200_000)}a;", "nested deeper");
        Refused($"public <s> = <r30>; <r0> = a; {string.Concat(Enumerable.Range(1, 30).Select(i => $"<r{i}> = <r{i - 1}> <r{i - 1}>;"))}", "states");
        Refused($"public <s> = <r30>; <r0> = [a]; {string.Concat(Enumerable.Range(1, 30).Select(i => $"<r{i}> = <r{i - 1}>* <r{i - 1}>+;"))}", "states");
        Refused($"public <s> = <r1000>; <r0> = a; {string.Concat(Enumerable.Range(1, 1000).Select(i => $"<r{i}> = <r{i - 1}>;"))}", "nested deeper");
        Refused($"public <s> = (a | b)* a {string.Concat(Enumerable.Repeat("(a | b) ", 30))};", "too ambiguous");
        Refused(new string(' ', (1 << 20) + 1), "characters");

        static void Refused(string grammar, string problem) =>
            Should.Throw<InvalidDataException>(() => new CtcBeamSearch(ExampleSearch.Vocabulary, new SearchOptions { Grammar = Grammar.Parse(grammar) })).Message.ShouldContain(problem);
    }

    [Fact]
    public void Changed_grammars_are_read_or_refused_and_nothing_else()
    {
        var spelling = new Spelling(ExampleSearch.Vocabulary);
        const string Seed = "#JSGF V1.0;\ngrammar x; // y\npublic <s> = [a] (<t> | \"b b\")+ b* | <NULL>;\n<t> = ab /* z */ <u> | a;\n<u> = b <u> | a;";
        foreach (string changed in Mutations.Of(Seed, rounds: 20_000))
        {
            try
            {
                GrammarAutomaton.Of(Grammar.Parse(changed, "fuzz"), spelling).Accepts(0);
            }
            catch (InvalidDataException e)
            {
                e.Message.ShouldStartWith("fuzz:");
            }
        }
    }

    [Fact]
    public void Files_are_UTF_8()
    {
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, "public <s> = a;", Encoding.UTF8);
            ExampleSearch.All(grammar: Grammar.Load(path)).Single().Text.ShouldBe("A");
            File.WriteAllBytes(path, [0xC3, 0x28]);
            Should.Throw<InvalidDataException>(() => Grammar.Load(path)).Message.ShouldStartWith($"{path}:1: ");
        }
        finally
        {
            File.Delete(path);
        }
    }
}

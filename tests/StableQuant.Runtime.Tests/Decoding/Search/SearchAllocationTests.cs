using StableQuant.Decoding.Grammars;
using StableQuant.Decoding.Hotwords;
using StableQuant.Decoding.NGrams;
using StableQuant.Decoding.Search;
using StableQuant.Runtime.Tests;

namespace StableQuant.Decoding.Tests;

public class SearchAllocationTests
{
    public static TheoryData<string> Kinds => ["nothing", "language model", "hotwords", "grammar", "alphabet", "all"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_search_allocates_nothing_after_the_first(string kind)
    {
        const int Frames = 100;
        bool Has(string model) => kind == model || kind == "all";
        NGramModel? model = Has("language model") ? Arpa.Read(Arpa.Example) : null;
        var search = new CtcBeamSearch(ExampleSearch.Vocabulary, new SearchOptions
        {
            NBest = 5,
            LanguageModel = model,
            Hotwords = Has("hotwords") ? HotwordList.Parse("ab\nab a") : null,
            Grammar = Has("grammar") ? Grammar.Parse("public <s> = (a | b | ab)+;") : null,
            Alphabet = Has("alphabet") ? "ab" : null,
        });
        float[] logits = BruteForce.Logits(5, Frames, ExampleSearch.Vocabulary.Count, scale: 6);
        var tokens = new CtcToken[Frames];
        var text = new char[2 * Frames];
        void Call()
        {
            int count = search.Search(logits, Frames);
            for (int rank = 0; rank < count; rank++)
            {
                int found = search.CopyTokens(rank, tokens);
                ExampleSearch.Vocabulary.WriteText(tokens.AsSpan(0, found), text);
                search.Scores(rank);
            }
        }

        Call();
        Allocations.Of(Call).ShouldBe(0);
    }
}

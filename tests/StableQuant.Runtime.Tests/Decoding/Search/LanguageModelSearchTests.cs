using StableQuant.Decoding.Hotwords;
using StableQuant.Decoding.NGrams;
using StableQuant.Decoding.Search;

namespace StableQuant.Decoding.Tests;

public class LanguageModelSearchTests
{
    // Lower case: words are taken in the vocabulary's. CAB cannot be spelled, and <s> is no word.
    private static readonly NGramModel Model = Arpa.Read(Arpa.Write(
    [
        ("<s>", -99, -0.3), ("</s>", -1, 0), ("<unk>", -2.5, 0), ("a", -0.5, -0.2), ("aba", -1.5, -0.1), ("b", -0.7, -0.4), ("cab", -0.9, 0),
        ("<s> a", -0.3, 0), ("a aba", -0.4, 0), ("b b", -0.6, 0), ("aba </s>", -0.2, 0),
    ]));

    [Fact]
    public void Each_text_is_scored_by_its_sentence_its_words_and_its_unknown_characters()
    {
        IReadOnlyList<Hypothesis> found = ExampleSearch.All(Model, wordBonus: 0.5);
        found.Select(h => h.Score).ShouldBe(found.Select(h => h.Score).OrderDescending());
        foreach (Hypothesis hypothesis in found)
        {
            string[] words = hypothesis.Text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            int unknown = words.Where(word => word is not ("A" or "B" or "ABA")).Sum(word => word.Length);
            double expected = (0.8 * Model.LogProbability(hypothesis.Text.ToLowerInvariant())) + (0.5 * words.Length) - (1.25 * unknown);
            (hypothesis.Score - hypothesis.LogProbability).ShouldBe(expected, 1e-9, hypothesis.Text);
        }

        found.Count.ShouldBeGreaterThan(300);
    }

    [Fact]
    public void The_probabilities_of_the_speech_model_stay_what_they_are()
    {
        Dictionary<string, (double Sum, double Best, string Path)> expected = BruteForce.Texts(ExampleSearch.Vocabulary, ExampleSearch.Logits(), ExampleSearch.Frames);
        IReadOnlyList<Hypothesis> found = ExampleSearch.All(Model);
        foreach (Hypothesis hypothesis in found)
        {
            hypothesis.LogProbability.ShouldBe(Math.Log(expected[hypothesis.Text].Sum), 1e-11, hypothesis.Text);
        }

        double all = found.Sum(h => Math.Exp(h.Score));
        found.ShouldAllBe(h => Math.Abs(h.Confidence - (Math.Exp(h.Score) / all)) < 1e-11);
    }

    [Fact]
    public void A_hotword_that_the_language_model_lacks_is_no_unlikely_spelling()
    {
        HotwordList hotwords = HotwordList.Parse("bab");
        foreach (Hypothesis hypothesis in ExampleSearch.All(Model, hotwords))
        {
            string[] words = hypothesis.Text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            int unknown = words.Where(word => word is not ("A" or "B" or "ABA" or "BAB")).Sum(word => word.Length);
            double expected = (0.8 * Model.LogProbability(hypothesis.Text.ToLowerInvariant())) - (1.25 * unknown) + (3 * HotwordList.DefaultBoost * words.Count(word => word == "BAB"));
            (hypothesis.Score - hypothesis.LogProbability).ShouldBe(expected, 1e-9, hypothesis.Text);
        }
    }

    [Fact]
    public void Words_need_a_token_that_writes_a_space()
    {
        Should.Throw<ArgumentException>(() => new CtcBeamSearch(ExampleSearch.Spaceless, new SearchOptions { LanguageModel = Model })).Message.ShouldContain("space");
    }
}

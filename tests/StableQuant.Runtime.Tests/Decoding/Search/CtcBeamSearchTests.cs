using StableQuant.Decoding.Search;

namespace StableQuant.Decoding.Tests;

public class CtcBeamSearchTests
{
    private static readonly CtcVocabulary Vocabulary = new(["<pad>", "<s>", "|", "A", "CH"], blank: 0, wordDelimiter: 2);

    private static SearchOptions Wide(int best = 100) => new() { Beam = 4096, NBest = best, MinTokenProbability = 0, ScoreMargin = double.PositiveInfinity };

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(6)]
    public void A_wide_beam_finds_every_text_with_the_probability_of_all_its_paths(int frames)
    {
        for (int seed = 0; seed < 5; seed++)
        {
            float[] logits = BruteForce.Logits(seed, frames, Vocabulary.Count);
            Dictionary<string, (double Sum, double Best, string Path)> expected = BruteForce.Texts(Vocabulary, logits, frames);
            IReadOnlyList<Hypothesis> found = new CtcBeamSearch(Vocabulary, Wide(4096)).Decode(logits, frames);
            found.Select(h => h.Text).ShouldBe(expected.Keys, ignoreOrder: true);
            found.Sum(h => Math.Exp(h.LogProbability)).ShouldBe(1, 1e-12);
            found.Select(h => h.LogProbability).ShouldBe(found.Select(h => h.LogProbability).OrderDescending());
            foreach (Hypothesis hypothesis in found)
            {
                hypothesis.LogProbability.ShouldBe(Math.Log(expected[hypothesis.Text].Sum), 1e-11, hypothesis.Text);
                hypothesis.Confidence.ShouldBe(expected[hypothesis.Text].Sum, 1e-11);
                hypothesis.Score.ShouldBe(hypothesis.LogProbability);
            }
        }
    }

    [Theory]
    [InlineData("▁A B▁ C")]
    [InlineData("▁A ▁B ▁")]
    [InlineData("A BC C")]
    public void Word_pieces_are_searched_by_the_texts_that_they_write(string pieces)
    {
        const int Frames = 5;
        var vocabulary = new CtcVocabulary(["<pad>", .. pieces.Split(' ')], blank: 0, wordDelimiter: -1);
        float[] logits = BruteForce.Logits(3, Frames, vocabulary.Count);
        Dictionary<string, (double Sum, double Best, string Path)> expected = BruteForce.Texts(vocabulary, logits, Frames);
        IReadOnlyList<Hypothesis> found = new CtcBeamSearch(vocabulary, Wide(4096)).Decode(logits, Frames);
        found.Select(h => h.Text).ShouldBe(expected.Keys, ignoreOrder: true);
        found.ShouldAllBe(h => Math.Abs(h.LogProbability - Math.Log(expected[h.Text].Sum)) < 1e-11);
    }

    [Fact]
    public void Hotwords_are_words_of_pieces()
    {
        // ▁NEW and ▁KNEW sound alike; the hotword NEW is no part of KNEW.
        var vocabulary = new CtcVocabulary(["<pad>", "▁K", "NEW", "▁NEW", "▁YORK"], blank: 0, wordDelimiter: -1);
        float[] logits = [0, 2, 0, 1.8f, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 4];
        new CtcBeamSearch(vocabulary, new SearchOptions()).Decode(logits, 3)[0].Text.ShouldBe("KNEW YORK");
        var hotwords = Hotwords.HotwordList.Parse("new york");
        new CtcBeamSearch(vocabulary, new SearchOptions { Hotwords = hotwords }).Decode(logits, 3)[0].Text.ShouldBe("NEW YORK");
    }

    [Fact]
    public void Tokens_lie_where_the_best_path_of_the_text_has_them()
    {
        const int Frames = 6;
        for (int seed = 0; seed < 5; seed++)
        {
            float[] logits = BruteForce.Logits(seed, Frames, Vocabulary.Count);
            Dictionary<string, (double Sum, double Best, string Path)> expected = BruteForce.Texts(Vocabulary, logits, Frames);
            double free = expected.Values.Max(text => text.Best);
            foreach (Hypothesis hypothesis in new CtcBeamSearch(Vocabulary, Wide()).Decode(logits, Frames))
            {
                BruteForce.Describe(hypothesis.Tokens).ShouldBe(expected[hypothesis.Text].Path, hypothesis.Text);
                hypothesis.LogLikelihoodRatio.ShouldBe(Math.Log(expected[hypothesis.Text].Best / free) / Frames, 1e-12);
                foreach (CtcToken token in hypothesis.Tokens)
                {
                    Enumerable.Range(token.FirstFrame, token.EndFrame - token.FirstFrame)
                        .Max(frame => LogSoftmax.Posterior(logits.AsSpan(frame * Vocabulary.Count, Vocabulary.Count), token.Id)).ShouldBe(token.Probability, 1e-6f);
                }
            }
        }
    }

    [Fact]
    public void A_narrow_beam_keeps_what_is_probable()
    {
        const int Frames = 6;
        int right = 0;
        for (int seed = 0; seed < 20; seed++)
        {
            float[] logits = BruteForce.Logits(seed, Frames, Vocabulary.Count, scale: 4);
            string best = BruteForce.Texts(Vocabulary, logits, Frames).MaxBy(text => text.Value.Sum).Key;
            right += new CtcBeamSearch(Vocabulary, new SearchOptions { Beam = 8 }).Decode(logits, Frames)[0].Text == best ? 1 : 0;
        }

        right.ShouldBeGreaterThanOrEqualTo(19);
    }

    [Fact]
    public void An_alphabet_leaves_out_what_writes_other_letters()
    {
        const int Frames = 6;
        float[] logits = BruteForce.Logits(3, Frames, Vocabulary.Count);
        Dictionary<string, (double Sum, double Best, string Path)> expected = BruteForce.Texts(Vocabulary, logits, Frames, text => !text.Contains('C'));
        var options = new SearchOptions { Beam = 4096, NBest = 4096, MinTokenProbability = 0, ScoreMargin = double.PositiveInfinity, Alphabet = "aß" };
        IReadOnlyList<Hypothesis> found = new CtcBeamSearch(Vocabulary, options).Decode(logits, Frames);
        found.Select(h => h.Text).ShouldBe(expected.Keys, ignoreOrder: true);
        found.ShouldAllBe(h => Math.Abs(h.LogProbability - Math.Log(expected[h.Text].Sum)) < 1e-11);
        Should.Throw<ArgumentException>(() => new CtcBeamSearch(Vocabulary, new SearchOptions { Alphabet = "ж" })).ParamName.ShouldBe("alphabet");
    }

    [Fact]
    public void What_is_no_number_says_nothing()
    {
        float[] logits = [.. Enumerable.Repeat(float.NaN, 5), float.NaN, float.NegativeInfinity, 0, 3, float.NaN, .. Enumerable.Repeat(float.PositiveInfinity, 5)];
        IReadOnlyList<Hypothesis> found = new CtcBeamSearch(Vocabulary, Wide(4096)).Decode(logits, 3);
        found.Sum(h => Math.Exp(h.LogProbability)).ShouldBe(1, 1e-12);
        found[0].Text.ShouldContain("A");
        found.ShouldAllBe(h => h.Confidence >= 0 && h.Confidence <= 1 && h.LogLikelihoodRatio <= 0);
    }

    [Fact]
    public void Long_audio_takes_no_more_memory_and_keeps_its_times()
    {
        // Two words a hundred frames, 40 000 frames: far more runs than the first workspace holds.
        const int Frames = 40_000;
        var logits = new float[Frames * Vocabulary.Count];
        for (int frame = 0; frame < Frames; frame++)
        {
            int token = (frame % 100) switch { 10 => 3, 50 => 4, 90 => 2, _ => 0 };
            logits[(frame * Vocabulary.Count) + token] = 6;
        }

        var search = new CtcBeamSearch(Vocabulary, new SearchOptions { Beam = 4 });
        Hypothesis best = search.Decode(logits, Frames)[0];
        best.Tokens.Count.ShouldBe(Frames / 100 * 3);
        best.Tokens.Select(t => t.FirstFrame).ShouldBe(Enumerable.Range(0, Frames).Where(frame => frame % 100 is 10 or 50 or 90));
        best.Text.ShouldBe(string.Join(' ', Enumerable.Repeat("ACH", Frames / 100)));
    }

    [Fact]
    public void Two_searches_that_share_find_the_same()
    {
        float[] logits = BruteForce.Logits(9, 20, Vocabulary.Count);
        var search = new CtcBeamSearch(Vocabulary, new SearchOptions { NBest = 20 });
        string Found(CtcBeamSearch of) => string.Join('\n', of.Decode(logits, 20).Select(h => $"{h.Text} {h.LogProbability:R} {h.Confidence:R} {BruteForce.Describe(h.Tokens)}"));
        string first = Found(search);
        Found(new CtcBeamSearch(search)).ShouldBe(first);
        search.Decode(BruteForce.Logits(1, 30, Vocabulary.Count), 30);
        Found(search).ShouldBe(first);
    }

    [Fact]
    public void Wrong_arguments_are_told()
    {
        Should.Throw<ArgumentOutOfRangeException>(() => new CtcBeamSearch(Vocabulary, new SearchOptions { Beam = 0 })).ParamName.ShouldBe("Beam");
        Should.Throw<ArgumentOutOfRangeException>(() => new CtcBeamSearch(Vocabulary, new SearchOptions { Beam = 5, NBest = 6 })).ParamName.ShouldBe("NBest");
        Should.Throw<ArgumentOutOfRangeException>(() => new CtcBeamSearch(Vocabulary, new SearchOptions { WordBonus = double.NaN })).ParamName.ShouldBe("WordBonus");
        var search = new CtcBeamSearch(Vocabulary, new SearchOptions());
        Should.Throw<ArgumentException>(() => search.Decode(new float[9], 2)).ParamName.ShouldBe("logits");
        Should.Throw<ArgumentOutOfRangeException>(() => search.Decode([], -1));
        search.Search([], 0).ShouldBe(1);
        search.Scores(0).ShouldBe(new HypothesisScores(0, 0, 1, 0));
        Should.Throw<ArgumentOutOfRangeException>(() => search.Scores(1));
        search.Search(BruteForce.Logits(2, 5, 5), 5);
        Should.Throw<ArgumentException>(() => search.CopyTokens(0, new CtcToken[search.TokenCount(0) - 1])).ParamName.ShouldBe("tokens");
    }
}

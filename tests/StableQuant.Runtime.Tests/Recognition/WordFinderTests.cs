using StableQuant.Decoding;
using StableQuant.Kernels.Layers;
using StableQuant.Recognition;

namespace StableQuant.Runtime.Tests;

public class WordFinderTests
{
    private const string Keys = "_|AB<";

    private static readonly CtcVocabulary Vocabulary = new(["<pad>", "|", "A", "B", "<unk>"], blank: 0, wordDelimiter: 1);
    private static readonly FrameTiming Timing = new(16000, 320, 400);

    // One character a frame of 20 ms: A in 0.4 s, B in 0.46 s, B in 1.2 s, the middle of a frame 12.5 ms behind its start.
    private static readonly string Path = new string('_', 20) + "AA_BB||" + new string('_', 33) + "B" + new string('_', 39);

    private static Word[] Find(string path, float[] pcm, CtcVocabulary? vocabulary = null, string keys = Keys)
    {
        vocabulary ??= Vocabulary;
        float[] logits = Speech.Logits(path, keys);
        return new WordFinder(vocabulary, Timing, 16000 * 60).Find(Speech.Tokens(vocabulary, logits), logits, pcm);
    }

    [Theory]
    [InlineData(-70)]
    [InlineData(-50)]
    [InlineData(double.NegativeInfinity)]
    public void Words_reach_as_far_as_their_sound(double noise)
    {
        Word[] words = Find(Path, Speech.Signal(2, noise, (0.31, 0.62, -20), (1.05, 1.48, -30)));
        words.Select(w => w.Text).ShouldBe(["AB", "B"]);
        words[0].Start.ShouldBe(0.31, 0.011);
        words[0].End.ShouldBe(0.62, 0.011);
        words[1].Start.ShouldBe(1.05, 0.011);
        words[1].End.ShouldBe(1.48, 0.011);
    }

    [Fact]
    public void A_closure_within_a_word_is_bridged_and_a_click_in_a_pause_is_not()
    {
        // Sound to 0.55 s, nothing for 60 ms, a burst of 30 ms; then 250 ms of nothing, a click of 10 ms and nothing again.
        Word[] words = Find(Path, Speech.Signal(2, -70, (0.31, 0.55, -20), (0.61, 0.64, -30), (0.89, 0.90, -20), (1.1, 1.48, -20)));
        words[0].End.ShouldBe(0.64, 0.011);
        words[1].Start.ShouldBe(1.1, 0.011);
    }

    [Fact]
    public void Without_silence_words_part_where_it_is_quiet()
    {
        Word[] words = Find(Path, Speech.Signal(2, -70, (0.31, 0.9, -15), (0.9, 0.92, -35), (0.92, 1.48, -15)));
        words[0].End.ShouldBe(0.91, 0.015);
        words[1].Start.ShouldBe(words[0].End, 0.021);
    }

    [Fact]
    public void Without_audio_times_are_those_of_frames_corrected_by_what_is_known_of_tokens()
    {
        Word[] words = Find(Path, []);
        words[0].Start.ShouldBe(0.4125 - 0.04, 0.01);
        words[0].End.ShouldBe(0.4925 + 0.08, 0.011);
        words[1].Start.ShouldBe(1.2125 - 0.04, 0.01);
        words[1].End.ShouldBe(1.2125 + 0.08, 0.011);
    }

    [Fact]
    public void In_steady_noise_words_keep_near_their_tokens()
    {
        Word[] words = Find(Path, Speech.Signal(2, -30));
        words[0].Start.ShouldBeInRange(0.3, 0.42);
        words[0].End.ShouldBeInRange(0.49, 0.65);
    }

    [Fact]
    public void Words_begin_at_pieces_that_say_so_and_texts_are_without_the_mark()
    {
        var pieces = new CtcVocabulary(["<pad>", "▁HE", "LLO", "▁YOU"], blank: 0, wordDelimiter: -1);
        Find("1_2__3", [], pieces, "_123").Select(w => w.Text).ShouldBe(["HELLO", "YOU"]);
    }

    [Theory]
    [InlineData("▁HE LLO ▁YOU", "123", "HELLO YOU")]
    [InlineData("▁ HE LLO", "1213", "HE LLO")]
    [InlineData("HE LLO▁ YOU▁", "123", "HELLO YOU")]
    [InlineData("HE ▁ YOU▁", "12131", "HE HEYOU HE")]
    [InlineData("▁HE▁ LLO ▁YOU", "1123", "HE HE LLO YOU")]
    [InlineData("▁New▁York LLO ▁YOU", "13", "New York YOU")]
    public void Spaces_of_pieces_part_words_at_whichever_end_they_are(string tokens, string path, string expected)
    {
        var pieces = new CtcVocabulary(["<pad>", .. tokens.Split(' ')], blank: 0, wordDelimiter: -1);
        float[] logits = Speech.Logits(string.Join('_', path.AsEnumerable()), "_123");
        string.Join(' ', Find(string.Join('_', path.AsEnumerable()), [], pieces, "_123").Select(w => w.Text)).ShouldBe(expected);
        var text = new char[100];
        new string(text, 0, new CtcDecoder(pieces).Decode(logits, logits.Length / 4, text)).ShouldBe(expected);
    }

    [Fact]
    public void Without_delimiter_and_pieces_each_token_is_a_word()
    {
        var characters = new CtcVocabulary(["<pad>", "你", "好", "<unk>"], blank: 0, wordDelimiter: -1);
        Find("1_2_3_1", [], characters, "_123").Select(w => w.Text).ShouldBe(["你", "好", "你"]);
    }

    [Theory]
    [InlineData("____", new string[0])]
    [InlineData("|_|<|_", new string[0])]
    [InlineData("|A|<|B", new[] { "A", "B" })]
    [InlineData("<A<B<", new[] { "AB" })]
    [InlineData("A", new[] { "A" })]
    [InlineData("", new string[0])]
    public void Tokens_without_text_make_no_word(string path, string[] expected) => Find(path, []).Select(w => w.Text).ShouldBe(expected);

    [Fact]
    public void Confidence_is_the_posterior_of_the_spelling_over_all_alignments_and_of_the_delimiters()
    {
        // Summed over all paths, in double: blank, A, B in every frame of the word that collapse to its spelling.
        var random = new Random(3);
        for (int round = 0; round < 50; round++)
        {
            string path = round % 2 == 0 ? "AABA" : "A_ABB";
            float[] logits = Speech.Logits(path + "|", Keys, 2);
            for (int i = 0; i < logits.Length; i++)
            {
                logits[i] += (float)random.NextDouble();
            }

            string spelling = round % 2 == 0 ? "ABA" : "AAB";
            double expected = 0;
            for (int code = 0; code < Math.Pow(3, path.Length); code++)
            {
                string guess = string.Concat(Enumerable.Range(0, path.Length).Select(i => "_AB"[code / (int)Math.Pow(3, i) % 3]));
                string collapsed = string.Concat(guess.Where((c, i) => i == 0 || c != guess[i - 1])).Replace("_", "", StringComparison.Ordinal);
                expected += collapsed == spelling ? guess.Select((c, frame) => Softmax(logits, frame, Keys.IndexOf(c, StringComparison.Ordinal))).Aggregate(1.0, (a, b) => a * b) : 0;
            }

            Word word = new WordFinder(Vocabulary, Timing, 16000).Find(Speech.Tokens(Vocabulary, logits), logits, []).ShouldHaveSingleItem();
            word.Text.ShouldBe(spelling);
            word.Confidence.ShouldBe((float)(expected * Softmax(logits, path.Length, 1)), 1e-6f);
        }
    }

    [Fact]
    public void Confidence_of_very_long_words_stays_a_probability()
    {
        string path = string.Concat(Enumerable.Repeat("AB", 600));
        Find(path, [])[0].Confidence.ShouldBe((float)Math.Pow(Math.Exp(8) / (Math.Exp(8) + 4), 1200), 1e-3f);
        float[] logits = [.. Enumerable.Repeat(float.NaN, 5)];
        new WordFinder(Vocabulary, Timing, 16000).Find([new CtcToken(2, 0, 1, 0)], logits, [])[0].Confidence.ShouldBe(0);
    }

    [Fact]
    public void Finding_words_allocates_nothing()
    {
        float[] logits = Speech.Logits(Path, Keys);
        CtcToken[] tokens = Speech.Tokens(Vocabulary, logits);
        float[] pcm = Speech.Signal(2, -60, (0.3, 0.6, -20));
        var words = new WordSpan[tokens.Length];
        var finder = new WordFinder(Vocabulary, Timing, pcm.Length);
        int count = finder.Find(tokens, logits, pcm, words);
        Allocations.Of(() => finder.Find(tokens, logits, pcm, words)).ShouldBe(0);
        words[..count].Select(w => (w.FirstToken, w.EndToken)).ShouldBe([(0, 2), (3, 4)]);
    }

    [Fact]
    public void What_does_not_fit_is_an_error()
    {
        float[] logits = Speech.Logits("A|B", Keys);
        CtcToken[] tokens = Speech.Tokens(Vocabulary, logits);
        var finder = new WordFinder(Vocabulary, Timing, 1600);
        Should.Throw<ArgumentException>(() => finder.Find(tokens, logits, new float[1601])).ParamName.ShouldBe("pcm");
        Should.Throw<ArgumentException>(() => finder.Find(tokens, logits, [], new WordSpan[1])).ParamName.ShouldBe("words");
        Should.Throw<ArgumentException>(() => finder.Find(tokens, logits.AsSpan(0, 10), [])).ParamName.ShouldBe("tokens");
        Should.Throw<ArgumentException>(() => finder.Find([new CtcToken(5, 0, 1, 1)], logits, [])).ParamName.ShouldBe("tokens");
        Should.Throw<ArgumentException>(() => finder.Find([new CtcToken(1, 1, 1, 1)], logits, [])).ParamName.ShouldBe("tokens");
        Should.Throw<ArgumentOutOfRangeException>(() => new WordFinder(Vocabulary, default, 1600));
        Should.Throw<ArgumentOutOfRangeException>(() => new WordFinder(Vocabulary, Timing, -1));
        Should.Throw<ArgumentOutOfRangeException>(() => new FrameTiming(16000, 0, 400));
    }

    [Fact]
    public void A_frame_is_where_the_middle_of_what_it_hears_is()
    {
        Timing.Middle(0).ShouldBe(0.0125);
        Timing.Middle(50).ShouldBe(1.0125);
        Timing.Middle(180000).ShouldBe(3600.0125);
    }

    private static double Softmax(float[] logits, int frame, int token)
    {
        float[] row = logits[(frame * Keys.Length)..((frame + 1) * Keys.Length)];
        return Math.Exp(row[token]) / row.Sum(logit => Math.Exp(logit));
    }
}

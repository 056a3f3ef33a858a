using StableQuant.Alignment;
using StableQuant.Decoding;
using StableQuant.Recognition;

namespace StableQuant.Runtime.Tests;

public class AlignmentSessionTests
{
    private const string Keys = "_|ABCDE";

    private static readonly CtcVocabulary Vocabulary = new(["<pad>", "|", "A", "B", "C", "D", "E"], blank: 0, wordDelimiter: 1);
    private static readonly FrameTiming Timing = new(16000, 320, 400);

    private static TextAlignment Align(string path, string text, AlignmentOptions? options = null, float[]? pcm = null)
    {
        var session = new AlignmentSession(Vocabulary, Timing, text, path.Length, options);
        session.AddLogits(Speech.Logits(path, Keys), path.Length);
        session.AddAudio(pcm);
        return session.Align();
    }

    private static double Middle(int frame) => (frame * 0.02) + 0.0125;

    [Fact]
    public void Words_and_characters_come_back_as_written_with_times()
    {
        TextAlignment alignment = Align("_____AA_B__||_____C_C____", "“Ab”, cc!");
        alignment.Words.Select(w => w.Text).ShouldBe(["“Ab”,", "cc!"]);
        alignment.Characters.Select(c => c.Text).ShouldBe(["A", "b", "c", "c"]);

        // Half way between the frames of A, 6, and b, 8; of the two c, 18 and 20.
        alignment.Characters[0].End.ShouldBe(Middle(7), 1e-9);
        alignment.Characters[1].Start.ShouldBe(Middle(7), 1e-9);
        alignment.Characters[2].End.ShouldBe(Middle(19), 1e-9);
        alignment.Characters[0].Start.ShouldBe(alignment.Words[0].Start);
        alignment.Characters[^1].End.ShouldBe(alignment.Words[1].End);
        alignment.Words[0].Start.ShouldBe(Middle(5) - 0.04, 0.011);
        alignment.Words[0].End.ShouldBe(Middle(8) + 0.08, 0.011);
    }

    [Fact]
    public void Words_reach_as_far_as_their_sound()
    {
        TextAlignment alignment = Align(new string('_', 20) + "AA_BB||" + new string('_', 33) + "B" + new string('_', 38), "ab b", null,
            Speech.Signal(2, -60, (0.31, 0.62, -20), (1.05, 1.48, -30)));
        alignment.Words[0].Start.ShouldBe(0.31, 0.011);
        alignment.Words[0].End.ShouldBe(0.62, 0.011);
        alignment.Words[1].Start.ShouldBe(1.05, 0.011);
        alignment.Words[1].End.ShouldBe(1.48, 0.011);
    }

    [Fact]
    public void Confidence_and_score_are_the_posterior_and_its_ratio_to_the_best_other()
    {
        // A heard as it should be; where B should be, C is heard, and the nearest to a B is a frame where both are.
        float[] logits = Speech.Logits("A_C_", Keys);
        logits[(2 * Keys.Length) + Keys.IndexOf('B', StringComparison.Ordinal)] = 5;
        var session = new AlignmentSession(Vocabulary, Timing, "AB", 4, new AlignmentOptions { SkipsSpeech = false });
        session.AddLogits(logits, 4);
        TextAlignment alignment = session.Align();
        double a = Math.Exp(8) / (Math.Exp(8) + 6), b = Math.Exp(5) / (Math.Exp(8) + Math.Exp(5) + 5);
        alignment.Characters[0].Confidence.ShouldBe((float)a, 0.002f);
        alignment.Characters[0].Score!.Value.ShouldBe(8, 0.005f);
        alignment.Characters[1].Confidence.ShouldBe((float)b, 0.002f);
        alignment.Characters[1].Score!.Value.ShouldBe(-3, 0.005f);
        alignment.Words[0].Score!.Value.ShouldBe(2.5f, 0.005f);
        alignment.Words[0].Confidence.ShouldBe((float)Math.Sqrt(a * b), 0.002f);
    }

    [Fact]
    public void What_the_vocabulary_lacks_takes_whatever_is_heard_and_has_no_score()
    {
        TextAlignment alignment = Align("_AB_|_C_DE_E_|_BA_", "ab 7 ba");
        alignment.Words[1].Text.ShouldBe("7");
        alignment.Words[1].Score.ShouldBeNull();
        alignment.Words[1].Start.ShouldBeInRange(Middle(3), Middle(6));
        alignment.Words[1].End.ShouldBeInRange(Middle(11), Middle(14));
        alignment.Characters.Select(c => c.Text).ShouldBe(["a", "b", "7", "b", "a"]);
    }

    [Fact]
    public void Speech_that_the_text_lacks_is_skipped()
    {
        string path = "_AB_|_CDE_DCE_|_EDC_|_BA_";
        TextAlignment alignment = Align(path, "ab ba");
        alignment.Words[0].End.ShouldBeLessThan(Middle(8));
        alignment.Words[1].Start.ShouldBeGreaterThan(Middle(18));
        alignment.Words[1].Score!.Value.ShouldBe(8, 0.01f);
        TextAlignment at = Align("_CDC_|_CDDC_|_" + path + "_|_DCED_", "ab ba");
        at.Words[0].Start.ShouldBeGreaterThan(Middle(12));
        at.Words[1].End.ShouldBeLessThan(Middle(44));
    }

    [Fact]
    public void The_sound_of_skipped_speech_is_no_part_of_the_words_beside()
    {
        // Spoken without a pause: ab, cdec, ba; each 0.3 s, and a little quieter where they meet.
        string path = "_____AB_______|_C__D__E__C_|____BA" + new string('_', 46);
        float[] pcm = Speech.Signal(1.6, -60, (0.1, 0.28, -20), (0.28, 0.3, -30), (0.3, 0.56, -20), (0.56, 0.58, -30), (0.58, 0.75, -20));
        TextAlignment alignment = Align(path, "ab ba", null, pcm);
        alignment.Words[0].End.ShouldBe(0.29, 0.015);
        alignment.Words[1].Start.ShouldBe(0.57, 0.015);
    }

    [Fact]
    public void Text_that_was_not_spoken_is_skipped_where_that_is_allowed()
    {
        TextAlignment alignment = Align("_AB_|_BA_", "Eddc ab, ceecd ba eccd.", new AlignmentOptions { SkipsText = true });
        alignment.Words.Select(w => w.Text).ShouldBe(["Eddc", "ab,", "ceecd", "ba", "eccd."]);
        alignment.Words.Select(w => w.Confidence > 0.5).ShouldBe([false, true, false, true, false]);
        alignment.Words[2].Start.ShouldBe(alignment.Words[2].End);
        alignment.Words[2].Start.ShouldBe(alignment.Words[1].End);
        alignment.Words[0].End.ShouldBe(0);
        alignment.Characters.Select(c => c.Text).ShouldBe(["a", "b", "b", "a"]);
        TextAlignment nothing = Align("___", "abc de", new AlignmentOptions { SkipsText = true });
        nothing.Words.ShouldAllBe(w => w.Confidence == 0 && w.Start == 0 && w.End == 0);
        nothing.Characters.ShouldBeEmpty();
    }

    [Fact]
    public void Chunks_of_any_size_give_the_same_as_all_at_once_and_a_session_serves_again()
    {
        var random = new Random(5);
        string path = string.Concat(Enumerable.Range(0, 700).Select(_ => Keys[random.Next(Keys.Length)]));
        string text = string.Concat(Enumerable.Range(0, 200).Select(i => i % 6 == 5 ? ' ' : "abcde"[random.Next(5)]));
        float[] logits = Speech.Logits(path, Keys, 3);
        float[] pcm = Speech.Signal(14, -30, (1, 3, -20), (5, 6, -10), (9, 13, -15));
        var session = new AlignmentSession(Vocabulary, Timing, text, 700);
        session.AddLogits(logits, 700);
        session.AddAudio(pcm);
        TextAlignment whole = session.Align();
        session.Clear();
        for (int frame = 0; frame < 700;)
        {
            int count = Math.Min(random.Next(90), 700 - frame);
            session.AddLogits(logits.AsSpan(frame * Keys.Length), count);
            frame += count;
        }

        for (int sample = 0; sample < pcm.Length;)
        {
            int count = Math.Min(random.Next(9000), pcm.Length - sample);
            session.AddAudio(pcm.AsSpan(sample, count));
            sample += count;
        }

        session.Align().Words.ShouldBe(whole.Words);
        session.Align().Characters.ShouldBe(whole.Characters);
    }

    [Fact]
    public void Adding_chunks_allocates_nothing()
    {
        float[] logits = Speech.Logits(string.Concat(Enumerable.Repeat("AB_|C_", 20)), Keys);
        var pcm = new float[120 * 320];
        var session = new AlignmentSession(Vocabulary, Timing, "ab c ab c 7 cd", 1200, new AlignmentOptions { SkipsText = true });
        session.AddLogits(logits, 120);
        session.AddAudio(pcm);
        Allocations.Of(() =>
        {
            session.Clear();
            for (int i = 0; i < 10; i++)
            {
                session.AddLogits(logits, 120);
                session.AddAudio(pcm);
            }
        }).ShouldBe(0);
    }

    [Fact]
    public void Logits_that_are_no_numbers_are_aligned_somehow()
    {
        var logits = new float[20 * Keys.Length];
        Array.Fill(logits, float.NaN);
        var session = new AlignmentSession(Vocabulary, Timing, "ab c7", 20);
        session.AddLogits(logits, 20);
        TextAlignment alignment = session.Align();
        alignment.Words.Count.ShouldBe(2);
        alignment.Words.ShouldAllBe(w => w.Confidence < 1e-6f);
        alignment.Characters.ShouldAllBe(c => c.Score == null || c.Score == 0);
    }

    [Theory]
    [InlineData("")]
    [InlineData("!? — …")]
    public void Text_without_words_aligns_to_nothing(string text)
    {
        Align("_AB_", text).Words.ShouldBeEmpty();
        Align("", text).Words.ShouldBeEmpty();
    }

    [Fact]
    public void What_does_not_fit_is_an_error()
    {
        var session = new AlignmentSession(Vocabulary, Timing, "abc", 3);
        float[] logits = Speech.Logits("AB_", Keys);
        Should.Throw<InvalidOperationException>(() => session.Align()).Message.ShouldContain("3 tokens");
        Should.Throw<ArgumentException>(() => session.AddLogits(logits, 4)).ParamName.ShouldBe("logits");
        Should.Throw<ArgumentOutOfRangeException>(() => session.AddLogits(logits, -1));
        session.AddLogits(logits, 3);
        Should.Throw<ArgumentException>(() => session.AddLogits(logits, 1)).ParamName.ShouldBe("frames");
        session.Align().Words.Count.ShouldBe(1);
        Should.Throw<ArgumentOutOfRangeException>(() => new AlignmentSession(Vocabulary, Timing, "a", -1));
        Should.Throw<ArgumentOutOfRangeException>(() => new AlignmentSession(Vocabulary, default, "a", 1));
    }
}

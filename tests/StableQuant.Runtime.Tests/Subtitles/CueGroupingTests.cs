using StableQuant.Recognition;
using StableQuant.Subtitles;

namespace StableQuant.Runtime.Tests;

public class CueGroupingTests
{
    /// <summary>Words of 0.4 s, each 0.5 s after the one before; a number in brackets is a pause before the next.</summary>
    internal static List<Word> Words(string text)
    {
        List<Word> words = [];
        double at = 0;
        foreach (string part in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (part[0] == '[')
            {
                at += double.Parse(part[1..^1], System.Globalization.CultureInfo.InvariantCulture);
                continue;
            }

            words.Add(new Word(part, at, at + 0.4, 1));
            at += 0.5;
        }

        return words;
    }

    private static string[] Texts(string text, SubtitleOptions? options = null) => [.. CueGrouping.Group(Words(text), options).Select(cue => cue.Text)];

    [Fact]
    public void Short_speech_is_one_subtitle_on_one_line()
    {
        SubtitleCue cue = CueGrouping.Group(Words("This is all.")).ShouldHaveSingleItem();
        cue.Text.ShouldBe("This is all.");
        cue.Start.ShouldBe(0);
        cue.End.ShouldBe(1.4);
    }

    [Fact]
    public void Lines_keep_to_42_characters_and_are_about_as_long_as_each_other() =>
        Texts("Ten words that are too long for one single line").ShouldBe(["Ten words that are too\nlong for one single line"]);

    [Fact]
    public void Sentences_and_pauses_begin_subtitles_and_short_sentences_do_not() =>
        Texts("Yes. I think so. But [1] later “maybe.” Then no")
            .ShouldBe(["Yes. I think so.", "But", "later “maybe.”\u0020Then no"]);

    [Fact]
    public void No_subtitle_is_longer_than_seven_seconds_or_two_lines()
    {
        string[] words = [.. Enumerable.Range(0, 200).Select(i => new string('a', 1 + (i * 7 % 11)))];
        IReadOnlyList<SubtitleCue> cues = CueGrouping.Group(Words(string.Join(' ', words)));
        string.Join(' ', cues.Select(cue => cue.Text.Replace('\n', ' '))).ShouldBe(string.Join(' ', words));
        foreach (SubtitleCue cue in cues)
        {
            (cue.End - cue.Start).ShouldBeLessThanOrEqualTo(7);
            cue.Text.Split('\n').Length.ShouldBeLessThanOrEqualTo(2);
            cue.Text.Split('\n').ShouldAllBe(line => line.Length <= 42);
        }

        foreach ((SubtitleCue cue, SubtitleCue next) in cues.Zip(cues.Skip(1)))
        {
            next.Start.ShouldBeGreaterThanOrEqualTo(cue.End);
        }
    }

    [Fact]
    public void A_subtitle_is_shown_for_a_second_where_the_next_one_leaves_so_much()
    {
        IReadOnlyList<SubtitleCue> cues = CueGrouping.Group([new Word("a", 0, 0.1, 1), new Word("b", 0.95, 1.2, 1), new Word("c", 5, 5.2, 1)]);
        cues.Select(cue => (cue.Start, cue.End)).ShouldBe([(0, 0.95), (0.95, 1.95), (5, 6)]);
    }

    [Fact]
    public void A_word_longer_than_a_line_has_a_line_of_its_own() =>
        Texts($"a {new string('x', 50)} b").ShouldBe([$"a\n{new string('x', 50)}", "b"]);

    [Fact]
    public void Scripts_without_spaces_get_none() =>
        Texts("你 好， 世 界 OK 再 见").ShouldBe(["你好，世界 OK 再见"]);

    [Fact]
    public void Words_that_were_not_spoken_or_have_no_text_are_left_out()
    {
        CueGrouping.Group([new Word("a", 1, 1, 0), new Word(" \n", 1, 2, 1), new Word("b", double.NaN, 2, 1)]).ShouldBeEmpty();
        CueGrouping.Group([]).ShouldBeEmpty();
    }

    [Fact]
    public void Limits_are_the_users_and_must_be_positive()
    {
        Texts("one two three four", new SubtitleOptions { MaxLineLength = 7, MaxLines = 1 }).ShouldBe(["one two", "three", "four"]);
        Texts("one two three four", new SubtitleOptions { MaxSeconds = 1 }).ShouldBe(["one two", "three four"]);
        Should.Throw<ArgumentOutOfRangeException>(() => CueGrouping.Group([], new SubtitleOptions { MaxLines = 0 }));
        Should.Throw<ArgumentOutOfRangeException>(() => CueGrouping.Group([], new SubtitleOptions { MaxLineLength = 0 }));
    }
}

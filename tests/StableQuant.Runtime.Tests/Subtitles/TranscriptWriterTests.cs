using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using StableQuant.Recognition;
using StableQuant.Subtitles;

namespace StableQuant.Runtime.Tests;

public class TranscriptWriterTests
{
    private static readonly Transcript Example = new("talk.wav", 12.5,
    [
        new Word("Tom", 0.25, 0.5, 0.9f, 1.25f), new Word("&", 0.5, 0.75, 0.8f), new Word("<Jerry>", 0.75, 1.5, 0.7f, -0.5f), new Word("not", 1.5, 1.5, 0), new Word("say\n–", 3, 3.5, 0.6f),
        new Word("\"-->\"", 3.5, 4.0004, 0.5f),
    ]);

    private static string Write(Transcript transcript, TranscriptFormat format)
    {
        var text = new StringWriter(CultureInfo.GetCultureInfo("")) { NewLine = "\r\n" };
        TranscriptWriter.Write(text, transcript, format);
        return text.ToString();
    }

    [Fact]
    public void SubRip_has_numbers_times_with_a_comma_and_no_arrow_or_tag_in_text() => Write(Example, TranscriptFormat.Srt).ShouldBe(
        "1\n00:00:00,250 --> 00:00:01,500\nTom & <\u2060Jerry>\n\n2\n00:00:03,000 --> 00:00:04,000\nsay – \"->\"\n\n");

    [Fact]
    public void WebVTT_has_its_signature_and_character_references() => Write(Example, TranscriptFormat.Vtt).ShouldBe(
        "WEBVTT\n\n00:00:00.250 --> 00:00:01.500\nTom &amp; &lt;Jerry&gt;\n\n00:00:03.000 --> 00:00:04.000\nsay – \"--&gt;\"\n\n");

    [Fact]
    public void CTM_has_a_line_a_word_in_the_order_of_its_specification() => Write(Example, TranscriptFormat.Ctm).ShouldBe("""
        talk.wav 1 0.250 0.250 Tom 0.900
        talk.wav 1 0.500 0.250 & 0.800
        talk.wav 1 0.750 0.750 <Jerry> 0.700
        talk.wav 1 3.000 0.500 say_– 0.600
        talk.wav 1 3.500 0.500 "-->" 0.500

        """.ReplaceLineEndings("\n"));

    [Fact]
    public void An_empty_TextGrid_is_that_of_Praats_manual() => Write(new Transcript("x", 2.3, []), TranscriptFormat.TextGrid).ShouldBe("""
        File type = "ooTextFile"
        Object class = "TextGrid"

        xmin = 0 
        xmax = 2.3 
        tiers? <exists> 
        size = 1 
        item []: 
            item [1]:
                class = "IntervalTier" 
                name = "words" 
                xmin = 0 
                xmax = 2.3 
                intervals: size = 1 
                intervals [1]:
                    xmin = 0 
                    xmax = 2.3 
                    text = "" 

        """.ReplaceLineEndings("\n"));

    [Fact]
    public void A_TextGrid_covers_the_recording_in_each_tier_and_doubles_quotation_marks()
    {
        string text = Write(Example with { Characters = [new Word("T", 0.25, 0.3, 1), new Word("o", 0.28, 0.5, 1)] }, TranscriptFormat.TextGrid);
        string[] tiers = text.Split("item [")[2..];
        tiers.Length.ShouldBe(2);
        foreach (string tier in tiers)
        {
            (double Start, double End, string Text)[] intervals = [.. Regex.Matches(tier, "xmin = ([0-9.]+) \n            xmax = ([0-9.]+) \n            text = \"((?:[^\"]|\"\")*)\" \n")
                .Select(m => (Number(m.Groups[1]), Number(m.Groups[2]), m.Groups[3].Value))];
            intervals.Length.ShouldBe(int.Parse(Regex.Match(tier, "size = ([0-9]+)").Groups[1].Value, CultureInfo.InvariantCulture));
            intervals[0].Start.ShouldBe(0);
            intervals[^1].End.ShouldBe(12.5);
            intervals.Zip(intervals.Skip(1)).ShouldAllBe(pair => pair.First.End == pair.Second.Start && pair.First.End > pair.First.Start);
        }

        text.ShouldContain("text = \"\"\"-->\"\"\"");
    }

    [Fact]
    public void JSON_holds_everything_that_is_known()
    {
        using JsonDocument json = JsonDocument.Parse(Write(Example, TranscriptFormat.Json));
        json.RootElement.GetProperty("text").GetString().ShouldBe("Tom & <Jerry> not say – \"-->\"");
        json.RootElement.TryGetProperty("characters", out _).ShouldBeFalse();
        JsonElement words = json.RootElement.GetProperty("words");
        words.GetArrayLength().ShouldBe(6);
        words[0].GetRawText().Where(c => !char.IsWhiteSpace(c)).ShouldBe("""{"text":"Tom","start":0.25,"end":0.5,"confidence":0.9,"score":1.25}""");
        words[1].TryGetProperty("score", out _).ShouldBeFalse();
        words[5].GetProperty("end").GetDouble().ShouldBe(4);
        using JsonDocument characters = JsonDocument.Parse(Write(Example with { Characters = [new Word("T", 0.25, 0.3, 1)] }, TranscriptFormat.Json));
        characters.RootElement.GetProperty("characters").GetArrayLength().ShouldBe(1);
    }

    [Fact]
    public void What_is_written_is_read_again_by_the_rules_of_each_format()
    {
        var random = new Random(2);
        string[] texts = ["a", "don’t", "&lt;", "-->", "日", "\"q\"", "x\ty", "é", "1", "end."];
        List<Word> words = [];
        for (double at = 3590; words.Count < 200; at += random.NextDouble() * 2)
        {
            words.Add(new Word(texts[random.Next(texts.Length)], at, at += 0.05 + random.NextDouble(), (float)random.NextDouble()));
        }

        IReadOnlyList<SubtitleCue> cues = CueGrouping.Group(words);
        var transcript = new Transcript("r", 0, words);
        string[] blocks = Write(transcript, TranscriptFormat.Vtt).Split("\n\n", StringSplitOptions.RemoveEmptyEntries)[1..];
        blocks.Length.ShouldBe(cues.Count);
        for (int i = 0; i < blocks.Length; i++)
        {
            string[] lines = blocks[i].Split('\n');
            Match times = Regex.Match(lines[0], @"^(\d\d):(\d\d):(\d\d\.\d\d\d) --> (\d\d):(\d\d):(\d\d\.\d\d\d)$");
            ((Number(times.Groups[1]) * 3600) + (Number(times.Groups[2]) * 60) + Number(times.Groups[3])).ShouldBe(cues[i].Start, 0.00051);
            WebUtility.HtmlDecode(string.Join('\n', lines[1..])).ShouldBe(cues[i].Text);
        }

        Regex.Count(Write(transcript, TranscriptFormat.Srt), @"^\d+\n\d\d:\d\d:\d\d,\d\d\d --> \d\d:\d\d:\d\d,\d\d\d\n(.+\n){1,2}\n", RegexOptions.Multiline).ShouldBe(cues.Count);
        string[][] fields = [.. Write(transcript, TranscriptFormat.Ctm).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' '))];
        fields.Length.ShouldBe(words.Count);
        fields.ShouldAllBe(f => f.Length == 6);
    }

    [Fact]
    public void Hostile_words_break_no_format()
    {
        Word[] words = [new Word("\uD800;;\0\r\n\n", 0, 1, 1), new Word(";;x", 1, 2, 1), new Word(new string('"', 1000), 2, 2.0001, float.NaN, float.NaN), new Word("", double.NaN, double.PositiveInfinity, 2, float.MaxValue)];
        var transcript = new Transcript("", double.NaN, words);
        JsonDocument.Parse(Write(transcript, TranscriptFormat.Json)).Dispose();
        Write(transcript, TranscriptFormat.Ctm).Split('\n').ShouldAllBe(line => line.Length == 0 || line.Split(' ').Length == 6);
        Write(transcript, TranscriptFormat.Ctm).ShouldContain(" _;;x ");
        Write(transcript, TranscriptFormat.Srt).ShouldNotContain("\n\n\n");
        Write(transcript, TranscriptFormat.Vtt).ShouldNotContain("\0");
        Write(transcript, TranscriptFormat.TextGrid).ShouldContain("xmax = 2.0001 ");
        Should.Throw<ArgumentOutOfRangeException>(() => Write(transcript, (TranscriptFormat)9));
    }

    private static double Number(Group group) => double.Parse(group.Value, CultureInfo.InvariantCulture);
}

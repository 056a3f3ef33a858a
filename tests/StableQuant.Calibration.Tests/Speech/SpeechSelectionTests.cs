using StableQuant.Audio;
using StableQuant.Calibration.Calibrate;
using StableQuant.Calibration.Speech;

namespace StableQuant.Calibration.Tests.Speech;

public sealed class SpeechSelectionTests : IDisposable
{
    private readonly TempFolder folder = new();
    private readonly List<string> said = [];

    public void Dispose() => folder.Dispose();

    private SpeechSelection Selection => new() { Log = said.Add };

    private string Manifest(string name, int count, string text = "HELLO THERE")
    {
        string stem = Path.GetFileNameWithoutExtension(name);
        return folder.Write(name, string.Concat(Enumerable.Range(0, count).Select(i =>
        {
            folder.WriteWav($"{stem}{i:000}.wav", new short[800]);
            return $"{stem}{i:000}.wav\t{text}\n";
        })));
    }

    /// <summary>Two good clips among one of every kind of bad one.</summary>
    private string WithBadOnes()
    {
        Manifest("good.tsv", 2);
        folder.Write("empty.wav", "");
        folder.WriteWav("header.wav");
        folder.WriteWav("short.wav", new short[100]);
        folder.WriteWav("long.wav", new short[61 * 16000]);
        folder.Write("page.wav", "<!DOCTYPE html><html></html>");
        folder.Write("cut.wav", "RIFF");
        return folder.Write("dev.tsv", "good000.wav\tHELLO\nempty.wav\tA\nheader.wav\tB\nmissing.wav\tC\nshort.wav\tD\npage.wav\tE\ncut.wav\tF\nno tab\nlong.wav\tG\ngood001.wav\tTHERE\ngood001.wav\tTHERE\n");
    }

    [Fact]
    public void All_that_cannot_be_used_is_listed_at_once()
    {
        string error = Should.Throw<StableQuantException>(() => SpeechDataset.Load([WithBadOnes()], Selection with { MaxSeconds = 60, Threads = 2 })).Message;
        error.ShouldBe("dev: 9 of 11 recordings cannot be used; mend them, or leave them out with --skip-bad.");
        string[] expected =
        [
            "dev.tsv(4): there is no audio file missing.wav.", "dev.tsv(8): expected 2 columns", "dev.tsv(11): good001.wav is listed already",
            "empty.wav: byte 0: the file is empty", "header.wav: byte 36: the recording holds no audio", "short.wav: 6.25 ms of audio is too short, the model needs 25 ms",
            "page.wav: byte 0: an HTML page", "cut.wav: byte 4: the file ends inside the RIFF header", "long.wav: 61 s are too long with one transcript, up to 60 s are taken",
        ];
        said.Count.ShouldBe(expected.Length);
        expected.ShouldAllBe(problem => said.Count(line => line.Contains(problem, StringComparison.Ordinal)) == 1);
    }

    [Fact]
    public void Bad_ones_are_left_out_where_that_is_asked_for_and_the_name_counts_them()
    {
        SpeechDataset data = SpeechDataset.Load([WithBadOnes()], Selection with { MaxSeconds = 60, SkipsBad = true });
        data.Utterances.Select(u => u.Id).ShouldBe(["good000.wav", "good001.wav"]);
        data.Name.ShouldBe("dev, 9 bad left out");
        data.Skipped.ShouldBe(9);
        said.Count(line => line.StartsWith("left out: ", StringComparison.Ordinal)).ShouldBe(9);
    }

    [Fact]
    public void Where_all_are_bad_nothing_is_left_to_leave_out()
    {
        folder.Write("empty.wav", "");
        string manifest = folder.Write("dev.tsv", "empty.wav\tA\nmissing.wav\tB\n");
        Should.Throw<StableQuantException>(() => SpeechDataset.Load([manifest], Selection with { SkipsBad = true })).Message.ShouldContain("2 of 2 recordings cannot be used");
        Should.Throw<StableQuantException>(() => SpeechDataset.Load([folder.Write("gone.tsv", "missing.wav\tB\n")], Selection with { SkipsBad = true })).Message.ShouldContain("gone.tsv(1): there is no audio file missing.wav.");
    }

    [Fact]
    public void A_sample_is_the_same_wherever_it_is_drawn_and_grows_by_what_was_not_in_it()
    {
        string manifest = Manifest("dev.tsv", 60);
        string[] Ids(int count) => [.. SpeechDataset.Load([manifest], Selection with { Utterances = count }).Utterances.Select(u => u.Id)];
        // By Python: sorted(sorted(ids, key=lambda i: sha256(b"stablequant utterances 1\n" + i.encode()).hexdigest())[:10]).
        string[] ten = ["dev006.wav", "dev011.wav", "dev022.wav", "dev023.wav", "dev024.wav", "dev048.wav", "dev050.wav", "dev051.wav", "dev056.wav", "dev057.wav"];
        Ids(10).ShouldBe(ten);
        Ids(20).ShouldBeSubsetOf(Ids(40));
        ten.ShouldBeSubsetOf(Ids(20));
        SpeechDataset.Load([manifest], Selection with { Utterances = 10 }).Name.ShouldBe("dev, 10 of 60");
        SpeechDataset.Load([manifest], Selection with { Utterances = 99 }).Name.ShouldBe("dev");
        // The order of the list does not matter: the ids decide.
        string turned = folder.Write("turned.tsv", string.Join('\n', File.ReadLines(manifest).Reverse()));
        SpeechDataset.Load([turned], Selection with { Utterances = 10 }).Utterances.Select(u => u.Id).ShouldBe(ten);
    }

    [Fact]
    public void Others_stand_in_for_bad_ones_of_a_sample()
    {
        string manifest = Manifest("dev.tsv", 40);
        string[] ten = [.. SpeechDataset.Load([manifest], Selection with { Utterances = 10 }).Utterances.Select(u => u.Id)];
        folder.Write(ten[3], "");
        SpeechDataset data = SpeechDataset.Load([manifest], Selection with { Utterances = 10, SkipsBad = true });
        data.Utterances.Count.ShouldBe(10);
        data.Utterances.Select(u => u.Id).ShouldNotContain(ten[3]);
        data.Name.ShouldBe("dev, 10 of 40, 1 bad left out");
    }

    [Fact]
    public void Several_sets_are_one_whose_ids_name_the_set()
    {
        SpeechDataset data = SpeechDataset.Load([Manifest("one.tsv", 2), Manifest("two.tsv", 1)], Selection);
        data.Name.ShouldBe("one + two");
        data.Utterances.Select(u => u.Id).ShouldBe(["one/one000.wav", "one/one001.wav", "two/two000.wav"]);
        string manifest = Path.Combine(folder.Path, "one.tsv");
        Should.Throw<StableQuantException>(() => SpeechDataset.Load([manifest, manifest], Selection)).Message.ShouldContain("2 of 4 recordings cannot be used");
        folder.WriteWav("plain/x.wav", new short[800]);
        Should.Throw<StableQuantException>(() => SpeechDataset.Load([manifest, Path.Combine(folder.Path, "plain")], Selection)).Message.ShouldContain("some recordings have transcripts");
    }

    [Fact]
    public void The_form_is_said_but_for_plain_manifests_and_folders()
    {
        SpeechDataset.Load([Manifest("dev.tsv", 1)], Selection);
        said.ShouldBeEmpty();
        string json = folder.Write("m.json", "{\"audio_filepath\": \"dev000.wav\", \"text\": \"A\"}");
        SpeechDataset.Load([json], Selection);
        said.ShouldBe([$"{json}: JSON, audio in 'audio_filepath', transcript in 'text', 1 utterances."]);
    }

    [Fact]
    public void Long_recordings_without_transcripts_are_cut_where_they_are_quiet()
    {
        // A tone with a silence of 0.2 s every 7 s; 11 minutes, more than is decoded at a time.
        const int Seconds = 660;
        short[] samples = [.. Enumerable.Range(0, Seconds * 16000).Select(i => i % (7 * 16000) < 3200 ? (short)0 : (short)(8000 * Math.Sin(i * 0.1)))];
        folder.WriteWav("talk/long.wav", samples);
        folder.WriteWav("talk/short.wav", new short[39 * 16000]);
        SpeechDataset data = SpeechDataset.Load([Path.Combine(folder.Path, "talk")], Selection with { MaxSeconds = 60 });
        data.Utterances.Count(u => u.Id == "short.wav").ShouldBe(1);
        Utterance[] parts = [.. data.Utterances.Where(u => u.Id != "short.wav").OrderBy(u => u.Start)];
        parts.Length.ShouldBeGreaterThan(Seconds / 20);
        parts[0].Start.ShouldBe(TimeSpan.Zero);
        parts.ShouldAllBe(part => part.Length <= TimeSpan.FromSeconds(20));
        for (int i = 1; i < parts.Length; i++)
        {
            parts[i].Start.ShouldBe(parts[i - 1].Start + parts[i - 1].Length!.Value);
            (parts[i].Start.TotalSeconds % 7).ShouldBeInRange(0.04, 0.16);
        }

        (parts[^1].Start + parts[^1].Length!.Value).ShouldBe(TimeSpan.FromSeconds(Seconds));
        parts[5].Load(default).ShouldBe(AudioFile.Load16k(parts[5].AudioPath)[(int)(parts[5].Start.TotalSeconds * 16000)..(int)((parts[5].Start + parts[5].Length!.Value).TotalSeconds * 16000)]);
    }

    [Fact]
    public void Few_words_and_a_holdout_that_was_heard_are_warned_of()
    {
        SpeechDataset Data(string path) => SpeechDataset.Load([path], Selection);
        SpeechDataset few = Data(Manifest("few.tsv", 5));
        SpeechDataset many = Data(Manifest("many.tsv", 200));
        SpeechWarnings.Of(few, null).ShouldHaveSingleItem().ShouldBe("warning: few has 10 words: one word is 10 points of word error rate; take 400 or more, better some thousands.");
        SpeechWarnings.Of(many, null).ShouldBeEmpty();
        SpeechWarnings.Of(many, many).ShouldHaveSingleItem().ShouldContain("all recordings of many are in many, too");

        // Recordings that differ; then one of them, under another name, is in both.
        for (int i = 0; i < 200; i++)
        {
            folder.WriteWav($"many{i:000}.wav", [.. Enumerable.Range(0, 800).Select(s => (short)(i + s))]);
            folder.WriteWav($"other{i:000}.wav", [.. Enumerable.Range(0, 800).Select(s => (short)(1000 + i + s))]);
        }

        string held = folder.Write("other.tsv", string.Concat(Enumerable.Range(0, 200).Select(i => $"other{i:000}.wav\tHELLO THERE\n")));
        SpeechWarnings.Of(Data(Path.Combine(folder.Path, "many.tsv")), Data(held)).ShouldBeEmpty();
        File.Copy(Path.Combine(folder.Path, "many007.wav"), Path.Combine(folder.Path, "other000.wav"), overwrite: true);
        SpeechWarnings.Of(Data(Path.Combine(folder.Path, "many.tsv")), Data(held)).ShouldHaveSingleItem().ShouldStartWith("warning: 1 of 200 recordings of other are in many, too");
    }
}

using StableQuant.Calibration.Speech;

namespace StableQuant.Calibration.Tests.Speech;

/// <summary>Lists of speech as other tools write them: the form is told by the content.</summary>
public sealed class SpeechFormTests : IDisposable
{
    private const string EightColumns = "client_id\tpath\tsentence\tup_votes\tdown_votes\tage\tgender\taccent";
    private const string ThirteenColumns = "client_id\tpath\tsentence_id\tsentence\tsentence_domain\tup_votes\tdown_votes\tage\tgender\taccents\tvariant\tlocale\tsegment";

    private readonly TempFolder folder = new();

    public SpeechFormTests()
    {
        foreach (string name in new[] { "a.wav", "b.wav", "clips/c.wav", "clips/d.wav", "wavs/LJ001-0001.wav", "audio/e.wav" })
        {
            folder.WriteWav(name, new short[800]);
        }
    }

    public void Dispose() => folder.Dispose();

    private (string Id, string File, string? Transcript)[] Load(string name, string text) => Load(folder.Write(name, text));

    private static (string Id, string File, string? Transcript)[] Load(string path) =>
        [.. SpeechDataset.Load(path).Utterances.Select(u => (u.Id, Path.GetFileName(u.AudioPath), u.Transcript))];

    [Theory]
    [InlineData(EightColumns, "x\tc.wav\tHello, \"you\".\t2\t0\t\t\t", "y\td.wav\tGood day\t2\t1\ttwenties\tmale\tus")]
    [InlineData(ThirteenColumns, "x\tc.wav\t1\tHello, \"you\".\t\t2\t0\t\t\t\t\ten\t", "y\td.wav\t2\tGood day\t\t2\t1\t\t\t\t\ten\t")]
    public void The_tables_of_Common_Voice_are_read_with_the_clips_beside_them(string header, string first, string second)
    {
        foreach (string newline in new[] { "\n", "\r\n" })
        {
            Load("dev.tsv", $"\uFEFF{header}{newline}{first}{newline}{newline}{second}{newline}").ShouldBe([("c.wav", "c.wav", "Hello, \"you\"."), ("d.wav", "d.wav", "Good day")]);
        }
    }

    [Fact]
    public void A_sentence_that_begins_with_a_quote_ends_with_its_line_and_one_that_a_spreadsheet_quoted_is_unquoted() =>
        Load("dev.tsv", "path\tsentence\nc.wav\t\"Hello\" said he.\nd.wav\t\"\"\"Hello\"\" said he.\"\n")
            .ShouldBe([("c.wav", "c.wav", "\"Hello\" said he."), ("d.wav", "d.wav", "\"Hello\" said he.")]);

    [Theory]
    [InlineData("metadata.csv", "file_name,transcription\na.wav,\"HELLO, YOU\"\nb.wav,GOOD DAY\n")]
    [InlineData("metadata.csv", "file_name,speaker,text\r\na.wav,1,\"HELLO, YOU\"\r\nb.wav,2,GOOD DAY\r\n")]
    [InlineData("metadata.csv", "\uFEFFFile_Name;Sentence\na.wav;HELLO, YOU\nb.wav;GOOD DAY")]
    [InlineData("train.csv", "wav_filename,wav_filesize,transcript\na.wav,1644,\"HELLO, YOU\"\nb.wav,1644,\"GOOD DAY\"\n")]
    [InlineData("metadata.csv", "file_name,text,normalized_text\na.wav,Hello you,\"HELLO, YOU\"\nb.wav,Good day!,GOOD DAY\n")]
    [InlineData("metadata.jsonl", "{\"file_name\": \"a.wav\", \"transcription\": \"HELLO, YOU\"}\n{\"file_name\": \"b.wav\", \"transcription\": \"GOOD DAY\"}\n")]
    [InlineData("metadata.jsonl", "\uFEFF{\"audio\": {\"path\": \"a.wav\", \"bytes\": null}, \"sentence\": \"HELLO, YOU\"}\r\n\r\n{\"sentence\": \"GOOD DAY\", \"audio\": {\"path\": \"b.wav\"}}\r\n")]
    [InlineData("manifest.json", "{\"audio_filepath\": \"a.wav\", \"duration\": 0.05, \"text\": \"HELLO, YOU\"}\n{\"audio_filepath\": \"b.wav\", \"duration\": 0.05, \"text\": \"GOOD DAY\"}")]
    [InlineData("all.json", "[{\"audio_filepath\": \"a.wav\", \"text\": \"HELLO, YOU\"},\n {\"audio_filepath\": \"b.wav\", \"text\": \"GOOD DAY\"}]")]
    [InlineData("lists.txt", "path\ttext\na.wav\tHELLO, YOU\nb.wav\tGOOD DAY\n")]
    [InlineData("metadata.csv", "a|Hello you|HELLO, YOU\nb|Good day|GOOD DAY\n")]
    public void Tables_and_JSON_are_read_whatever_their_name(string name, string text) =>
        Load(name, text).Select(u => (u.File, u.Transcript)).ShouldBe([("a.wav", "HELLO, YOU"), ("b.wav", "GOOD DAY")]);

    [Fact]
    public void A_field_in_quotes_holds_commas_quotes_and_lines() =>
        Load("metadata.csv", "text,file_name\n\"one, \"\"two\"\"\r\nthree\",a.wav\n").ShouldBe([("a.wav", "a.wav", "one, \"two\"\r\nthree")]);

    [Fact]
    public void Clips_are_found_in_the_folders_that_tools_keep_beside_their_lists_and_without_their_endings()
    {
        Load("metadata.csv", "LJ001-0001|Printing, in 1920|Printing, in nineteen twenty\n").ShouldBe([("LJ001-0001", "LJ001-0001.wav", "Printing, in nineteen twenty")]);
        Load("m.json", "{\"audio_filepath\": \"e\", \"text\": \"x\"}").Single().File.ShouldBe("e.wav");
        string absolute = Path.Combine(folder.Path, "b.wav").Replace("\\", "/", StringComparison.Ordinal);
        Load("m.json", $"{{\"audio_filepath\": \"{absolute}\", \"text\": \"x\"}}").ShouldBe([(absolute, "b.wav", "x")]);
    }

    [Fact]
    public void An_offset_takes_a_part_of_a_file()
    {
        SpeechDataset data = SpeechDataset.Load(folder.Write("m.json", "{\"audio_filepath\":\"a.wav\",\"text\":\"one\",\"offset\":0.0,\"duration\":0.02}\n{\"audio_filepath\":\"a.wav\",\"text\":\"two\",\"offset\":0.02,\"duration\":0.03}\n{\"audio_filepath\":\"b.wav\",\"text\":\"all\",\"duration\":0.05}\n"));
        data.Utterances.Select(u => (u.Id, u.Start.TotalSeconds, u.Length?.TotalSeconds)).ShouldBe([("a.wav@0", 0, 0.02), ("a.wav@0.02", 0.02, 0.03), ("b.wav", 0, null)]);
        data.Utterances.Select(u => u.Load(default).Length).ShouldBe([320, 480, 800]);
    }

    [Fact]
    public void A_Kaldi_folder_is_read_with_its_segments()
    {
        string kaldi = Path.Combine(folder.Path, "kaldi");
        folder.WriteWav("kaldi/data/r1.wav", new short[16000]);
        folder.Write("kaldi/wav.scp", "r1 data/r1.wav\nr2 sox in.mp3 -t wav - |\n");
        folder.Write("kaldi/text", "r1 HELLO THERE\n");
        Load(kaldi).ShouldBe([("r1", "r1.wav", "HELLO THERE")]);
        folder.Write("kaldi/segments", "r1-1 r1 0.00 0.25\nr1-2 r1 0.25 1\n");
        folder.Write("kaldi/text", "r1-1 HELLO\nr1-2 THERE YOU\n");
        SpeechDataset.Load(kaldi).Utterances.Select(u => (u.Id, u.Transcript, u.Load(default).Length)).ShouldBe([("r1-1", "HELLO", 4000), ("r1-2", "THERE YOU", 12000)]);
        folder.Write("kaldi/segments", "r1-1 r2 0 1\n");
        folder.Write("kaldi/text", "r1-1 HELLO\n");
        Should.Throw<StableQuantException>(() => Load(kaldi)).Message.ShouldContain("text(1): the file of r2 is a command, which is not run");
    }

    [Fact]
    public void A_folder_is_read_by_the_list_in_it()
    {
        folder.WriteWav("hf/data/a.wav", new short[800]);
        folder.Write("hf/data/metadata.csv", "file_name,text\na.wav,HELLO\n");
        Load(Path.Combine(folder.Path, "hf")).ShouldBe([("a.wav", "a.wav", "HELLO")]);
        folder.WriteWav("cv/clips/a.wav", new short[800]);
        folder.Write("cv/dev.tsv", "path\tsentence\na.wav\tHELLO\n");
        Load(Path.Combine(folder.Path, "cv")).ShouldBe([("a.wav", "a.wav", "HELLO")]);
    }

    [Fact]
    public void More_than_one_list_in_a_folder_is_one_clear_error()
    {
        folder.WriteWav("cv/clips/a.wav", new short[800]);
        folder.Write("cv/dev.tsv", "path\tsentence\na.wav\tHELLO\n");
        folder.Write("cv/test.tsv", "path\tsentence\na.wav\tHELLO\n");
        Should.Throw<StableQuantException>(() => Load(Path.Combine(folder.Path, "cv"))).Message
            .ShouldEndWith("cv: lists speech in more than one way: dev.tsv, test.tsv; name the file or folder that is meant.");
        folder.Write("both/metadata.csv", "file_name,text\na.wav,HELLO\n");
        folder.Write("both/x.trans.txt", "x HELLO\n");
        Should.Throw<StableQuantException>(() => Load(Path.Combine(folder.Path, "both"))).Message.ShouldContain("metadata.csv, *.trans.txt, as LibriSpeech has them");
    }

    [Theory]
    [InlineData("x.tsv", "path\tsentence\ttext\na.wav\tA\tB\n", "more than one column may be the transcripts: sentence, text; keep one of them")]
    [InlineData("x.csv", "path,audio,text\na.wav,a.wav,B\n", "more than one column may be the audio: path, audio")]
    [InlineData("x.csv", "file_name,label\na.wav,B\n", "x.csv: the first line is no header that is known")]
    [InlineData("x.tsv", "id\twho\tname\twhat\n1\t2\ta.wav\tB\n", "x.tsv: the first line is no header that is known")]
    [InlineData("x.json", "{\"audio_filepath\": \"a.wav\", \"speech\": \"A\"}\n", "no column is known to be the transcripts; name it sentence, transcription, transcript, text. There are audio_filepath, speech.")]
    [InlineData("x.json", "{\"audio_filepath\": \"a.wav\", \"text\": \"A\"}\n{\"audio_filepath\": \n", "x.json(2): not JSON")]
    [InlineData("x.json", "{\"audio_filepath\": \"a.wav\", \"text\": \"A\"}\n[]\n", "x.json(2): expected an object, but found Array")]
    [InlineData("x.json", "[{\"path\": \"a.wav\", \"text\": \"A\"}, 2]", "x.json[1]: expected an object, but found Number")]
    [InlineData("x.tsv", "path\tsentence\n", "x.tsv: the data set is empty")]
    public void What_cannot_be_read_without_guessing_is_one_clear_error(string name, string text, string message) =>
        Should.Throw<StableQuantException>(() => Load(name, text)).Message.Replace(folder.Path, "", StringComparison.Ordinal).ShouldContain(message);

    [Theory]
    [InlineData("x.tsv", "path\tsentence\na.wav\n", "x.tsv(2): has 1 columns, the header 2.")]
    [InlineData("x.tsv", "path\tsentence\na.wav\t \n", "x.tsv(2): a.wav has no transcript ('sentence' is empty).")]
    [InlineData("x.tsv", "path\tsentence\n\tHELLO\n", "x.tsv(2): has no 'path'.")]
    [InlineData("x.csv", "path,text\n\n\"a\nb\",c\nz.wav,B\n", "x.csv(5): there is no audio file z.wav.")]
    [InlineData("x.json", "{\"audio_filepath\": \"a.wav\", \"text\": null}\n", "x.json(1): a.wav has no transcript")]
    [InlineData("x.json", "{\"audio_filepath\": \"a.wav\", \"text\": \"A\", \"offset\": -1}\n", "x.json(1): 'offset' and 'duration' of a.wav are no times in seconds.")]
    [InlineData("x.json", "{\"audio_filepath\": \"a.wav\", \"text\": \"A\", \"offset\": 1, \"duration\": 1e300}\n", "are no times in seconds")]
    [InlineData("x.json", "{\"audio_filepath\": \"a\\u0000.wav\", \"text\": \"A\"}\n", "there is no audio file a")]
    [InlineData("x.tsv", "[]b.wav\tHELLO\n", "x.tsv(1): there is no audio file []b.wav.")]
    [InlineData("x.tsv", "{b}.wav\tHELLO\n", "x.tsv(1): there is no audio file {b}.wav.")]
    public void An_entry_that_cannot_be_used_is_named_with_its_place(string name, string text, string message)
    {
        Should.Throw<StableQuantException>(() => Load(name, text)).Message.ShouldContain(message);
    }
}

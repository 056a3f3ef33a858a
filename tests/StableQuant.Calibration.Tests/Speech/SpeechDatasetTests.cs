using System.Security.Cryptography;
using System.Text;
using StableQuant.Calibration.Speech;

namespace StableQuant.Calibration.Tests.Speech;

public sealed class SpeechDatasetTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_manifest_is_read_whatever_wrote_it()
    {
        folder.WriteWav("audio/b.wav");
        folder.WriteWav("audio/a.wav");
        string manifest = folder.Write("speech.tsv", "\uFEFFaudio/b.wav\tSECOND ONE\r\n\r\naudio\\a.wav\t first \r\n   \r\n");

        SpeechDataset data = SpeechDataset.Load(manifest);

        data.Name.ShouldBe("speech");
        data.HasTranscripts.ShouldBeTrue();
        data.Utterances.ShouldBe([
            new Utterance("audio/a.wav", Path.Combine(folder.Path, "audio", "a.wav"), "first"),
            new Utterance("audio/b.wav", Path.Combine(folder.Path, "audio", "b.wav"), "SECOND ONE"),
        ]);
        data.ManifestSha256.ShouldBe(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes("audio/a.wav\tfirst\naudio/b.wav\tSECOND ONE\n"))));
    }

    [Fact]
    public void An_empty_transcript_says_that_nothing_was_said()
    {
        folder.WriteWav("a.wav");
        SpeechDataset.Load(folder.Write("speech.tsv", "a.wav\t\n")).Utterances[0].Transcript.ShouldBe("");
    }

    [Theory]
    [InlineData("a.wav\tHELLO\n\nb.wav HELLO\n", "speech.tsv(3): expected 2 columns")]
    [InlineData("a.wav\tHELLO\tTHERE\n", "speech.tsv(1): expected 2 columns, path TAB transcript, but found 3")]
    [InlineData("a.wav\tHELLO\nmissing.wav\tHELLO\n", "speech.tsv(2): there is no audio file missing.wav")]
    [InlineData("a.wav\tHELLO\na.wav\tHELLO\n", "speech.tsv(2): a.wav is listed already, in ")]
    [InlineData(" \tHELLO\n", "speech.tsv(1): the path is empty")]
    [InlineData("\n\n", "speech.tsv: the data set is empty")]
    public void An_error_in_a_manifest_names_file_and_line(string text, string message)
    {
        folder.WriteWav("a.wav");
        string manifest = folder.Write("speech.tsv", text);
        Should.Throw<StableQuantException>(() => SpeechDataset.Load(manifest)).Message.ShouldContain(message);
    }

    [Fact]
    public void A_manifest_that_is_not_text_is_refused()
    {
        string manifest = folder.Write("speech.tsv", [(byte)'a', 0xFF, 0xFE, (byte)'\t', (byte)'b']);
        Should.Throw<StableQuantException>(() => SpeechDataset.Load(manifest)).Message.ShouldContain("speech.tsv: not UTF-8");
    }

    [Fact]
    public void What_does_not_exist_is_refused() =>
        Should.Throw<StableQuantException>(() => SpeechDataset.Load(Path.Combine(folder.Path, "nowhere")))
            .Message.ShouldContain("no such manifest or folder");

    [Fact]
    public void A_folder_of_LibriSpeech_is_read_from_its_transcripts()
    {
        folder.Write("dev/84/121123/84-121123.trans.txt", "84-121123-0001 BUT IN LESS\n84-121123-0000 GO DO YOU HEAR\n");
        folder.Write("dev/84/121123/84-121123-0000.flac", "");
        folder.Write("dev/84/121123/84-121123-0001.flac", "");
        folder.Write("dev/17/9/17-9.trans.txt", "17-9-0000 YES\n");
        folder.WriteWav("dev/17/9/17-9-0000.wav");
        folder.WriteWav("dev/17/9/not-listed.wav");

        SpeechDataset data = SpeechDataset.Load(Path.Combine(folder.Path, "dev") + Path.DirectorySeparatorChar);

        data.Name.ShouldBe("dev");
        data.Utterances.Select(u => (u.Id, Path.GetFileName(u.AudioPath), u.Transcript)).ShouldBe([
            ("17-9-0000", "17-9-0000.wav", "YES"),
            ("84-121123-0000", "84-121123-0000.flac", "GO DO YOU HEAR"),
            ("84-121123-0001", "84-121123-0001.flac", "BUT IN LESS"),
        ]);
    }

    [Fact]
    public void A_LibriSpeech_transcript_without_audio_is_an_error()
    {
        folder.Write("1/1.trans.txt", "1-0000 YES\n");
        Should.Throw<StableQuantException>(() => SpeechDataset.Load(folder.Path))
            .Message.ShouldContain("1.trans.txt(1): there is no audio file for 1-0000");
    }

    [Fact]
    public void A_folder_of_audio_has_no_transcripts()
    {
        folder.WriteWav("b/z.WAV");
        folder.WriteWav("a.wav");
        folder.Write("notes.txt", "not audio");

        SpeechDataset data = SpeechDataset.Load(folder.Path);

        data.HasTranscripts.ShouldBeFalse();
        data.Utterances.Select(u => u.Id).ShouldBe(["a.wav", "b/z.WAV"]);
        data.WithTranscripts(["x", "y"]).HasTranscripts.ShouldBeTrue();
    }

    [Fact]
    public void A_folder_without_audio_is_refused() =>
        Should.Throw<StableQuantException>(() => SpeechDataset.Load(folder.Path)).Message.ShouldContain("holds no audio");
}

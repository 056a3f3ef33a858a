using StableQuant.Audio;
using StableQuant.Calibration.Compile;
using StableQuant.Calibration.Evaluate;
using StableQuant.Recognition;

namespace StableQuant.Calibration.Tests.Recognition;

/// <summary>The shipped model as a component: recordings of any length and form, their words and times.</summary>
public sealed class RecognizerTests : IDisposable
{
    private const int Rate = AudioFile.ModelRate;

    private static readonly (string Path, string Text)[] Recordings = [.. File.ReadLines(TestFiles.Recordings)
        .Select(line => line.Split('\t'))
        .Select(parts => (Path.Combine(Path.GetDirectoryName(TestFiles.Recordings)!, parts[0]), parts[1]))];

    private readonly CompiledModelSource source = CompiledModelSource.Load(TestFiles.Commands);
    private readonly ISpeechModel model;
    private readonly Recognizer recognizer;

    public RecognizerTests()
    {
        model = source.Create(maxSeconds: 20);
        recognizer = new Recognizer(model);
    }

    public void Dispose()
    {
        model.Dispose();
        source.Dispose();
    }

    [Fact]
    public void A_short_recording_has_the_words_of_the_model_itself()
    {
        foreach ((string path, _) in Recordings)
        {
            float[] pcm = AudioFile.Load16k(path);
            var text = new char[model.MaxTextLength(pcm.Length)];
            string expected = new(text, 0, model.Transcribe(pcm, text));
            Transcription heard = recognizer.Recognize(pcm);
            heard.Text.ShouldBe(expected);
            string.Join(' ', heard.Words.Select(word => word.Text)).ShouldBe(expected);
            heard.Duration.TotalSeconds.ShouldBe(pcm.Length / (double)Rate, 1e-6);
            heard.Words.ShouldAllBe(word => word.Start >= 0 && word.End > word.Start && word.End <= heard.Duration.TotalSeconds && word.Confidence >= 0 && word.Confidence <= 1);
            heard.Words.Zip(heard.Words.Skip(1)).ShouldAllBe(pair => pair.First.End <= pair.Second.Start);
        }
    }

    [Fact]
    public void Silence_around_speech_costs_no_word_and_moves_all_of_them()
    {
        float[] pcm = AudioFile.Load16k(Recordings[0].Path);
        Transcription alone = recognizer.Recognize(pcm);
        Transcription padded = recognizer.Recognize([.. new float[3 * Rate], .. pcm, .. new float[2 * Rate]]);
        padded.Text.ShouldBe(alone.Text);
        for (int i = 1; i < alone.Words.Count; i++)
        {
            padded.Words[i].Start.ShouldBe(alone.Words[i].Start + 3, 0.06);
        }
    }

    [Fact]
    public void A_long_recording_has_the_words_of_its_parts_at_their_places()
    {
        // Some minutes, with pauses as between sentences.
        var joined = new List<float>();
        var starts = new List<double>();
        var random = new Random(7);
        foreach ((string path, _) in Recordings)
        {
            joined.AddRange(new float[(int)((0.5 + random.NextDouble()) * Rate)]);
            starts.Add(joined.Count / (double)Rate);
            joined.AddRange(AudioFile.Load16k(path));
        }

        string expected = string.Join(' ', Recordings.Select(r => r.Text));
        Transcription heard = recognizer.Recognize([.. joined]);

        // Each by itself, some words of it are wrong; cutting may cost one more in a hundred.
        int alone = Recordings.Sum(r => ErrorRate.OfWords(r.Text, recognizer.RecognizeFile(r.Path).Text).Errors);
        ErrorRate.OfWords(expected, heard.Text).Errors.ShouldBeLessThanOrEqualTo(alone + expected.Split(' ').Length / 100);
        foreach (double start in starts)
        {
            // The first word begins where its recording does, give or take its own silence.
            heard.Words.Min(word => Math.Abs(word.Start - (start + 0.1))).ShouldBeLessThan(0.35);
        }
    }

    [Fact]
    public void A_long_file_is_read_in_parts_and_has_the_same_words()
    {
        // More than a minute, so that the file is more than one part.
        short[] pcm = [.. Enumerable.Range(0, 3).SelectMany(_ => Recordings).SelectMany(r => (short[])[.. new short[Rate], .. AudioFile.Load16k(r.Path).Select(x => (short)(x * 32767))])];
        pcm.Length.ShouldBeGreaterThan(61 * Rate);
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            using (var writer = new BinaryWriter(File.Create(path)))
            {
                // The header of a recorder that cannot seek: it says nothing of the length.
                writer.Write("RIFF"u8);
                writer.Write(0);
                writer.Write("WAVEfmt "u8);
                writer.Write(16);
                writer.Write(0x0001_0001);
                writer.Write(Rate);
                writer.Write(2 * Rate);
                writer.Write(0x0010_0002);
                writer.Write("data"u8);
                writer.Write(0);
                writer.Write(System.Runtime.InteropServices.MemoryMarshal.AsBytes<short>(pcm));
            }

            Transcription expected = recognizer.Recognize(pcm), heard = recognizer.RecognizeFile(path);
            heard.Words.ShouldBe(expected.Words);
            heard.Duration.ShouldBe(expected.Duration);
            heard.Notes.ShouldHaveSingleItem().ShouldContain("does not say how long the data are");
            Should.Throw<ArgumentException>(() => recognizer.RecognizeFile(path, ChannelChoice.Each)).Message.ShouldContain("Each channel");
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.003)]
    [InlineData(0.1)]
    public void Silence_and_noise_have_no_words(double loudness)
    {
        // Pink noise after Voss: sums of values that change at octaves of the rate.
        var random = new Random(3);
        var rows = new double[12];
        var pcm = new float[30 * Rate];
        for (int i = 0; i < pcm.Length; i++)
        {
            rows[Math.Min(System.Numerics.BitOperations.TrailingZeroCount(i + 1), 11)] = random.NextDouble() - 0.5;
            pcm[i] = (float)(loudness * rows.Sum() / 3);
        }

        recognizer.Recognize(pcm).Words.ShouldBeEmpty();
        recognizer.Recognize(pcm.AsSpan(0, 5 * Rate)).Words.ShouldBeEmpty();
    }

    [Fact]
    public void Every_form_of_a_recording_has_the_same_words()
    {
        (string path, string text) = Recordings[1];
        float[] pcm = AudioFile.Load16k(path);
        short[] integers = [.. pcm.Select(x => (short)Math.Clamp(Math.Round(x * 32768), short.MinValue, short.MaxValue))];
        using var stream = new MemoryStream(File.ReadAllBytes(path));
        recognizer.Recognize(integers).Text.ShouldBe(text);
        recognizer.Recognize(stream).Text.ShouldBe(text);
        stream.CanRead.ShouldBeTrue("it is left open");
        recognizer.RecognizeFile(path).Text.ShouldBe(text);
        model.Transcribe(pcm).ShouldBe(text);
        model.Transcribe(integers).ShouldBe(text);
        model.TranscribeFile(path).ShouldBe(text);
        model.Recognize(pcm).Text.ShouldBe(text);
        model.RecognizeFile(path).Words.Count.ShouldBe(text.Split(' ').Length);
    }

    [Fact]
    public void A_sample_that_is_no_number_and_a_cancelled_call_leave_the_recognizer_usable()
    {
        float[] pcm = AudioFile.Load16k(Recordings[0].Path);
        Should.Throw<ArgumentException>(() => recognizer.Recognize([.. pcm, float.NaN]));
        Should.Throw<ArgumentException>(() => recognizer.Recognize([.. new float[30 * Rate], float.NaN]));
        Should.Throw<OperationCanceledException>(() => recognizer.Recognize(pcm, new CancellationToken(canceled: true)));
        recognizer.Recognize(pcm).Text.ShouldBe(Recordings[0].Text);
        recognizer.Recognize(ReadOnlySpan<float>.Empty).Words.ShouldBeEmpty();
    }
}

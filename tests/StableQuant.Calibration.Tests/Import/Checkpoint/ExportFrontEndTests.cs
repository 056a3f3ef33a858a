using System.Text;
using StableQuant.Calibration.Float;
using StableQuant.Calibration.Import;

namespace StableQuant.Calibration.Tests.Import.Checkpoint;

/// <summary>What a preprocessor_config.json beside an ONNX file says of what the graph reads.</summary>
public class ExportFrontEndTests
{
    private const string Parakeet = "exports/parakeet-nobias-ts.onnx", Bert = "exports/w2v-bert-rotary-ts.onnx", Waveform = "heads/w2v2-xvector/model.onnx";

    [Theory]
    [InlineData(Parakeet, "as NeMo makes them: 80 mel bands.")]
    [InlineData(Bert, "as w2v-BERT 2.0 makes them: ")]
    public void Without_one_the_number_of_features_decides_and_a_note_says_so(string model, string note)
    {
        List<string> notes = [];
        Imported(model, null, notes);
        notes.ShouldHaveSingleItem().ShouldContain(note);
    }

    [Fact]
    public void A_Parakeet_reads_its_windows_and_steps()
    {
        List<string> notes = [];
        Imported(Parakeet, """{"feature_extractor_type": "ParakeetFeatureExtractor", "feature_size": 80, "win_length": 320, "hop_length": 80, "n_fft": 1024, "preemphasis": 0.9}""", notes)
            .FrontEnd.ShouldBe(FloatFrontEnd.Nemo(80) with { Window = 320, Hop = 80, FourierSize = 1024, Preemphasis = 0.9f });
        notes.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"feature_extractor_type": "SeamlessM4TFeatureExtractor", "num_mel_bins": 80, "stride": 2}""")]
    public void A_Wav2Vec2_BERT_reads_its_bands_and_frames(string json)
    {
        List<string> notes = [];
        Imported(Bert, json, notes).FrontEnd.ShouldBe(FloatFrontEnd.Kaldi(bands: 80, stack: 2));
        notes.ShouldBeEmpty();
    }

    // Of 80 features a graph cannot tell: the file can.
    [Fact]
    public void What_makes_the_features_is_what_the_file_names() =>
        Imported(Parakeet, """{"feature_extractor_type": "SeamlessM4TFeatureExtractor", "num_mel_bins": 40, "stride": 2}""").FrontEnd.ShouldBe(FloatFrontEnd.Kaldi(bands: 40, stack: 2));

    [Fact]
    public void What_is_within_processor_config_counts_too()
    {
        using TemporaryFolder folder = Folder(Parakeet);
        folder.Write("processor_config.json", """{"feature_extractor": {"feature_size": 80, "hop_length": 200}}"""u8.ToArray());
        OnnxImporter.Import(Path.Combine(folder.Path, "model.onnx")).FrontEnd.ShouldBe(FloatFrontEnd.Nemo(80) with { Hop = 200 });
    }

    [Fact]
    public void Another_extractor_is_named_and_the_number_of_features_decides()
    {
        List<string> notes = [];
        Imported(Parakeet, """{"feature_extractor_type": "WhisperFeatureExtractor", "feature_size": 128}""", notes).FrontEnd.ShouldBe(FloatFrontEnd.Nemo(80));
        notes.Count.ShouldBe(2);
        notes[0].ShouldEndWith("preprocessor_config.json names a WhisperFeatureExtractor, which makes no features that are known.");
    }

    [Fact]
    public void Samples_are_taken_as_they_are_where_the_file_says_so()
    {
        Imported(Waveform, """{"do_normalize": false}""").FrontEnd.ShouldBe(FloatFrontEnd.AsIs);
        Imported(Waveform, """{"do_normalize": true}""").FrontEnd.ShouldBe(FloatFrontEnd.Normalized);
        Imported(Waveform, null).FrontEnd.ShouldBe(FloatFrontEnd.Normalized);
    }

    [Theory]
    [InlineData(Parakeet, """{"feature_size": 128}""", "feature_size: says 128 bands, but ")]
    [InlineData(Bert, """{"num_mel_bins": 128}""", "num_mel_bins: says 128 bands of 2 frames, but ")]
    [InlineData(Bert, """{"stride": 3}""", "reads 160 features a frame; put that model's own file beside it, or none")]
    [InlineData(Bert, """{"stride": 0}""", "stride: is 0, not a whole number from 1")]
    [InlineData(Bert, """{"num_mel_bins": 1048576, "stride": 1048576}""", "describes features that are not supported: 'bands' must be an integer")]
    [InlineData(Parakeet, """{"n_fft": 400}""", "describes features that are not supported: 'fft' must be a power of two")]
    [InlineData(Parakeet, """{"n_fft": 1048576}""", "'fft' must be an integer")]
    [InlineData(Parakeet, """{"win_length": 1000}""", "'window' must be an integer from 2 to 512")]
    [InlineData(Parakeet, """{"hop_length": 401}""", "'hop' must be an integer from 1 to 400")]
    [InlineData(Parakeet, """{"preemphasis": 97}""", "preemphasis: is 97, not a number between 0 and 1")]
    [InlineData(Parakeet, """{"sampling_rate": 8000}""", "sampling_rate: is 8000; models that hear 16000 samples a second are supported")]
    [InlineData(Parakeet, """{"feature_extractor_type": 4}""", "feature_extractor_type: is 4, not a text")]
    [InlineData(Parakeet, "[]", "is no JSON object")]
    [InlineData(Parakeet, "{\"a\": \"\\ud800\"}", "cannot be read as JSON")]
    [InlineData(Parakeet, "{\"feature_size\": 80", "cannot be read as JSON")]
    [InlineData(Parakeet, "", "is empty or no plain file")]
    [InlineData(Waveform, """{"feature_size": 80}""", "feature_size: is 80; this kind of model reads samples")]
    [InlineData(Waveform, """{"do_normalize": "yes"}""", "do_normalize: is \"yes\", not true or false")]
    public void A_file_that_is_malformed_or_of_another_model_is_named(string model, string json, string why)
    {
        string message = Should.Throw<ImportException>(() => Imported(model, json)).Message;
        message.ShouldContain("preprocessor_config.json: ");
        message.ShouldContain(why);
    }

    [Fact]
    public void A_link_out_of_the_folder_is_not_followed()
    {
        using TemporaryFolder folder = Folder(Parakeet), other = new();
        other.Write("secret.json", """{"feature_size": 80}"""u8.ToArray());
        File.CreateSymbolicLink(Path.Combine(folder.Path, "preprocessor_config.json"), Path.Combine(other.Path, "secret.json"));
        Should.Throw<ImportException>(() => OnnxImporter.Import(Path.Combine(folder.Path, "model.onnx"))).Message.ShouldContain("is a symbolic link out of the folder");
    }

    // The same settings in a checkpoint's folder reach the same kernels.
    [Theory]
    [InlineData("""{"n_fft": 400}""", "'fft' must be a power of two")]
    [InlineData("""{"win_length": 1000}""", "'window' must be an integer from 2 to 512")]
    [InlineData("""{"hop_length": 401}""", "'hop' must be an integer from 1 to 400")]
    public void A_checkpoint_of_features_that_cannot_be_made_is_refused(string json, string why)
    {
        using var folder = new TemporaryFolder();
        foreach (string file in new[] { "config.json", "model.safetensors" })
        {
            folder.Write(file, File.ReadAllBytes(Path.Combine(TestFiles.Model("checkpoints/parakeet"), file)));
        }

        folder.Write("preprocessor_config.json", Encoding.UTF8.GetBytes(json));
        Should.Throw<ImportException>(() => CheckpointImporter.Import(folder.Path)).Message.ShouldContain(why);
    }

    private static FloatModel Imported(string model, string? json, List<string>? notes = null)
    {
        using TemporaryFolder folder = Folder(model);
        if (json is not null)
        {
            folder.Write("preprocessor_config.json", Encoding.UTF8.GetBytes(json));
        }

        return ModelImporter.Import(Path.Combine(folder.Path, "model.onnx"), note => notes?.Add(note));
    }

    private static TemporaryFolder Folder(string model)
    {
        var folder = new TemporaryFolder();
        folder.Write("model.onnx", File.ReadAllBytes(TestFiles.Model(model)));
        return folder;
    }
}

using StableQuant.Calibration.Float;
using StableQuant.Calibration.Import;

namespace StableQuant.Calibration.Tests.Import.Checkpoint;

/// <summary>What a folder of Wav2Vec2-BERT says about its features.</summary>
public class BertFeaturesTests
{
    [Theory]
    [InlineData(null, "has no preprocessor_config.json: features are those of w2v-BERT 2.0, 80 mel bands of 2 frames.")]
    [InlineData("""{"feature_extractor_type": "SeamlessM4TFeatureExtractor", "feature_size": 80, "num_mel_bins": 80, "stride": 2, "sampling_rate": 16000}""", null)]
    [InlineData("""{"feature_extractor_type": "Wav2Vec2FeatureExtractor", "feature_size": 1, "do_normalize": true}""", "names a Wav2Vec2FeatureExtractor, which makes no features for this kind of model; they are those of a SeamlessM4TFeatureExtractor, 80 mel bands of 2 frames.")]
    public void Features_are_80_bands_of_2_frames(string? preprocessor, string? note)
    {
        using TemporaryFolder folder = Folder(preprocessor);
        List<string> notes = [];
        CheckpointImporter.Import(folder.Path, notes.Add).FrontEnd.ShouldBe(FloatFrontEnd.Kaldi(bands: 80, stack: 2));
        notes.Count.ShouldBe(note is null ? 0 : 1);
        notes.ShouldAllBe(said => said.EndsWith(note!, StringComparison.Ordinal));
    }

    [Fact]
    public void Other_bands_and_frames_are_taken_where_they_fit() =>
        Imported("""{"num_mel_bins": 40, "stride": 4}""").FrontEnd.ShouldBe(FloatFrontEnd.Kaldi(bands: 40, stack: 4));

    [Theory]
    [InlineData("""{"num_mel_bins": 128, "stride": 2}""", "feature_projection_input_dim: is 160, and the features have 128 bands of 2 frames")]
    [InlineData("""{"sampling_rate": 8000}""", "sampling_rate: is 8000; models that hear 16000 samples a second are supported")]
    [InlineData("""{"stride": 0}""", "stride: is 0, not a whole number from 1")]
    public void What_does_not_fit_is_named(string preprocessor, string why) =>
        Should.Throw<ImportException>(() => Imported(preprocessor)).Message.ShouldContain(why);

    private static FloatModel Imported(string preprocessor)
    {
        using TemporaryFolder folder = Folder(preprocessor);
        return CheckpointImporter.Import(folder.Path);
    }

    private static TemporaryFolder Folder(string? preprocessor)
    {
        var folder = new TemporaryFolder();
        foreach (string file in new[] { "config.json", "model.safetensors" })
        {
            folder.Write(file, File.ReadAllBytes(Path.Combine(TestFiles.Model("checkpoints/w2v-bert-adapter2"), file)));
        }

        if (preprocessor is not null)
        {
            folder.Write("preprocessor_config.json", System.Text.Encoding.UTF8.GetBytes(preprocessor));
        }

        return folder;
    }
}

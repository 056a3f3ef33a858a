using System.Text.Json;
using StableQuant.Calibration.Float;
using StableQuant.Graph;

namespace StableQuant.Calibration.Import.Checkpoint;

/// <summary>What <c>preprocessor_config.json</c> says about the log-mel features that Wav2Vec2-BERT reads.</summary>
internal static class BertFeatures
{
    /// <summary>Channels of the features, where nothing says how many: 80 bands of two frames.</summary>
    public const int Channels = DefaultBands * DefaultStack;

    private const int DefaultBands = 80, DefaultStack = 2;

    /// <summary>What makes them, as the file names it.</summary>
    public const string Extractor = "SeamlessM4TFeatureExtractor";

    /// <summary>Reads what is made of samples.</summary>
    /// <param name="folder">The checkpoint.</param>
    /// <param name="config">Its config.json.</param>
    /// <param name="note">Is told what was not said, or not understood.</param>
    /// <exception cref="ImportException">It is malformed, or asks for something else.</exception>
    public static LogMelFrontEnd Read(CheckpointFolder folder, ConfigReader config, Action<string>? note)
    {
        LogMelFrontEnd? features = PreprocessorConfig.Find(folder, (file, root) => Read(file, root, note));
        if (features is null)
        {
            note?.Invoke($"{folder.Path} has no {PreprocessorConfig.Own}: features are those of w2v-BERT 2.0, {DefaultBands} mel bands of {DefaultStack} frames.");
            features = FloatFrontEnd.Kaldi(DefaultBands, DefaultStack);
        }

        int channels = config.Number("feature_projection_input_dim", Channels);
        return features.Channels == channels ? features : throw new ImportException(
            folder.Shown(CheckpointFolder.ConfigFile), "feature_projection_input_dim", FormattableString.Invariant($"is {channels}, and the features have {features.Bands} bands of {features.Stack} frames"));
    }

    private static LogMelFrontEnd Read(string file, JsonElement root, Action<string>? note)
    {
        var config = new ConfigReader(file, root);
        PreprocessorConfig.CheckRate(file, config);
        if (config.Text("feature_extractor_type", Extractor) is var type && type != Extractor)
        {
            // The settings of another have the same names and other meanings.
            note?.Invoke($"{file} names a {type}, which makes no features for this kind of model; they are those of a {Extractor}, {DefaultBands} mel bands of {DefaultStack} frames.");
            return FloatFrontEnd.Kaldi(DefaultBands, DefaultStack);
        }

        return Read(file, config);
    }

    /// <summary>Reads the settings of an extractor of this kind.</summary>
    public static LogMelFrontEnd Read(string file, ConfigReader config) => PreprocessorConfig.Checked(
        file, FloatFrontEnd.Kaldi(config.Number("num_mel_bins", config.Number("feature_size", DefaultBands)), config.Number("stride", DefaultStack)));
}

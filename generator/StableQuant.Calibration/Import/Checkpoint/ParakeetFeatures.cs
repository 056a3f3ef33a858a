using StableQuant.Calibration.Float;
using StableQuant.Graph;

namespace StableQuant.Calibration.Import.Checkpoint;

/// <summary>What <c>preprocessor_config.json</c> says about the log-mel features that Parakeet reads.</summary>
internal static class ParakeetFeatures
{
    /// <summary>Bands, where nothing says how many.</summary>
    public const int Bands = 80;

    /// <summary>What makes them, as the file names it.</summary>
    public const string Extractor = "ParakeetFeatureExtractor";

    /// <summary>Reads what is made of samples.</summary>
    /// <param name="folder">The checkpoint.</param>
    /// <param name="config">Its config.json.</param>
    /// <param name="note">Is told what was not said, or not understood.</param>
    /// <exception cref="ImportException">It is malformed, or asks for something else.</exception>
    public static LogMelFrontEnd Read(CheckpointFolder folder, ConfigReader config, Action<string>? note)
    {
        int bands = config.Within("encoder_config").Number("num_mel_bins", Bands);
        LogMelFrontEnd? features = PreprocessorConfig.Find(folder, (file, root) => Read(file, new ConfigReader(file, root), bands, note));
        if (features is null)
        {
            note?.Invoke($"{folder.Path} has no {PreprocessorConfig.Own}: features are those of NeMo's models, {bands} mel bands of windows of 25 ms, every 10 ms.");
            return FloatFrontEnd.Nemo(bands);
        }

        return features.Bands == bands ? features : throw new ImportException(
            folder.Shown(CheckpointFolder.ConfigFile), "num_mel_bins", FormattableString.Invariant($"is {bands}, and the features have {features.Bands} bands"));
    }

    private static LogMelFrontEnd Read(string file, ConfigReader config, int bands, Action<string>? note)
    {
        PreprocessorConfig.CheckRate(file, config);
        if (config.Text("feature_extractor_type", Extractor) is var type && type != Extractor)
        {
            note?.Invoke($"{file} names a {type}; it is read as a {Extractor}.");
        }

        return Read(file, config, bands);
    }

    /// <summary>Reads the settings of an extractor of this kind.</summary>
    public static LogMelFrontEnd Read(string file, ConfigReader config, int bands)
    {
        LogMelFrontEnd usual = FloatFrontEnd.Nemo(config.Number("feature_size", bands));
        return PreprocessorConfig.Checked(file, usual with
        {
            Window = config.Number("win_length", usual.Window),
            Hop = config.Number("hop_length", usual.Hop),
            FourierSize = config.Number("n_fft", usual.FourierSize),
            Preemphasis = config.Float("preemphasis", usual.Preemphasis),
        });
    }
}

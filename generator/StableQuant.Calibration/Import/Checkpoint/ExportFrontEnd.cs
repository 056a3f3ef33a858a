using StableQuant.Calibration.Float;
using StableQuant.Graph;

namespace StableQuant.Calibration.Import.Checkpoint;

/// <summary>What <c>preprocessor_config.json</c> beside an ONNX file says about what its graph reads, as it does in a checkpoint's folder.</summary>
internal static class ExportFrontEnd
{
    /// <summary>Reads what is made of samples; zero mean and unit variance, where nothing is said.</summary>
    /// <param name="model">The ONNX file.</param>
    /// <param name="note">Is told what was not understood.</param>
    /// <exception cref="ImportException">The file is malformed, or another model's.</exception>
    public static WaveformFrontEnd Samples(string model, Action<string> note) =>
        PreprocessorConfig.Find(Beside(model), (file, root) => PreprocessorConfig.Read(file, root, note)) ?? FloatFrontEnd.Normalized;

    /// <summary>Reads how features are made; null where nothing is said.</summary>
    /// <param name="model">The ONNX file.</param>
    /// <param name="usual">How they would be made by what the graph alone tells.</param>
    /// <param name="note">Is told what was not understood.</param>
    /// <exception cref="ImportException">The file is malformed, or another model's.</exception>
    public static LogMelFrontEnd? Features(string model, LogMelFrontEnd usual, Action<string> note) =>
        PreprocessorConfig.Find(Beside(model), (file, root) => Read(file, new ConfigReader(file, root), model, usual, note));

    private static LogMelFrontEnd? Read(string file, ConfigReader config, string model, LogMelFrontEnd usual, Action<string> note)
    {
        PreprocessorConfig.CheckRate(file, config);
        string type = config.Text("feature_extractor_type", usual.Convention == LogMelConvention.Kaldi ? BertFeatures.Extractor : ParakeetFeatures.Extractor);
        if (type is not (BertFeatures.Extractor or ParakeetFeatures.Extractor))
        {
            note($"{file} names a {type}, which makes no features that are known.");
            return null;
        }

        LogMelFrontEnd said = type == BertFeatures.Extractor ? BertFeatures.Read(file, config) : ParakeetFeatures.Read(file, config, usual.Channels);
        return said.Channels == usual.Channels ? said : throw new ImportException(
            file, said.Stack > 1 ? "num_mel_bins" : "feature_size",
            FormattableString.Invariant($"says {said.Bands} bands{(said.Stack > 1 ? FormattableString.Invariant($" of {said.Stack} frames") : "")}, but {model} reads {usual.Channels} features a frame; put that model's own file beside it, or none"));
    }

    private static CheckpointFolder Beside(string model) => new(Path.GetDirectoryName(model) is { Length: > 0 } folder ? folder : ".");
}

using System.Text.Json;
using StableQuant.Audio;
using StableQuant.Calibration.Float;
using StableQuant.Graph;
using StableQuant.Graph.Validation;

namespace StableQuant.Calibration.Import.Checkpoint;

/// <summary>What <c>preprocessor_config.json</c> says about a model's input; newer folders have it within <c>processor_config.json</c>.</summary>
internal static class PreprocessorConfig
{
    /// <summary>The file's name.</summary>
    public const string Own = "preprocessor_config.json";

    private const string Extractor = "Wav2Vec2FeatureExtractor";

    /// <summary>Reads what is made of samples.</summary>
    /// <param name="folder">The checkpoint.</param>
    /// <param name="note">Is told what was not said, or not understood.</param>
    /// <exception cref="ImportException">It is malformed, or asks for another input than samples at 16 kHz.</exception>
    public static WaveformFrontEnd Read(CheckpointFolder folder, Action<string>? note)
    {
        if (Find(folder, (file, root) => Read(file, root, note)) is { } read)
        {
            return read;
        }

        note?.Invoke($"{folder.Path} has no {Own}: samples are shifted and scaled to zero mean and unit variance, as most of these models take them.");
        return FloatFrontEnd.Normalized;
    }

    /// <summary>Reads the settings that a folder has; null where it has none.</summary>
    /// <param name="folder">The checkpoint.</param>
    /// <param name="read">Reads them of the file's name and its JSON.</param>
    public static T? Find<T>(CheckpointFolder folder, Func<string, JsonElement, T> read)
        where T : class?
    {
        const string Shared = "processor_config.json";
        if (folder.Has(Own))
        {
            using JsonDocument json = folder.ReadJson(Own);
            return read(folder.Shown(Own), json.RootElement);
        }

        if (folder.Has(Shared))
        {
            using JsonDocument json = folder.ReadJson(Shared);
            if (json.RootElement.TryGetProperty("feature_extractor", out JsonElement within) && within.ValueKind == JsonValueKind.Object)
            {
                return read(folder.Shown(Shared), within);
            }
        }

        return null;
    }

    /// <summary>Refuses another rate than that of the models.</summary>
    public static void CheckRate(string file, ConfigReader config)
    {
        if (config.Number("sampling_rate", AudioFile.ModelRate) is var rate && rate != AudioFile.ModelRate)
        {
            throw new ImportException(file, "sampling_rate", FormattableString.Invariant($"is {rate}; models that hear {AudioFile.ModelRate} samples a second are supported"));
        }
    }

    /// <summary>Refuses features that cannot be made.</summary>
    public static LogMelFrontEnd Checked(string file, LogMelFrontEnd features) => ModelValidator.Problem(features) is { } problem
        ? throw new ImportException(file, null, $"describes features that are not supported: {problem}")
        : features;

    /// <summary>Reads what is made of samples.</summary>
    public static WaveformFrontEnd Read(string file, JsonElement root, Action<string>? note)
    {
        var config = new ConfigReader(file, root);
        CheckRate(file, config);
        int features = config.Number("feature_size", 1);
        if (features != 1)
        {
            throw new ImportException(file, "feature_size", FormattableString.Invariant($"is {features}; this kind of model reads samples, whose feature_size is 1: the file belongs to another model"));
        }

        if (config.Text("feature_extractor_type", Extractor) is var type && type != Extractor)
        {
            note?.Invoke($"{file} names a {type}; it is read as a {Extractor}.");
        }

        return config.Flag("do_normalize", true) ? FloatFrontEnd.Normalized : FloatFrontEnd.AsIs;
    }
}

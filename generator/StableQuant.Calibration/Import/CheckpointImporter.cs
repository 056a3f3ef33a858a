using System.Text.Json;
using StableQuant.Calibration.Float;
using StableQuant.Calibration.Import.Checkpoint;

namespace StableQuant.Calibration.Import;

/// <summary>
/// Imports a speech model from a Hugging Face folder: <c>config.json</c> says what it is, <c>model.safetensors</c>, or the files that its
/// index names, have the weights in float32, float16 or bfloat16. The model is the same as by <see cref="OnnxImporter"/> from its export.
/// </summary>
public static class CheckpointImporter
{
    /// <summary>Imports a model. Its parameters are read from the files whenever they are asked for, so that they need no memory of their own.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="note">Is told what the folder does not say, in a sentence for people; null for nobody.</param>
    /// <param name="language">Whose adapters and head to take, <c>adapter.LANGUAGE.safetensors</c>; null for those that the tokenizer is set to, or that the model's own file has.</param>
    /// <exception cref="ImportException">A file is missing, damaged or hostile, or the model is of a kind that is not supported.</exception>
    public static FloatModel Import(string folder, Action<string>? note = null, string? language = null)
    {
        var files = new CheckpointFolder(folder);
        using JsonDocument json = files.ReadJson(CheckpointFolder.ConfigFile);
        string shown = files.Shown(CheckpointFolder.ConfigFile);
        var config = new ConfigReader(shown, json.RootElement);
        (CheckpointMember member, CheckpointHead head) = CheckpointMember.Find(files, config);
        CheckpointTensors tensors = CheckpointTensors.Open(files, member.Prefix);
        if (config.Has("adapter_attn_dim") && (language ?? TokenizerLanguage(files, tensors)) is { } chosen)
        {
            tensors.TakeLanguage(chosen);
        }
        else if (language is not null)
        {
            note?.Invoke($"{folder} has no adapters for languages: '{language}' chooses the vocabulary alone.");
        }

        var builder = new ModelBuilder(tensors, config, shown, head);
        member.Build(builder, files, config);
        tensors.CheckAllUsed();
        return builder.ToModel(files, member.FrontEnd(files, config, note), tensors.FileBytes);
    }

    // The vocabulary is that language's, too. A folder without its file has its adapters in the model's own.
    private static string? TokenizerLanguage(CheckpointFolder files, CheckpointTensors tensors)
    {
        const string File = "tokenizer_config.json";
        if (!files.Has(File))
        {
            return null;
        }

        using JsonDocument json = files.ReadJson(File);
        return new ConfigReader(files.Shown(File), json.RootElement).Text("target_lang") is { } language && tensors.HasFileOf(language) ? language : null;
    }
}

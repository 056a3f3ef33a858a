using System.Text.Json;

namespace StableQuant.Calibration.Vocabularies;

/// <summary>What a checkpoint's config.json says of classes.</summary>
/// <param name="path">The file.</param>
internal sealed class LabelsConfiguration(string path) : IDisposable
{
    private const string FileName = "config.json";

    private readonly JsonDocument document = JsonFile.Any(path, VocabularyFile.Text(path));

    /// <summary>The file.</summary>
    public string Path => path;

    /// <summary>The configuration in a model's folder, or in the folder above one that is called <c>onnx</c>; null where there is none.</summary>
    public static LabelsConfiguration? Beside(string modelPath)
    {
        string? folder = Directory.Exists(modelPath) ? modelPath : System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(modelPath));
        string?[] folders = [folder, System.IO.Path.GetFileName(folder) == "onnx" ? System.IO.Path.GetDirectoryName(folder) : null];
        return folders.OfType<string>().Select(f => System.IO.Path.Combine(f, FileName)).FirstOrDefault(File.Exists) is { } found ? new LabelsConfiguration(found) : null;
    }

    /// <summary>The classes that the model may be.</summary>
    public IEnumerable<string> Architectures =>
        Find("architectures", JsonValueKind.Array) is { } list ? list.EnumerateArray().Where(name => name.ValueKind == JsonValueKind.String).Select(name => name.GetString()!) : [];

    /// <summary>What kind of classification it is; null where nothing is said.</summary>
    public string? ProblemType => Find("problem_type", JsonValueKind.String)?.GetString();

    /// <summary>The labels by the index of their logit; null where nothing is said.</summary>
    public JsonElement? Labels => Find("id2label", JsonValueKind.Object);

    /// <inheritdoc/>
    public void Dispose() => document.Dispose();

    private JsonElement? Find(string name, JsonValueKind kind) =>
        document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty(name, out JsonElement value) && value.ValueKind == kind ? value : null;
}

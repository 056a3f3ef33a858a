using System.Text.Json;
using StableQuant.Calibration.Import.Onnx;

namespace StableQuant.Calibration.Vocabularies;

/// <summary>How many logits a frame a model says that it makes, without being loaded.</summary>
internal static class LogitsWidth
{
    private const long MaxConfigurationBytes = 1 << 20;

    /// <summary>The width; null where the model does not say it, or cannot be read: loading it will tell why.</summary>
    public static int? Of(string modelPath)
    {
        try
        {
            return Directory.Exists(modelPath) ? OfConfiguration(Path.Combine(modelPath, "config.json")) : LogitsOutput.WidthOf(OnnxOutputs.Read(modelPath));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>How many classes a model that classifies has; a configuration without labels means two.</summary>
    public static int? OfClasses(string modelPath) => Directory.Exists(modelPath) ? 2 : Of(modelPath);

    private static int? OfConfiguration(string path)
    {
        if (!File.Exists(path) || new FileInfo(path).Length > MaxConfigurationBytes)
        {
            return null;
        }

        using JsonDocument document = JsonDocument.Parse(VocabularyFile.Text(path));
        return document.RootElement.ValueKind == JsonValueKind.Object
            && document.RootElement.TryGetProperty("vocab_size", out JsonElement size) && size.ValueKind == JsonValueKind.Number && size.TryGetInt32(out int width) && width > 0
                ? width : null;
    }
}

using System.Text.Json;

namespace StableQuant.Calibration.Vocabularies;

/// <summary>JSON files, with errors that name them.</summary>
internal static class JsonFile
{
    /// <summary>Parses a text.</summary>
    /// <exception cref="StableQuantException">It is not JSON, or has escapes that are half a character.</exception>
    public static JsonDocument Any(string path, string text)
    {
        JsonDocument? document = null;
        try
        {
            document = JsonDocument.Parse(text);
            JsonTexts.Check(document.RootElement);
            return document;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            document?.Dispose();
            throw new StableQuantException(e is JsonException ? $"{path}: not JSON: {e.Message}" : $"{path}: a name or a value is no text (half a character); save the file as UTF-8.", e);
        }
    }

    /// <summary>Parses a text that is one object.</summary>
    /// <exception cref="StableQuantException">It is not.</exception>
    public static JsonDocument Object(string path, string text)
    {
        JsonDocument document = Any(path, text);
        if (document.RootElement.ValueKind != JsonValueKind.Object)
        {
            document.Dispose();
            throw new StableQuantException($"{path}: not one JSON object.");
        }

        return document;
    }
}

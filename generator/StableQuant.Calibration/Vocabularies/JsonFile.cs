using System.Text.Json;

namespace StableQuant.Calibration.Vocabularies;

/// <summary>JSON files, with errors that name them.</summary>
internal static class JsonFile
{
    /// <summary>Parses a text.</summary>
    /// <exception cref="StableQuantException">It is not JSON.</exception>
    public static JsonDocument Any(string path, string text)
    {
        try
        {
            return JsonDocument.Parse(text);
        }
        catch (JsonException e)
        {
            throw new StableQuantException($"{path}: not JSON: {e.Message}", e);
        }
    }

    /// <summary>Parses a text that is one object.</summary>
    /// <exception cref="StableQuantException">It is not.</exception>
    public static JsonDocument Object(string path, string text)
    {
        JsonDocument? document = null;
        try
        {
            document = JsonDocument.Parse(text);
            return document.RootElement.ValueKind == JsonValueKind.Object ? document
                : throw new StableQuantException($"{path}: not one JSON object.");
        }
        catch (Exception e) when (e is JsonException or StableQuantException)
        {
            document?.Dispose();
            throw e as StableQuantException ?? new StableQuantException($"{path}: not JSON: {e.Message}", e);
        }
    }

    /// <summary>A text of a file.</summary>
    /// <exception cref="StableQuantException">It has escapes that are half a character.</exception>
    public static string Text(string path, Func<string?> read)
    {
        try
        {
            return read() ?? "";
        }
        catch (InvalidOperationException e)
        {
            throw new StableQuantException($"{path}: a token is no text (half a character); save the file as UTF-8.", e);
        }
    }
}

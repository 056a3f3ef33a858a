using System.Text.Json;

namespace StableQuant.Calibration.Vocabularies;

/// <summary>
/// Reads <c>vocab.json</c>: one object that maps tokens to outputs, or one such object for each language; and <c>tokenizer.json</c>, whose model
/// has such an object, or a list of tokens with their scores.
/// </summary>
internal static class VocabularyJson
{
    /// <summary>Reads the tokens.</summary>
    /// <param name="table">Receives them.</param>
    /// <param name="text">The file's text.</param>
    /// <param name="language">Which language; null if nothing says so.</param>
    public static void Read(TokenTable table, string text, string? language)
    {
        using JsonDocument document = JsonFile.Object(table.Path, text);
        JsonElement tokens = document.RootElement;
        if (tokens.TryGetProperty("model", out JsonElement model) && model.ValueKind == JsonValueKind.Object && model.TryGetProperty("vocab", out JsonElement pieces))
        {
            if (pieces.ValueKind == JsonValueKind.Array)
            {
                ReadList(table, pieces);
                return;
            }

            tokens = pieces.ValueKind == JsonValueKind.Object ? pieces : throw new StableQuantException($"{table.Path}: its vocabulary is neither an object nor a list.");
        }

        JsonProperty[] languages = [.. tokens.EnumerateObject()];
        if (languages.Length > 0 && languages.All(entry => entry.Value.ValueKind == JsonValueKind.Object))
        {
            table.IsNested = true;
            tokens = Choose(table.Path, languages, language);
        }

        foreach (JsonProperty entry in tokens.EnumerateObject())
        {
            string token = entry.Name;
            if (entry.Value.ValueKind != JsonValueKind.Number || !entry.Value.TryGetInt32(out int output))
            {
                throw new StableQuantException($"{table.Path}: the token {token} does not map to a whole number.");
            }

            table.Add(token, output);
        }
    }

    private static void ReadList(TokenTable table, JsonElement pieces)
    {
        int output = 0;
        foreach (JsonElement piece in pieces.EnumerateArray())
        {
            JsonElement token = piece.ValueKind == JsonValueKind.Array && piece.GetArrayLength() > 0 ? piece[0] : piece;
            table.Add(token.ValueKind == JsonValueKind.String ? token.GetString()! : throw new StableQuantException($"{table.Path}: the token of output {output} is no text."), output);
            output++;
        }
    }

    private static JsonElement Choose(string path, JsonProperty[] languages, string? language)
    {
        string[] names = [.. languages.Select(entry => entry.Name)];
        int index = languages.Length == 1 && language is null ? 0 : Array.IndexOf(names, language);
        return index >= 0 ? languages[index].Value : throw new StableQuantException(
            $"{path}: has a vocabulary for each of {names.Length} languages{(language is null ? "" : $", but none for '{language}'")}; choose one with --language: {string.Join(", ", names.Order(StringComparer.Ordinal))}.");
    }
}

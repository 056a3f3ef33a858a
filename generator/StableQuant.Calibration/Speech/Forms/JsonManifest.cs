using System.Text.Json;

namespace StableQuant.Calibration.Speech.Forms;

/// <summary>
/// JSON, an object a line or one array of objects: NeMo's manifests (<c>audio_filepath</c>, <c>text</c>, <c>offset</c>, <c>duration</c>) and
/// <c>metadata.jsonl</c> (<c>file_name</c>, <c>transcription</c>).
/// </summary>
internal static class JsonManifest
{
    /// <summary>Whether a list that begins with this line is JSON: a path may begin with a bracket, too, but no key follows it.</summary>
    public static bool Begins(string firstLine)
    {
        string text = firstLine.Trim();
        bool isArray = text.StartsWith('[');
        text = isArray ? text[1..].TrimStart() : text;
        return (isArray && text.Length == 0) || (text.StartsWith('{') && text[1..].TrimStart() is "" or ['"', ..]);
    }

    public static SpeechList Read(string file)
    {
        SpeechList? list = null;
        Columns? columns = null;
        foreach ((string place, JsonElement row) in Rows(file))
        {
            if (row.ValueKind != JsonValueKind.Object)
            {
                throw new StableQuantException($"{place}: expected an object, but found {row.ValueKind}.");
            }

            if (list is null)
            {
                columns = Columns.Find(file, [.. row.EnumerateObject().Select(property => property.Name).Distinct()]);
                list = new SpeechList($"JSON, {columns}");
            }

            columns!.Read(list, file, place, name => Text(row, name));
        }

        return list ?? new SpeechList("JSON");
    }

    private static IEnumerable<(string Place, JsonElement Row)> Rows(string file)
    {
        if (ManifestText.Lines(file).First().Text.TrimStart()[0] == '[')
        {
            using JsonDocument document = Parse(file, ManifestText.All(file));
            int index = 0;
            foreach (JsonElement row in document.RootElement.EnumerateArray())
            {
                yield return ($"{file}[{index++}]", row);
            }

            yield break;
        }

        foreach ((int number, string text) in ManifestText.Lines(file))
        {
            string place = ManifestText.Place(file, number);
            using JsonDocument document = Parse(place, text);
            yield return (place, document.RootElement);
        }
    }

    private static JsonDocument Parse(string place, string text)
    {
        try
        {
            return JsonDocument.Parse(text);
        }
        catch (JsonException e)
        {
            throw new StableQuantException($"{place}: not JSON: {e.Message}", e);
        }
    }

    /// <summary>A value as text; of an object with a path, as some write audio, the path.</summary>
    private static string? Text(JsonElement row, string name)
    {
        JsonElement value = row.EnumerateObject().LastOrDefault(property => property.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Value;
        return value.ValueKind switch
        {
            JsonValueKind.String => String(value),
            JsonValueKind.Number => value.GetRawText(),
            JsonValueKind.Object when value.TryGetProperty("path", out JsonElement path) && path.ValueKind == JsonValueKind.String => String(path),
            _ => null,
        };
    }

    private static string? String(JsonElement value)
    {
        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair: no text.
            return null;
        }
    }
}

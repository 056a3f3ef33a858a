using System.Globalization;
using System.Text.Json;
using StableQuant.Graph;
using StableQuant.Graph.Validation;

namespace StableQuant.Calibration.Vocabularies;

/// <summary>
/// The names of a model's classes: <c>id2label</c> of a config.json, such an object by itself ({"0": "yes", "1": "no"}), a list of texts, or a text
/// file of a label a line.
/// </summary>
internal static class LabelsFile
{
    /// <summary>Reads the classes of a model.</summary>
    /// <param name="modelPath">The model.</param>
    /// <param name="labelsPath">The labels; null for those of the config.json beside it.</param>
    /// <param name="perFrame">Whether each frame is classified by itself.</param>
    /// <param name="note">Receives a line on what is not said, and how it was read.</param>
    /// <exception cref="StableQuantException">They are malformed, or nothing says how many there are.</exception>
    public static Classes LoadFor(string modelPath, string? labelsPath, bool perFrame, Action<string>? note)
    {
        using LabelsConfiguration? beside = LabelsConfiguration.Beside(modelPath);
        string[] labels = labelsPath is not null ? Read(labelsPath)
            : beside?.Labels is { } known ? Indexed(beside.Path, known)
            : Numbered(modelPath, note);

        // As the transformers library takes it: of an utterance one class is right, of a frame each speaker may speak.
        bool exclusive = beside?.ProblemType switch
        {
            null => !perFrame,
            "single_label_classification" => true,
            "multi_label_classification" => false,
            var other => throw new StableQuantException($"{beside.Path}: its problem_type is '{other}': the outputs are no classes; single_label_classification and multi_label_classification are supported."),
        };
        var classes = new Classes(new EquatableArray<string>(labels), perFrame, exclusive);
        return ModelValidator.Problem(classes) is { } problem ? throw new StableQuantException($"{labelsPath ?? beside?.Path ?? modelPath}: {problem}") : classes;
    }

    private static string[] Read(string path)
    {
        if (!File.Exists(path))
        {
            throw new StableQuantException($"{path}: there is no such file of labels.");
        }

        string text = VocabularyFile.Text(path);
        if (text.AsSpan().TrimStart() is not ['{' or '[', ..])
        {
            return [.. text.ReplaceLineEndings("\n").TrimEnd('\n').Split('\n').Select(line => line.Trim())];
        }

        using JsonDocument json = JsonFile.Any(path, text);
        JsonElement root = json.RootElement;
        return root.ValueKind == JsonValueKind.Array
            ? [.. root.EnumerateArray().Select(label => label.ValueKind == JsonValueKind.String ? label.GetString()! : throw new StableQuantException($"{path}: a label is no text: {label.GetRawText()}"))]
            : Indexed(path, root.TryGetProperty("id2label", out JsonElement within) && within.ValueKind == JsonValueKind.Object ? within : root);
    }

    private static string[] Indexed(string path, JsonElement labeled)
    {
        var labels = new SortedDictionary<int, string>();
        foreach (JsonProperty entry in labeled.EnumerateObject())
        {
            if (!int.TryParse(entry.Name, NumberStyles.None, CultureInfo.InvariantCulture, out int index) || entry.Value.ValueKind != JsonValueKind.String || !labels.TryAdd(index, entry.Value.GetString()!))
            {
                throw new StableQuantException($"{path}: '{entry.Name}' is no index of a class with a text; labels are {{\"0\": \"yes\", \"1\": \"no\"}}.");
            }
        }

        return labels.Keys.SequenceEqual(Enumerable.Range(0, labels.Count)) && labels.Count > 0
            ? [.. labels.Values]
            : throw new StableQuantException($"{path}: the classes are not numbered from 0 on without gaps.");
    }

    // As the transformers library calls classes without names.
    private static string[] Numbered(string modelPath, Action<string>? note)
    {
        int count = LogitsWidth.OfClasses(modelPath)
            ?? throw new StableQuantException($"{modelPath}: nothing says how many classes it has; name them with --labels FILE.");
        note?.Invoke($"{modelPath}: there are no labels beside it: its classes are called LABEL_0 to LABEL_{count - 1}. Name them with --labels FILE.");
        return [.. Enumerable.Range(0, count).Select(i => string.Create(CultureInfo.InvariantCulture, $"LABEL_{i}"))];
    }
}

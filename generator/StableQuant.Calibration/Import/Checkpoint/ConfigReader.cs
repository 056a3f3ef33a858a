using System.Text.Json;

namespace StableQuant.Calibration.Import.Checkpoint;

/// <summary>Reads settings from a JSON object of a checkpoint; what is absent or null has its default.</summary>
/// <param name="file">The file, for messages.</param>
/// <param name="root">The object.</param>
internal sealed class ConfigReader(string file, JsonElement root)
{
    // A thousand times what any model has; sums and products of two of them fit an int.
    private const int MaxNumber = 1 << 20;

    /// <summary>A text; null if absent.</summary>
    public string? Text(string name) => Find(name, JsonValueKind.String, "a text")?.GetString();

    /// <summary>A text.</summary>
    public string Text(string name, string missing) => Text(name) ?? missing;

    /// <summary>A whole number from <paramref name="least"/> on.</summary>
    public int Number(string name, int missing, int least = 1) => Find(name, JsonValueKind.Number, "a whole number") is { } value ? Number(name, value, least) : missing;

    /// <summary>A list of whole numbers from 1 on.</summary>
    public IReadOnlyList<int> Numbers(string name, IReadOnlyList<int> missing) =>
        Find(name, JsonValueKind.Array, "a list of whole numbers") is { } list ? [.. list.EnumerateArray().Select(value => Number(name, value, 1))] : missing;

    /// <summary>Texts of a list; empty if absent.</summary>
    public IReadOnlyList<string> Texts(string name) =>
        Find(name, JsonValueKind.Array, "a list of texts") is { } list ? [.. list.EnumerateArray().Where(value => value.ValueKind == JsonValueKind.String).Select(value => value.GetString()!)] : [];

    /// <summary>A float above 0.</summary>
    public float Float(string name, float missing) =>
        Find(name, JsonValueKind.Number, "a number") is not { } value ? missing
        : value.TryGetDouble(out double number) && number is > 0 and < 1 ? (float)number
        : throw Wrong(name, "a number between 0 and 1", value);

    /// <summary>True or false.</summary>
    public bool Flag(string name, bool missing) =>
        !root.TryGetProperty(name, out JsonElement value) || value.ValueKind == JsonValueKind.Null ? missing
        : value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean()
        : throw Wrong(name, "true or false", value);

    /// <summary>Settings within a setting; none where it is absent.</summary>
    public ConfigReader Within(string name) =>
        new(file, Find(name, JsonValueKind.Object, "an object") ?? JsonSerializer.Deserialize<JsonElement>("{}"));

    /// <summary>Whether a setting is there and not null.</summary>
    public bool Has(string name) => root.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null;

    /// <summary>Whether a setting is there as null: nothing, and not its default.</summary>
    public bool IsNull(string name) => root.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Null;

    private JsonElement? Find(string name, JsonValueKind kind, string wanted) =>
        !root.TryGetProperty(name, out JsonElement value) || value.ValueKind == JsonValueKind.Null ? null
        : value.ValueKind == kind ? value
        : throw Wrong(name, wanted, value);

    private int Number(string name, JsonElement value, int least) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) && number >= least && number <= MaxNumber
            ? number
            : throw Wrong(name, FormattableString.Invariant($"a whole number from {least} to {MaxNumber}"), value);

    private ImportException Wrong(string name, string wanted, JsonElement value)
    {
        string text = value.GetRawText();
        return new ImportException(file, name, $"is {(text.Length > 40 ? text[..40] + "…" : text)}, not {wanted}");
    }
}

using System.Globalization;
using System.Text.Json;

namespace StableQuant.Calibration.Vocabularies;

/// <summary>
/// What a tokenizer's own files beside a vocabulary say of it: <c>added_tokens.json</c>, <c>tokenizer_config.json</c>,
/// <c>special_tokens_map.json</c>. Each may be missing, and so may each of its entries.
/// </summary>
internal sealed class TokenizerFiles
{
    /// <summary>The file that has a whole tokenizer, its vocabulary too.</summary>
    public const string Whole = "tokenizer.json";

    // In the order in which a tokenizer gives outputs to those that its vocabulary lacks.
    private static readonly string[] SpecialRoles = ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"];

    private readonly List<string> special = [];
    private readonly List<(string Token, int Output)> added = [];
    private readonly Dictionary<string, string> texts = new(StringComparer.Ordinal);
    private readonly List<string> read = [];

    private TokenizerFiles()
    {
    }

    /// <summary>The files that were there.</summary>
    public IReadOnlyList<string> Names => read;

    /// <summary>Tokens besides those of the vocabulary, with their outputs.</summary>
    public IReadOnlyList<(string Token, int Output)> Added => added;

    /// <summary>Tokens that make no text, in the order of their roles.</summary>
    public IReadOnlyList<string> Special => special;

    /// <summary>The token that pads: in models of connectionist temporal classification the blank.</summary>
    public string? Blank => texts.GetValueOrDefault("pad_token");

    /// <summary>The token between words.</summary>
    public string? WordDelimiter => texts.GetValueOrDefault("word_delimiter_token");

    /// <summary>What is written for the token between words.</summary>
    public string DelimiterText => texts.GetValueOrDefault("replace_word_delimiter_char", " ");

    /// <summary>Whether the token between words is written as something else than a space.</summary>
    public bool ReplacesDelimiter => DelimiterText != " ";

    /// <summary>Whether texts are written in lower case.</summary>
    public bool LowerCase { get; private set; }

    /// <summary>The language that the tokenizer is set to.</summary>
    public string? Language => texts.GetValueOrDefault("target_lang");

    /// <summary>Whether the tokens are phonemes, written with spaces between them.</summary>
    public bool IsPhonemic => texts.GetValueOrDefault("tokenizer_class", "").Contains("Phoneme", StringComparison.Ordinal);

    /// <summary>Reads the files beside a vocabulary.</summary>
    /// <exception cref="StableQuantException">One of them is malformed.</exception>
    public static TokenizerFiles Beside(string vocabularyPath)
    {
        string folder = Path.GetDirectoryName(vocabularyPath) ?? "";
        var files = new TokenizerFiles();
        if (Path.GetFileName(vocabularyPath) == Whole)
        {
            files.Read(vocabularyPath, files.ReadWhole);
        }

        files.Read(Path.Combine(folder, "added_tokens.json"), files.ReadAdded);
        files.Read(Path.Combine(folder, "tokenizer_config.json"), files.ReadConfiguration);
        files.Read(Path.Combine(folder, "special_tokens_map.json"), files.ReadSpecial);
        return files;
    }

    private void Read(string path, Action<string, JsonElement> entries)
    {
        if (File.Exists(path))
        {
            read.Add(Path.GetFileName(path));
            using JsonDocument document = JsonFile.Object(path, VocabularyFile.Text(path));
            entries(path, document.RootElement);
        }
    }

    private void ReadAdded(string path, JsonElement root)
    {
        foreach (JsonProperty entry in root.EnumerateObject().Where(entry => entry.Value.ValueKind == JsonValueKind.Number))
        {
            string token = entry.Name;
            added.Add(entry.Value.TryGetInt32(out int output) ? (token, output)
                : throw new StableQuantException($"{path}: the token {token} does not map to a whole number."));
        }
    }

    private void ReadWhole(string path, JsonElement root)
    {
        if (!root.TryGetProperty("added_tokens", out JsonElement list) || list.ValueKind != JsonValueKind.Array)
        {
            return;
        }

        foreach (JsonElement entry in list.EnumerateArray())
        {
            if (Content(path, entry) is not { } token || !entry.TryGetProperty("id", out JsonElement id) || id.ValueKind != JsonValueKind.Number || !id.TryGetInt32(out int output))
            {
                throw new StableQuantException($"{path}: added_tokens has an entry without content and id.");
            }

            added.Add((token, output));
            if (entry.TryGetProperty("special", out JsonElement isSpecial) && isSpecial.ValueKind == JsonValueKind.True)
            {
                AddSpecial(token);
            }
        }
    }

    private void ReadConfiguration(string path, JsonElement root)
    {
        ReadSpecial(path, root);
        foreach (string name in (ReadOnlySpan<string>)["word_delimiter_token", "replace_word_delimiter_char", "target_lang", "tokenizer_class"])
        {
            if (root.TryGetProperty(name, out JsonElement value) && Content(path, value) is { } text)
            {
                texts[name] = text;
            }
        }

        LowerCase = root.TryGetProperty("do_lower_case", out JsonElement lower) && lower.ValueKind == JsonValueKind.True;
        if (root.TryGetProperty("added_tokens_decoder", out JsonElement decoder) && decoder.ValueKind == JsonValueKind.Object)
        {
            foreach (JsonProperty entry in decoder.EnumerateObject())
            {
                if (!int.TryParse(entry.Name, NumberStyles.None, CultureInfo.InvariantCulture, out int output) || Content(path, entry.Value) is not { } token)
                {
                    throw new StableQuantException($"{path}: added_tokens_decoder maps outputs to tokens, but {entry.Name} is none, or has no content.");
                }

                added.Add((token, output));
                if (entry.Value.TryGetProperty("special", out JsonElement isSpecial) && isSpecial.ValueKind == JsonValueKind.True)
                {
                    AddSpecial(token);
                }
            }
        }
    }

    private void ReadSpecial(string path, JsonElement root)
    {
        foreach (string role in SpecialRoles)
        {
            if (root.TryGetProperty(role, out JsonElement value) && Content(path, value) is { } token)
            {
                texts[role] = token;
                AddSpecial(token);
            }
        }

        if (root.TryGetProperty("additional_special_tokens", out JsonElement more) && more.ValueKind == JsonValueKind.Array)
        {
            foreach (string token in more.EnumerateArray().Select(value => Content(path, value)).OfType<string>())
            {
                AddSpecial(token);
            }
        }
    }

    private void AddSpecial(string token)
    {
        if (!special.Contains(token))
        {
            special.Add(token);
        }
    }

    // A token is a text, or an object that has it as its content.
    private static string? Content(string path, JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.Object when value.TryGetProperty("content", out JsonElement content) && content.ValueKind == JsonValueKind.String => content.GetString()!,
        _ => null,
    };
}

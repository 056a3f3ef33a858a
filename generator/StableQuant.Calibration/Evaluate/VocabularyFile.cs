using System.Text.Json;
using StableQuant.Graph;
using StableQuant.Graph.Validation;

namespace StableQuant.Calibration.Evaluate;

/// <summary>
/// <c>vocab.json</c>, as published beside speech models: one JSON object that maps each token to the head's output that
/// stands for it. The blank is <c>&lt;pad&gt;</c> or <c>[PAD]</c>, the space between words <c>|</c>.
/// </summary>
public static class VocabularyFile
{
    private const string FileName = "vocab.json";

    /// <summary>The largest file read, in bytes.</summary>
    private const long MaxBytes = 16 << 20;

    /// <summary>Reads the vocabulary of a model.</summary>
    /// <param name="modelPath">The model: a file, or a folder.</param>
    /// <param name="vocabularyPath">The vocabulary; null for <c>vocab.json</c> beside the model, or in it.</param>
    /// <exception cref="StableQuantException">There is none, or it is malformed.</exception>
    public static Vocabulary LoadFor(string modelPath, string? vocabularyPath)
    {
        if (vocabularyPath is not null)
        {
            return Load(vocabularyPath);
        }

        string beside = Path.Combine(Directory.Exists(modelPath) ? modelPath : Path.GetDirectoryName(modelPath) ?? "", FileName);
        return File.Exists(beside)
            ? Load(beside)
            : throw new StableQuantException($"{modelPath}: there is no {FileName} beside the model. Name the vocabulary with --vocab FILE.");
    }

    /// <summary>Reads a vocabulary.</summary>
    /// <exception cref="StableQuantException">The file is missing or malformed.</exception>
    public static Vocabulary Load(string path)
    {
        if (!File.Exists(path))
        {
            throw new StableQuantException($"{path}: there is no such vocabulary file.");
        }

        string[] tokens = Tokens(path);
        if (ModelValidator.Problem(tokens) is { } problem)
        {
            throw new StableQuantException($"{path}: {problem}");
        }

        int blank = Array.FindIndex(tokens, token => token is "<pad>" or "[PAD]");
        return blank >= 0
            ? new Vocabulary(new EquatableArray<string>(tokens), blank, Array.IndexOf(tokens, "|"))
            : throw new StableQuantException($"{path}: the vocabulary has no CTC blank, that is no token <pad> or [PAD].");
    }

    private static string[] Tokens(string path)
    {
        if (new FileInfo(path).Length > MaxBytes)
        {
            throw new StableQuantException($"{path}: larger than {MaxBytes} bytes: this is no vocabulary.");
        }

        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(File.ReadAllBytes(path));
        }
        catch (JsonException e)
        {
            throw new StableQuantException($"{path}: not JSON: {e.Message}", e);
        }

        using (document)
        {
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                throw new StableQuantException($"{path}: not one JSON object that maps tokens to numbers.");
            }

            JsonProperty[] entries = [.. document.RootElement.EnumerateObject()];
            var tokens = new string[entries.Length];
            foreach (JsonProperty entry in entries)
            {
                string name = Name(path, entry);
                if (entry.Value.ValueKind != JsonValueKind.Number || !entry.Value.TryGetInt32(out int index))
                {
                    throw new StableQuantException($"{path}: the token {name} does not map to a whole number.");
                }

                if (index < 0 || index >= tokens.Length || tokens[index] is not null)
                {
                    throw new StableQuantException($"{path}: {tokens.Length} tokens need the numbers 0 to {tokens.Length - 1}, each once, but {name} maps to {index}.");
                }

                tokens[index] = name;
            }

            return tokens;
        }
    }

    // Bytes that are no UTF-8, or escapes that are half a character.
    private static string Name(string path, JsonProperty entry)
    {
        try
        {
            return entry.Name;
        }
        catch (InvalidOperationException e)
        {
            throw new StableQuantException($"{path}: the token {entry.Value} is no text; save the file as UTF-8.", e);
        }
    }
}

using System.Text;
using StableQuant.Graph;
using StableQuant.Graph.Validation;

namespace StableQuant.Calibration.Vocabularies;

/// <summary>
/// What a model's outputs stand for, read from the files that are published beside speech models: <c>vocab.json</c> (token to output, also one
/// such object a language), <c>vocab.txt</c> (a token a line), <c>tokens.txt</c> (token, output), <c>tokenizer.json</c>, and what the tokenizer's own
/// files say of them. One that is named after the model, <c>NAME.vocab.json</c>, comes first.
/// </summary>
/// <remarks>The tokens come in one notation: ▁ is a space, and what makes no text stands in angle or square brackets.</remarks>
public static class VocabularyFile
{
    private const long MaxBytes = 16 << 20;

    /// <summary>The files that are looked for, in this order.</summary>
    private static readonly string[] FileNames = ["vocab.json", "vocab.txt", "tokens.txt", TokenizerFiles.Whole];

    /// <summary>Reads the vocabulary of a model, as wide as its logits where the model says how wide they are.</summary>
    /// <param name="modelPath">The model: an <c>.onnx</c> file, or a folder with a <c>config.json</c>.</param>
    /// <param name="vocabularyPath">The vocabulary; null for the one beside the model, or in its folder.</param>
    /// <param name="choice">What the user says of it; null for nothing.</param>
    /// <param name="note">Receives a line on each thing that is not as it should be, and how it was read.</param>
    /// <exception cref="StableQuantException">There is none, it is malformed, or it is another model's.</exception>
    public static Vocabulary LoadFor(string modelPath, string? vocabularyPath, VocabularyChoice? choice = null, Action<string>? note = null)
    {
        if (!File.Exists(modelPath) && !Directory.Exists(modelPath))
        {
            throw new StableQuantException($"{modelPath}: there is no such model.");
        }

        string path = vocabularyPath ?? Beside(modelPath)
            ?? throw new StableQuantException($"{modelPath}: there is no {string.Join(", ", FileNames)} beside the model. Name the vocabulary with --vocab FILE.");
        TokenTable table = Read(path, choice ?? VocabularyChoice.None, note);
        if (!table.IsNested && LogitsWidth.Of(modelPath) is { } width)
        {
            table.Fit(width, modelPath);
        }

        return Finish(table, choice ?? VocabularyChoice.None, note);
    }

    /// <summary>Reads a vocabulary by itself.</summary>
    /// <param name="path">The file; the tokenizer's files are looked for beside it.</param>
    /// <param name="choice">What the user says of it; null for nothing.</param>
    /// <param name="note">Receives a line on each thing that is not as it should be, and how it was read.</param>
    /// <exception cref="StableQuantException">The file is missing or malformed.</exception>
    public static Vocabulary Load(string path, VocabularyChoice? choice = null, Action<string>? note = null) =>
        Finish(Read(path, choice ?? VocabularyChoice.None, note), choice ?? VocabularyChoice.None, note);

    /// <summary>The text of a file of any Unicode encoding that says so by its byte order mark; without one UTF-8.</summary>
    internal static string Text(string path)
    {
        try
        {
            if (new FileInfo(path).Length > MaxBytes)
            {
                throw new StableQuantException($"{path}: larger than {MaxBytes} bytes: this is no vocabulary.");
            }

            using var reader = new StreamReader(path, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true), detectEncodingFromByteOrderMarks: true);
            return reader.ReadToEnd();
        }
        catch (DecoderFallbackException e)
        {
            throw new StableQuantException($"{path}: holds bytes that are no text; save the file as UTF-8.", e);
        }
    }

    private static string? Beside(string modelPath)
    {
        string? folder = Directory.Exists(modelPath) ? modelPath : Path.GetDirectoryName(Path.GetFullPath(modelPath));
        if (File.Exists(modelPath) && Path.ChangeExtension(modelPath, ".vocab.json") is var own && File.Exists(own))
        {
            return own;
        }

        // Published exports lie in a folder onnx of the checkpoint's.
        string?[] folders = [folder, Path.GetFileName(folder) == "onnx" ? Path.GetDirectoryName(folder) : null];
        return folders.OfType<string>().SelectMany(f => FileNames.Select(name => Path.Combine(f, name))).FirstOrDefault(File.Exists);
    }

    private static TokenTable Read(string path, VocabularyChoice choice, Action<string>? note)
    {
        if (!File.Exists(path))
        {
            throw new StableQuantException($"{path}: there is no such vocabulary file.");
        }

        TokenizerFiles tokenizer = TokenizerFiles.Beside(path);
        string text = Text(path);
        var table = new TokenTable(path, tokenizer, note);
        if (text.AsSpan().TrimStart() is ['{', ..] || path.EndsWith(".json", StringComparison.OrdinalIgnoreCase))
        {
            VocabularyJson.Read(table, text, choice.Language ?? tokenizer.Language);
        }
        else
        {
            VocabularyText.Read(table, text);
        }

        if (choice.Language is { } language && !table.IsNested)
        {
            throw new StableQuantException($"{path}: has no languages to choose '{language}' from; leave --language out.");
        }

        table.AddTokenizerTokens();
        return table;
    }

    private static Vocabulary Finish(TokenTable table, VocabularyChoice choice, Action<string>? note)
    {
        string[] tokens = table.ToArray();
        int blank = TokenRoles.Blank(table, tokens, choice.Blank, note);
        int delimiter = TokenRoles.WordDelimiter(table, tokens, choice.Delimiter, blank);
        PieceNotation.Apply(tokens, blank, delimiter, table.Tokenizer);
        var vocabulary = new Vocabulary(new EquatableArray<string>(tokens), blank, table.Tokenizer.ReplacesDelimiter ? -1 : delimiter);
        return ModelValidator.Problem(vocabulary) is { } problem ? throw new StableQuantException($"{table.Path}: {problem}") : vocabulary;
    }
}

using System.Text;

namespace StableQuant.Decoding;

/// <summary>Text that people write for a search, and the errors in it.</summary>
internal static class TextFile
{
    /// <summary>Reads a file of UTF-8.</summary>
    /// <exception cref="InvalidDataException">It is larger, or is not UTF-8.</exception>
    public static string Read(string path, int maxLength)
    {
        using FileStream file = File.OpenRead(path);
        if (file.Length > maxLength)
        {
            throw Error(path, 1, $"the file has more than {maxLength} bytes");
        }

        using var reader = new StreamReader(file, new UTF8Encoding(false, throwOnInvalidBytes: true));
        try
        {
            return reader.ReadToEnd();
        }
        catch (DecoderFallbackException e)
        {
            throw new InvalidDataException($"{path}:1: the file is not UTF-8.", e);
        }
    }

    /// <summary>An error in a line.</summary>
    public static InvalidDataException Error(string name, int line, string problem) => new($"{name}:{line}: {problem}.");

    /// <summary>The error of a character that the vocabulary cannot write.</summary>
    public static InvalidDataException Unknown(string name, int line, string text, int at) =>
        Error(name, line, $"the vocabulary of the model has no token for '{text[at]}' (U+{(int)text[at]:X4}) in \"{text}\"");
}

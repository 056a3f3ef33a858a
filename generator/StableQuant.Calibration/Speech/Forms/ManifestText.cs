using System.Text;

namespace StableQuant.Calibration.Speech.Forms;

/// <summary>Reads the lines of a text file that lists speech.</summary>
internal static class ManifestText
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>
    /// The lines that are not blank, with their numbers from 1. A byte order mark and carriage returns are dropped.
    /// </summary>
    public static IEnumerable<(int Number, string Text)> Lines(string file)
    {
        using var reader = new StreamReader(file, Utf8);
        for (int number = 1; Next(reader, file, number) is string line; number++)
        {
            if (!string.IsNullOrWhiteSpace(line))
            {
                yield return (number, line);
            }
        }
    }

    /// <summary>How errors name a line.</summary>
    public static string Place(string file, int line) => FormattableString.Invariant($"{file}({line})");

    /// <summary>The whole text, without a byte order mark.</summary>
    public static string All(string file)
    {
        try
        {
            return File.ReadAllText(file, Utf8);
        }
        catch (DecoderFallbackException e)
        {
            throw new StableQuantException($"{file}: not UTF-8 text.", e);
        }
    }

    private static string? Next(StreamReader reader, string file, int number)
    {
        try
        {
            return reader.ReadLine();
        }
        catch (DecoderFallbackException e)
        {
            throw new StableQuantException($"{file}: not UTF-8 text, in or after line {number}.", e);
        }
    }
}

using System.Globalization;

namespace StableQuant.Calibration.Vocabularies;

/// <summary>Reads vocabularies of lines: a token a line (<c>vocab.txt</c>), or token, space or TAB, output (<c>tokens.txt</c>).</summary>
internal static class VocabularyText
{
    /// <summary>Reads the tokens.</summary>
    /// <param name="table">Receives them.</param>
    /// <param name="text">The file's text. Spaces in it count: a space may be a token.</param>
    public static void Read(TokenTable table, string text)
    {
        List<string> lines = [.. text.ReplaceLineEndings("\n").Split('\n')];
        while (lines.Count > 0 && lines[^1].Length == 0)
        {
            lines.RemoveAt(lines.Count - 1);
        }

        (string Token, int Output)?[] numbered = [.. lines.Where(line => line.Length > 0).Select(Numbered)];
        if (numbered.Length > 0 && numbered.All(entry => entry is not null))
        {
            foreach ((string token, int output) in numbered.OfType<(string, int)>())
            {
                table.Add(token, output);
            }
        }
        else
        {
            for (int line = 0; line < lines.Count; line++)
            {
                table.Add(lines[line], line);
            }
        }
    }

    private static (string Token, int Output)? Numbered(string line)
    {
        int separator = line.LastIndexOfAny([' ', '\t']);
        return separator >= 0 && int.TryParse(line.AsSpan(separator + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int output)
            ? (separator > 0 ? line[..separator].TrimEnd('\t') is { Length: > 0 } token ? token : " " : " ", output)
            : null;
    }
}

using System.Text;

namespace StableQuant.Calibration.Speech.Forms;

/// <summary>Rows of fields with a character between them, as spreadsheets write them: a field in quotes may hold anything (RFC 4180).</summary>
internal static class DelimitedText
{
    /// <summary>Splits a text into rows.</summary>
    /// <param name="text">The text.</param>
    /// <param name="delimiter">What is between fields. With a tab quotes span no lines, as a sentence may well begin with one.</param>
    /// <returns>For each row that is not blank its first line's number, from 1, and its fields.</returns>
    public static IEnumerable<(int Line, string[] Fields)> Rows(string text, char delimiter)
    {
        bool spansLines = delimiter != '\t';
        var fields = new List<string>();
        var field = new StringBuilder();
        int line = 1;
        int first = 1;
        bool isQuoted = false;
        for (int i = 0; i <= text.Length; i++)
        {
            char c = i < text.Length ? text[i] : '\n';
            if (isQuoted && spansLines && i < text.Length)
            {
                if (c != '"')
                {
                    field.Append(c);
                }
                else if (i + 1 < text.Length && text[i + 1] == '"')
                {
                    field.Append(text[i++]);
                }
                else
                {
                    isQuoted = false;
                }
            }
            else if (c == '"' && field.Length == 0 && spansLines)
            {
                isQuoted = true;
            }
            else if (c == delimiter)
            {
                fields.Add(Take(field, spansLines));
            }
            else if (c == '\n')
            {
                fields.Add(Take(field, spansLines));
                if (fields.Exists(f => !string.IsNullOrWhiteSpace(f)))
                {
                    yield return (first, [.. fields]);
                }

                fields.Clear();
                isQuoted = false;
                first = line + 1;
            }
            else if (c != '\r' || (i + 1 < text.Length && text[i + 1] != '\n'))
            {
                field.Append(c);
            }

            line += c == '\n' ? 1 : 0;
        }
    }

    private static string Take(StringBuilder field, bool isPlain)
    {
        string text = field.ToString();
        field.Clear();
        // Quoted by a spreadsheet as a whole, quotes within doubled.
        bool isQuoted = !isPlain && text.Length >= 2 && text[0] == '"' && text[^1] == '"' && !text[1..^1].Replace("\"\"", "", StringComparison.Ordinal).Contains('"', StringComparison.Ordinal);
        return isQuoted ? text[1..^1].Replace("\"\"", "\"", StringComparison.Ordinal) : text;
    }
}

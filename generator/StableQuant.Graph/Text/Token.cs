using System.Globalization;
using System.Text;

namespace StableQuant.Graph.Text;

/// <summary>One word of a line: <c>word</c>, <c>"text"</c> or <c>key=value</c>, where the value may be quoted.</summary>
/// <param name="Key">The key; null where there is none.</param>
/// <param name="Value">The value, unescaped.</param>
/// <param name="Quoted">Whether the value was quoted.</param>
/// <param name="Column">Column of the first character, from 1.</param>
/// <param name="Length">Number of characters.</param>
internal sealed record Token(string? Key, string Value, bool Quoted, int Column, int Length)
{
    /// <summary>Splits a line into words.</summary>
    /// <exception cref="DescriptionException">A quote is not closed, or an escape is none.</exception>
    public static IReadOnlyList<Token> Split(string line, int lineNumber)
    {
        var tokens = new List<Token>();
        int position = 0;
        while (true)
        {
            while (position < line.Length && line[position] == ' ')
            {
                position++;
            }

            if (position == line.Length)
            {
                return tokens;
            }

            tokens.Add(Next(line, lineNumber, ref position));
        }
    }

    /// <summary>Quotes a text so that it stays on its line and within ASCII's printable characters or letters.</summary>
    public static string Quote(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (char c in text)
        {
            if (c is '"' or '\\')
            {
                quoted.Append('\\').Append(c);
            }
            else if (c == ' ' || (c < 0x7F && c > ' ') || char.IsLetterOrDigit(c))
            {
                quoted.Append(c);
            }
            else
            {
                quoted.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture));
            }
        }

        return quoted.Append('"').ToString();
    }

    private static Token Next(string line, int lineNumber, ref int position)
    {
        int start = position;
        int wordStart = position;
        string? key = null;
        while (position < line.Length && line[position] is not (' ' or '"'))
        {
            if (line[position] == '=' && key is null && position > start)
            {
                key = line.Substring(start, position - start);
                wordStart = position + 1;
            }

            position++;
        }

        bool quoted = position < line.Length && line[position] == '"' && position == wordStart;
        string value = quoted ? Unquote(line, lineNumber, ref position) : line.Substring(wordStart, position - wordStart);
        if (position < line.Length && line[position] != ' ')
        {
            throw new DescriptionException(new(lineNumber, position + 1, 1, "A quoted text stands alone or right after 'key='; put a space here."));
        }

        return new Token(key, value, quoted, start + 1, position - start);
    }

    private static string Unquote(string line, int lineNumber, ref int position)
    {
        int start = position++;
        var text = new StringBuilder();
        while (position < line.Length && line[position] != '"')
        {
            text.Append(line[position] == '\\' ? Unescape(line, lineNumber, ref position) : line[position++]);
        }

        if (position == line.Length)
        {
            throw new DescriptionException(new(lineNumber, start + 1, line.Length - start, "This text is not closed by a quotation mark."));
        }

        position++;
        return text.ToString();
    }

    private static char Unescape(string line, int lineNumber, ref int position)
    {
        int start = position++;
        char kind = position < line.Length ? line[position++] : '\0';
        if (kind is '"' or '\\')
        {
            return kind;
        }

        if (kind == 'u' && position + 4 <= line.Length
            && ushort.TryParse(line.Substring(position, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ushort code))
        {
            position += 4;
            return (char)code;
        }

        throw new DescriptionException(new(lineNumber, start + 1, 1, "Unknown escape; a text knows \\\", \\\\ and \\uXXXX."));
    }
}

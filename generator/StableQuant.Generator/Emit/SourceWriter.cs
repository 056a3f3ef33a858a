using System.Globalization;
using System.Text;

namespace StableQuant.Generator.Emit;

/// <summary>Writes C# with indentation, and an empty line behind a block; lines end in \n on every machine.</summary>
internal sealed class SourceWriter
{
    private readonly StringBuilder text = new();
    private int depth;
    private bool isBehindBlock;

    /// <summary>Writes lines at the present depth; a raw string's own indentation is kept.</summary>
    public void Lines(string lines)
    {
        foreach (string line in lines.Replace("\r\n", "\n").Split('\n'))
        {
            if (line.Length > 0)
            {
                if (isBehindBlock && line[0] != '}' && !line.StartsWith("else", StringComparison.Ordinal))
                {
                    text.Append('\n');
                }

                text.Append(' ', depth * 4).Append(line);
            }

            text.Append('\n');
            isBehindBlock = false;
        }
    }

    /// <summary>Writes a head line and opens a block.</summary>
    public void Open(string head)
    {
        Lines(head);
        OpenBrace();
    }

    /// <summary>Opens a block below lines that are written already.</summary>
    public void OpenBrace()
    {
        Lines("{");
        depth++;
    }

    /// <summary>Closes a block.</summary>
    /// <param name="end">What follows the brace.</param>
    public void Close(string end = "")
    {
        depth--;
        Lines("}" + end);
        isBehindBlock = true;
    }

    /// <inheritdoc/>
    public override string ToString() => text.ToString();

    /// <summary>A float as a C# literal that brings back every bit.</summary>
    public static string Literal(float value) => value.ToString("G9", CultureInfo.InvariantCulture) + "f";

    /// <summary>A decimal number as a C# literal of the double next to it.</summary>
    public static string Literal(decimal value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>A text as a C# string literal: printable ASCII only, all else escaped.</summary>
    public static string Literal(string value)
    {
        var literal = new StringBuilder("\"");
        foreach (char c in value)
        {
            if (c is '"' or '\\')
            {
                literal.Append('\\').Append(c);
            }
            else if (c is >= ' ' and < '\x7F')
            {
                literal.Append(c);
            }
            else
            {
                literal.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture));
            }
        }

        return literal.Append('"').ToString();
    }

    /// <summary>A text made safe for one line of a comment: whatever could end the line or mean something in XML is replaced.</summary>
    public static string Comment(string value)
    {
        var safe = new StringBuilder();
        foreach (char c in value)
        {
            safe.Append(c switch
            {
                '<' => "&lt;",
                '>' => "&gt;",
                '&' => "&amp;",
                >= ' ' and < '\x7F' => c.ToString(),
                _ => "?",
            });
        }

        return safe.ToString();
    }
}

using System.Text;

namespace StableQuant.Decoding.Grammars;

/// <summary>The kinds of a grammar's tokens.</summary>
internal enum GrammarTokenKind
{
    /// <summary>The end of the text.</summary>
    End,

    /// <summary>A word.</summary>
    Word,

    /// <summary>A word, or several, in quotation marks.</summary>
    Quoted,

    /// <summary>A rule's name, which stood in angle brackets.</summary>
    RuleName,

    /// <summary>A character of the language.</summary>
    Symbol,
}

/// <summary>A token of a grammar.</summary>
internal readonly record struct GrammarToken(GrammarTokenKind Kind, string Text, int Line)
{
    public bool Is(char symbol) => Kind == GrammarTokenKind.Symbol && Text[0] == symbol;
}

/// <summary>Splits a grammar's text into tokens; comments and white space separate them.</summary>
/// <param name="text">The text.</param>
/// <param name="name">What errors call it.</param>
internal sealed class GrammarLexer(string text, string name)
{
    private const string Symbols = ";=|*+()[]{}/";
    private int at;
    private int line = 1;

    /// <summary>Reads the line that may come first, <c>#JSGF V1.0 …;</c>.</summary>
    public void SkipHeader()
    {
        at = text.StartsWith('\uFEFF') ? 1 : 0;
        SkipSpace();
        if (Peek() != '#')
        {
            return;
        }

        int end = text.IndexOf(';', at);
        if (!text.AsSpan(at).StartsWith("#JSGF V1.0", StringComparison.Ordinal) || end < 0)
        {
            throw TextFile.Error(name, line, "the header is not \"#JSGF V1.0;\"");
        }

        while (at <= end)
        {
            Step();
        }
    }

    /// <summary>Reads the next token.</summary>
    public GrammarToken Next()
    {
        SkipSpace();
        int start = at;
        int startLine = line;
        switch (Peek())
        {
            case '\0' when at == text.Length:
                return new GrammarToken(GrammarTokenKind.End, "the end", line);
            case '<':
                return new GrammarToken(GrammarTokenKind.RuleName, RuleName(), startLine);
            case '>':
                throw TextFile.Error(name, line, "a '>' without '<'");
            case '"':
                return new GrammarToken(GrammarTokenKind.Quoted, Quoted(), startLine);
            case char c when Symbols.Contains(c, StringComparison.Ordinal):
                Step();
                return new GrammarToken(GrammarTokenKind.Symbol, c.ToString(), startLine);
        }

        while (at < text.Length && !char.IsWhiteSpace(text[at]) && text[at] is not ('<' or '>' or '"') && !Symbols.Contains(text[at], StringComparison.Ordinal))
        {
            Step();
        }

        return new GrammarToken(GrammarTokenKind.Word, text[start..at], startLine);
    }

    private string RuleName()
    {
        int startLine = line;
        int start = at + 1;
        while (Peek() != '>')
        {
            if (at == text.Length || line != startLine)
            {
                throw TextFile.Error(name, startLine, "a '<' without '>'");
            }

            Step();
        }

        Step();
        string rule = text[start..(at - 1)].Trim();
        return rule.Length > 0 && !rule.Any(c => char.IsWhiteSpace(c) || c is '<' or ';' or '=') ? rule : throw TextFile.Error(name, startLine, $"<{rule}> is no name of a rule");
    }

    private string Quoted()
    {
        int startLine = line;
        var quoted = new StringBuilder();
        for (Step(); Peek() != '"'; Step())
        {
            // A backslash makes of a quotation mark, or of another, a plain character.
            if (Peek() == '\\')
            {
                Step();
            }

            if (at >= text.Length)
            {
                throw TextFile.Error(name, startLine, "a quotation mark is not closed");
            }

            quoted.Append(Peek());
        }

        Step();
        string words = quoted.ToString().Trim();
        return words.Length > 0 ? words : throw TextFile.Error(name, startLine, "there is nothing between quotation marks");
    }

    private void SkipSpace()
    {
        while (at < text.Length)
        {
            if (char.IsWhiteSpace(text[at]))
            {
                Step();
            }
            else if (text.AsSpan(at).StartsWith("//", StringComparison.Ordinal))
            {
                while (at < text.Length && text[at] != '\n')
                {
                    Step();
                }
            }
            else if (text.AsSpan(at).StartsWith("/*", StringComparison.Ordinal))
            {
                int startLine = line;
                int end = text.IndexOf("*/", at + 2, StringComparison.Ordinal);
                if (end < 0)
                {
                    throw TextFile.Error(name, startLine, "a comment is not closed");
                }

                while (at < end + 2)
                {
                    Step();
                }
            }
            else
            {
                return;
            }
        }
    }

    private char Peek() => at < text.Length ? text[at] : '\0';

    private void Step()
    {
        if (at < text.Length && text[at] == '\n')
        {
            line++;
        }

        at++;
    }
}

using System.Globalization;
using StableQuant.Graph.Validation;

namespace StableQuant.Graph.Text;

/// <summary>Takes one line's words apart, each with its place for error messages; every word must be taken.</summary>
internal sealed class LineReader
{
    private readonly IReadOnlyList<Token> tokens;
    private readonly HashSet<Token> taken = [];
    private int position;

    public LineReader(string line, int lineNumber)
    {
        LineNumber = lineNumber;
        tokens = Token.Split(line, lineNumber);
        foreach (IGrouping<string?, Token> same in tokens.Where(t => t.Key is not null).GroupBy(t => t.Key))
        {
            if (same.Count() > 1)
            {
                throw Error(same.ElementAt(1), $"'{same.Key}' stands twice on this line; remove one.");
            }
        }
    }

    public int LineNumber { get; }

    public bool IsEmpty => tokens.Count == 0;

    public Token First => tokens[0];

    /// <summary>Whether this is <c>name = …</c>, whatever the name.</summary>
    public bool IsOperation => tokens.Count > 1 && tokens[1] is { Key: null, Quoted: false, Value: "=" };

    /// <summary>Whether another word without key follows.</summary>
    private bool HasWord => position < tokens.Count && tokens[position].Key is null;

    /// <summary>The next word without key; such words come first on a line, or are texts after the keys.</summary>
    public Token Word(string what)
    {
        if (!HasWord)
        {
            throw Error(position < tokens.Count ? tokens[position] : End, $"{what} is missing here.");
        }

        taken.Add(tokens[position]);
        return tokens[position++];
    }

    /// <summary>All texts without key.</summary>
    public IReadOnlyList<Token> Texts()
    {
        List<Token> texts = [.. tokens.Where(t => t.Key is null && t.Quoted)];
        taken.UnionWith(texts);
        return texts;
    }

    /// <summary>Whether this key stands on the line.</summary>
    public bool Has(string key) => tokens.Any(t => t.Key == key);

    public Token Text(string key)
    {
        Token token = tokens.FirstOrDefault(t => t.Key == key) ?? throw Error(End, $"'{key}=' is missing on this line.");
        taken.Add(token);
        return token;
    }

    public long Integer(string key) => Integer(key, long.MinValue, long.MaxValue);

    public int Int(string key) => (int)Integer(key, int.MinValue, int.MaxValue);

    public double Number(string key)
    {
        Token token = Text(key);
        return !token.Quoted && double.TryParse(token.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
            ? value
            : throw Error(token, $"'{key}' must be a number.");
    }

    public float Float(string key) => (float)Number(key);

    /// <summary>One of some words.</summary>
    /// <returns>Its place among them, from 0.</returns>
    public int Choice(string key, params string[] words)
    {
        Token token = Text(key);
        int place = token.Quoted ? -1 : Array.IndexOf(words, token.Value);
        return place >= 0 ? place : throw Error(token, $"'{key}' must be {string.Join(", ", words.Take(words.Length - 1))}{(words.Length > 1 ? " or " : "")}{words[words.Length - 1]}.");
    }

    /// <summary>Refuses words that nobody took.</summary>
    public void Finish()
    {
        Token? left = tokens.FirstOrDefault(t => !taken.Contains(t));
        if (left is not null)
        {
            throw Error(left, $"'{left.Key ?? left.Value}' is not known here; remove it.");
        }
    }

    /// <summary>The word that a part of a <see cref="GraphError"/> is.</summary>
    public Token Find(string? part)
    {
        // name = kind inputs …
        const int Inputs = 3;
        for (int i = 0; Inputs + i < tokens.Count && tokens[Inputs + i].Key is null; i++)
        {
            if (part == GraphError.Input(i))
            {
                return tokens[Inputs + i];
            }
        }

        return tokens.FirstOrDefault(t => t.Key is not null && t.Key == part) ?? First;
    }

    public DescriptionException Error(Token token, string message) => Error(token.Column, Math.Max(1, token.Length), message);

    /// <summary>An error at the line's start.</summary>
    public DescriptionException Error(string message) => Error(1, 1, message);

    // Messages quote the text, which may be anyone's.
    private DescriptionException Error(int column, int length, string message) => new(new(LineNumber, column, length, PlainText.Of(message)));

    private long Integer(string key, long min, long max)
    {
        Token token = Text(key);
        return !token.Quoted && long.TryParse(token.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value)
            && value >= min && value <= max
            ? value
            : throw Error(token, $"'{key}' must be an integer.");
    }

    private Token End => tokens.Count == 0
        ? new Token(null, "", false, 1, 1)
        : new Token(null, "", false, tokens[tokens.Count - 1].Column + tokens[tokens.Count - 1].Length, 1);
}

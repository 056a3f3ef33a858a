namespace StableQuant.Decoding;

/// <summary>The tokens of a model trained with connectionist temporal classification, and what each adds to a text.</summary>
public sealed class CtcVocabulary
{
    /// <summary>What stands for a space in word pieces: U+2581.</summary>
    private const char SpaceMark = '▁';

    private readonly string[] tokens;
    private readonly string[] texts;

    /// <summary>Makes a vocabulary; the tokens are copied.</summary>
    /// <param name="tokens">One token for each logit of a frame, in that order. Tokens in angle or square brackets (<c>&lt;s&gt;</c>, <c>[UNK]</c>) make no text; ▁ in a token is a space, as in word pieces.</param>
    /// <param name="blank">Index of the blank.</param>
    /// <param name="wordDelimiter">Index of the token that stands for a space, or −1 where no token does.</param>
    /// <exception cref="ArgumentException">There is no token, a token is null, an index is outside the tokens, or both indices are the same.</exception>
    public CtcVocabulary(string[] tokens, int blank, int wordDelimiter)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        if (tokens.Length == 0)
        {
            throw new ArgumentException("A vocabulary needs at least one token.", nameof(tokens));
        }

        ArgumentOutOfRangeException.ThrowIfNegative(blank);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(blank, tokens.Length);
        ArgumentOutOfRangeException.ThrowIfLessThan(wordDelimiter, -1);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(wordDelimiter, tokens.Length);
        if (blank == wordDelimiter)
        {
            throw new ArgumentException($"Token {blank} cannot be both the blank and the word delimiter.", nameof(wordDelimiter));
        }

        Blank = blank;
        WordDelimiter = wordDelimiter;
        this.tokens = [.. tokens];
        texts = new string[tokens.Length];
        for (int i = 0; i < tokens.Length; i++)
        {
            string token = tokens[i] ?? throw new ArgumentException($"Token {i} is null.", nameof(tokens));
            texts[i] = i == wordDelimiter ? " " : i == blank || IsBracketed(token) ? "" : token.Replace(SpaceMark, ' ');
            LongestText = Math.Max(LongestText, texts[i].Length);
            WritesSpaces |= texts[i].Contains(' ');
        }
    }

    /// <summary>The tokens, one for each logit of a frame.</summary>
    public ReadOnlySpan<string> Tokens => tokens;

    /// <summary>Number of tokens: the width of one frame of logits.</summary>
    public int Count => tokens.Length;

    /// <summary>Index of the blank.</summary>
    public int Blank { get; }

    /// <summary>Index of the token that stands for a space, or −1.</summary>
    public int WordDelimiter { get; }

    /// <summary>Writes the text of some tokens: no space at its start or end, never two in a row.</summary>
    /// <param name="found">The tokens.</param>
    /// <param name="text">Receives the text.</param>
    /// <returns>The number of characters written.</returns>
    /// <exception cref="ArgumentException"><paramref name="text"/> is too small for this text.</exception>
    /// <exception cref="IndexOutOfRangeException">A token is not of this vocabulary.</exception>
    public int WriteText(ReadOnlySpan<CtcToken> found, Span<char> text)
    {
        var writer = new CtcTextWriter(this, text);
        foreach (CtcToken token in found)
        {
            writer.Add(token.Id);
        }

        return writer.Length;
    }

    /// <summary>What each token adds to a text; empty for the blank and for bracketed tokens.</summary>
    internal ReadOnlySpan<string> Texts => texts;

    /// <summary>Whether a token writes a space, so that texts have words.</summary>
    public bool WritesSpaces { get; }

    /// <summary>The most characters that one token adds.</summary>
    internal int LongestText { get; }

    private static bool IsBracketed(string token) =>
        token.Length > 2 && ((token[0] == '<' && token[^1] == '>') || (token[0] == '[' && token[^1] == ']'));
}

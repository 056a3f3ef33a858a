using System.Globalization;
using System.Text;

namespace StableQuant.Calibration.Vocabularies;

/// <summary>
/// Brings tokens into the one notation that decoding knows: ▁ is a space, brackets hold what makes no text. Word pieces are written in five
/// ways; phonemes stand apart.
/// </summary>
internal static class PieceNotation
{
    private const char Space = '▁';

    /// <summary>Rewrites the tokens.</summary>
    /// <param name="tokens">The tokens, one an output.</param>
    /// <param name="blank">The blank, which is left as it is.</param>
    /// <param name="delimiter">The token between words, which is, too, unless the tokenizer writes something else for it; −1 for none.</param>
    /// <param name="tokenizer">What the tokenizer's files say.</param>
    public static void Apply(string[] tokens, int blank, int delimiter, TokenizerFiles tokenizer)
    {
        int[] texts = [.. Enumerable.Range(0, tokens.Length).Where(i => i != blank && i != delimiter && !IsBracketed(tokens[i]) && !tokenizer.Special.Contains(tokens[i]))];
        foreach (int silent in Enumerable.Range(0, tokens.Length).Except(texts).Where(i => i != blank && i != delimiter && tokens[i].Length > 0 && !IsBracketed(tokens[i])))
        {
            tokens[silent] = $"<{tokens[silent]}>";
        }

        if (delimiter >= 0 && tokenizer.ReplacesDelimiter)
        {
            tokens[delimiter] = tokenizer.DelimiterText;
        }

        Func<string, string>? rewrite = Rewriting([.. texts.Select(i => tokens[i])], delimiter >= 0, tokenizer.IsPhonemic);
        foreach (int i in texts)
        {
            string text = rewrite is null ? tokens[i] : rewrite(tokens[i]);
            tokens[i] = tokenizer.LowerCase ? text.ToLowerInvariant() : text;
        }
    }

    private static Func<string, string>? Rewriting(string[] texts, bool hasDelimiter, bool isPhonemic)
    {
        bool Any(Func<string, bool> isSo) => texts.Any(text => text.Length > 1 && isSo(text));
        if (Any(text => text.Contains(Space)))
        {
            return null;
        }

        if (Any(text => text[0] == BytePieces.Space))
        {
            return BytePieces.Text;
        }

        if (Any(text => text.EndsWith("</w>", StringComparison.Ordinal)))
        {
            return text => text.EndsWith("</w>", StringComparison.Ordinal) ? text[..^4] + Space : text;
        }

        if (hasDelimiter)
        {
            return null;
        }

        if (Any(text => text.EndsWith("@@", StringComparison.Ordinal)))
        {
            return text => text.EndsWith("@@", StringComparison.Ordinal) ? text[..^2] : text + Space;
        }

        if (Any(text => text.Length > 2 && text.StartsWith("##", StringComparison.Ordinal)))
        {
            return text => text.Length > 2 && text.StartsWith("##", StringComparison.Ordinal) ? text[2..] : Space + text;
        }

        return isPhonemic || AreApart(texts) ? text => Space + text : null;
    }

    // Phonemes are symbols of several letters without a space among them. Languages without spaces have characters, and few tokens of more.
    private static bool AreApart(string[] texts)
    {
        int longer = texts.Count(text => new StringInfo(text).LengthInTextElements > 1);
        return longer > 0 && longer * 10 >= texts.Length && !texts.Any(text => text.Contains(' ') || text.EnumerateRunes().Any(IsOfUnspacedScript));
    }

    // Han, Hiragana, Katakana; Thai, Lao, Myanmar, Khmer.
    private static bool IsOfUnspacedScript(Rune rune) => rune.Value is (>= 0x3041 and <= 0x30FF) or (>= 0x3400 and <= 0x9FFF) or (>= 0xF900 and <= 0xFAFF)
        or (>= 0x20000 and <= 0x3FFFF) or (>= 0x0E00 and <= 0x0EFF) or (>= 0x1000 and <= 0x109F) or (>= 0x1780 and <= 0x17FF);

    private static bool IsBracketed(string token) => token.Length > 2 && ((token[0] == '<' && token[^1] == '>') || (token[0] == '[' && token[^1] == ']'));
}

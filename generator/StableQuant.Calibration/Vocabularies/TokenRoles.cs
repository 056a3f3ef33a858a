namespace StableQuant.Calibration.Vocabularies;

/// <summary>Finds the blank and the token between words: what the user says counts first, then the tokenizer, then the names that are common.</summary>
internal static class TokenRoles
{
    private static readonly string[] Blanks = ["<blk>", UsualBlank, "<ctc_blank>", "[blank]", "<pad>", "[PAD]", "_"];
    private static readonly string[] Delimiters = ["|", "▁", " ", "<space>", "[space]"];

    /// <summary>The name that the CTC blank has where a file has none.</summary>
    public const string UsualBlank = "<blank>";

    /// <summary>Whether a token is called what blanks are, a character apart.</summary>
    public static bool IsBlank(string token) => token != "_" && Blanks.Contains(token, StringComparer.OrdinalIgnoreCase);

    /// <summary>The output of the CTC blank.</summary>
    /// <exception cref="StableQuantException">There is none.</exception>
    public static int Blank(TokenTable table, string[] tokens, string? chosen, Action<string>? note)
    {
        if (chosen is not null)
        {
            return Named(table, tokens, chosen, "--blank");
        }

        int[] found = [Array.IndexOf(tokens, table.Tokenizer.Blank), .. Blanks.Select(name => IndexOf(tokens, name))];
        int blank = found.FirstOrDefault(index => index >= 0, -1);
        if (blank < 0)
        {
            throw new StableQuantException($"{table.Path}: the vocabulary has no CTC blank, that is no token {string.Join(", ", Blanks[..^1])} or {Blanks[^1]}. Name it with --blank TOKEN.");
        }

        int[] others = [.. found.Where(index => index >= 0 && index != blank && tokens[index] != "_").Distinct()];
        if (found[0] < 0 && others.Length > 0)
        {
            note?.Invoke($"{table.Path}: takes {tokens[blank]} as the CTC blank, not {string.Join(", ", others.Select(index => tokens[index]))}; --blank TOKEN says otherwise.");
        }

        return blank;
    }

    /// <summary>The output of the token between words; −1 where there is none.</summary>
    public static int WordDelimiter(TokenTable table, string[] tokens, string? chosen, int blank)
    {
        if (chosen is not null)
        {
            int index = Named(table, tokens, chosen, "--delimiter");
            return index != blank ? index : throw new StableQuantException($"{table.Path}: {chosen} is the CTC blank, and cannot delimit words, too; name another with --blank or --delimiter.");
        }

        if (table.Tokenizer.WordDelimiter is { } named && Array.IndexOf(tokens, named) is int own and >= 0 && own != blank)
        {
            return own;
        }

        // Among word pieces anything but their own mark is a character.
        IEnumerable<string> names = tokens.Any(token => token.Length > 1 && token[0] == '▁') ? ["▁"] : Delimiters;
        return names.Select(name => IndexOf(tokens, name)).FirstOrDefault(index => index >= 0 && index != blank, -1);
    }

    private static int Named(TokenTable table, string[] tokens, string name, string option) =>
        Array.IndexOf(tokens, name) is int index and >= 0 ? index
        : throw new StableQuantException($"{table.Path}: has no token '{name}', which {option} names.");

    private static int IndexOf(string[] tokens, string name) => Array.FindIndex(tokens, token => token.Equals(name, StringComparison.OrdinalIgnoreCase));
}

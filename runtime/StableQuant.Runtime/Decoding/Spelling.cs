namespace StableQuant.Decoding;

/// <summary>
/// The characters that a vocabulary's tokens write, numbered: what words, phrases and grammars are spelled with, whichever tokens make
/// the same text. Symbol 0 is the boundary between words.
/// </summary>
internal sealed class Spelling
{
    /// <summary>The symbol of a space.</summary>
    public const int Boundary = 0;

    private readonly Dictionary<char, ushort> symbols = [];
    private readonly ushort[][] tokens;

    /// <summary>Numbers the characters of a vocabulary.</summary>
    public Spelling(CtcVocabulary vocabulary)
    {
        HasBoundary = vocabulary.WritesSpaces;
        symbols[' '] = Boundary;
        tokens = new ushort[vocabulary.Count][];
        for (int token = 0; token < tokens.Length; token++)
        {
            string text = vocabulary.Texts[token];
            tokens[token] = new ushort[text.Length];
            for (int i = 0; i < text.Length; i++)
            {
                if (!symbols.TryGetValue(text[i], out ushort symbol))
                {
                    symbols[text[i]] = symbol = (ushort)symbols.Count;
                }

                tokens[token][i] = symbol;
            }
        }
    }

    /// <summary>Whether a token writes a space, so that texts have words.</summary>
    public bool HasBoundary { get; }

    /// <summary>The symbols that a token writes; none for the blank and for bracketed tokens.</summary>
    public ReadOnlySpan<ushort> Of(int token) => tokens[token];

    /// <summary>
    /// Adds the symbols of a text. A character that the vocabulary lacks is taken in its other case, a typographic apostrophe as the plain
    /// one. White space is one boundary; where no token writes a space there is none.
    /// </summary>
    /// <param name="text">The text.</param>
    /// <param name="spelled">Receives the symbols, up to the character that cannot be spelled.</param>
    /// <returns>The index of the first character that the vocabulary cannot write, or −1.</returns>
    public int Spell(ReadOnlySpan<char> text, List<ushort> spelled)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (char.IsWhiteSpace(text[i]))
            {
                if (HasBoundary && (i == 0 || !char.IsWhiteSpace(text[i - 1])))
                {
                    spelled.Add(Boundary);
                }
            }
            else if (TryFind(text[i], out ushort symbol))
            {
                spelled.Add(symbol);
            }
            else
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>Whether a token writes nothing but these characters, in any case, and spaces.</summary>
    public bool IsWithin(int token, HashSet<ushort> characters)
    {
        foreach (ushort symbol in tokens[token])
        {
            if (symbol != Boundary && !characters.Contains(symbol))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The symbol of a character, or of its other case.</summary>
    public bool TryFind(char character, out ushort symbol) =>
        symbols.TryGetValue(character, out symbol)
        || symbols.TryGetValue(char.ToUpperInvariant(character), out symbol)
        || symbols.TryGetValue(char.ToLowerInvariant(character), out symbol)
        || (character is '\u2018' or '\u2019' or '\u02BC' && symbols.TryGetValue('\'', out symbol));
}

namespace StableQuant.Decoding;

/// <summary>Writes the text of tokens: no space at its start or end, never two in a row.</summary>
/// <param name="vocabulary">The tokens.</param>
/// <param name="text">Receives the text.</param>
internal ref struct CtcTextWriter(CtcVocabulary vocabulary, Span<char> text)
{
    private readonly Span<char> text = text;

    // A space is owed until a character follows it: so none comes first, last or twice.
    private bool owesSpace;

    /// <summary>Characters written.</summary>
    public int Length { get; private set; }

    /// <summary>Writes what a token adds.</summary>
    /// <exception cref="ArgumentException">The text is too small.</exception>
    public void Add(int token)
    {
        foreach (char c in vocabulary.Texts[token])
        {
            if (c == ' ')
            {
                owesSpace = Length > 0;
                continue;
            }

            if (owesSpace)
            {
                Write(' ');
                owesSpace = false;
            }

            Write(c);
        }
    }

    private void Write(char c)
    {
        if (Length == text.Length)
        {
            throw TooSmall(vocabulary, text);
        }

        text[Length++] = c;
    }

    private static ArgumentException TooSmall(CtcVocabulary vocabulary, ReadOnlySpan<char> text) => new(
        $"The text does not fit into {text.Length} characters; {nameof(CtcDecoder.MaxTextLength)} tells how many always do (up to {vocabulary.LongestText} a frame).", nameof(text));
}

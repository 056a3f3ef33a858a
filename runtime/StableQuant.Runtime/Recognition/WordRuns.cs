using StableQuant.Decoding;

namespace StableQuant.Recognition;

/// <summary>
/// Which tokens make a word. Words are what lies between word delimiters; or what begins with a token whose text begins with a space, or
/// ends with one that ends so (word pieces). A vocabulary that writes no space, of a language without them, makes a word of each token.
/// </summary>
/// <param name="vocabulary">The tokens.</param>
internal sealed class WordRuns(CtcVocabulary vocabulary)
{
    /// <summary>Finds the next word.</summary>
    /// <param name="tokens">The tokens of an utterance.</param>
    /// <param name="from">The first token that may belong to it.</param>
    /// <returns>Index of its first token and behind its last; the first is the number of tokens where there is no further word.</returns>
    public (int First, int End) Next(ReadOnlySpan<CtcToken> tokens, int from)
    {
        int first = from;
        while (first < tokens.Length && !HasText(tokens[first].Id))
        {
            first++;
        }

        int end = first;
        for (int i = first; i < tokens.Length && tokens[i].Id != vocabulary.WordDelimiter && (i == first || !Starts(tokens[i].Id)); i++)
        {
            // Tokens that make no text end no word, and are not its last.
            end = HasText(tokens[i].Id) ? i + 1 : end;
            if (vocabulary.Texts[tokens[i].Id] is [.., ' '])
            {
                break;
            }
        }

        return (first, end);
    }

    private bool HasText(int token) => !vocabulary.Texts[token].AsSpan().IsWhiteSpace();

    private bool Starts(int token) => vocabulary.WritesSpaces ? vocabulary.Texts[token] is [' ', ..] : HasText(token);
}

using StableQuant.Decoding;

namespace StableQuant.Recognition;

/// <summary>
/// Which tokens make a word. Words are what lies between word delimiters; or what begins with a token that begins with a space or with ▁
/// (word pieces). A vocabulary with neither, of a language without spaces or of phonemes, makes a word of each token.
/// </summary>
internal sealed class WordRuns
{
    /// <summary>What stands for a space at the start of word pieces: U+2581.</summary>
    public const char PieceMark = '▁';

    private readonly CtcVocabulary vocabulary;
    private readonly bool[] starts;
    private readonly bool eachStarts;

    public WordRuns(CtcVocabulary vocabulary)
    {
        this.vocabulary = vocabulary;
        starts = new bool[vocabulary.Count];
        for (int token = 0; token < starts.Length; token++)
        {
            starts[token] = token != vocabulary.WordDelimiter && vocabulary.Texts[token] is [' ' or PieceMark, ..];
        }

        eachStarts = vocabulary.WordDelimiter < 0 && !starts.Contains(true);
    }

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
        }

        return (first, end);
    }

    private bool HasText(int token) => token != vocabulary.WordDelimiter && vocabulary.Texts[token].Length > 0;

    private bool Starts(int token) => starts[token] || (eachStarts && HasText(token));
}

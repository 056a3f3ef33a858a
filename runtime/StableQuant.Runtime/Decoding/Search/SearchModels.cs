using StableQuant.Decoding.Grammars;
using StableQuant.Decoding.Hotwords;
using StableQuant.Decoding.NGrams;

namespace StableQuant.Decoding.Search;

/// <summary>What scores texts while they are spelled: language model, hotwords and grammar, prepared for a vocabulary. It never changes.</summary>
internal sealed class SearchModels
{
    private const ulong EmptyText = 0x6A09_E667_F3BC_C908;

    private readonly Spelling spelling;
    private readonly NGramModel? languageModel;
    private readonly WordTree? words;
    private readonly HotwordAutomaton? hotwords;
    private readonly GrammarAutomaton? grammar;
    private readonly double weight;
    private readonly double wordBonus;
    private readonly double unknownCharacterPenalty;

    /// <summary>Prepares the models of some options.</summary>
    /// <exception cref="InvalidDataException">Hotwords or grammar have a character that the vocabulary lacks, or the grammar is too large.</exception>
    /// <exception cref="ArgumentException">There is a language model, but no token writes a space.</exception>
    public SearchModels(CtcVocabulary vocabulary, SearchOptions options)
    {
        spelling = new Spelling(vocabulary);
        languageModel = options.LanguageModel;
        weight = options.LanguageModelWeight;
        wordBonus = options.WordBonus;
        unknownCharacterPenalty = options.UnknownCharacterPenalty;
        if (languageModel is not null)
        {
            words = spelling.HasBoundary
                ? new WordTree(languageModel, options.Hotwords, spelling)
                : throw new ArgumentException("A language model is over words, but no token of this vocabulary writes a space.", nameof(options));
        }

        hotwords = options.Hotwords is { Count: > 0 } list ? new HotwordAutomaton(list, spelling) : null;
        grammar = options.Grammar is null ? null : GrammarAutomaton.Of(options.Grammar, spelling);
        Start = new SearchContext { Text = EmptyText, AtBoundary = true, History = languageModel?.Start ?? 0, Hotword = hotwords?.Start ?? 0 };
        AllowedTokens = Allowed(vocabulary, options.Alphabet);
    }

    /// <summary>Where an empty text stands.</summary>
    public SearchContext Start { get; }

    /// <summary>Which tokens may be found.</summary>
    public bool[] AllowedTokens { get; }

    /// <summary>What a prefix with a last token is known by.</summary>
    public static ulong KeyOf(in SearchContext context, int token) => Mix(Mix(context.Text, context.AtBoundary ? 1u : 0u), (uint)token);

    /// <summary>Goes on by a token.</summary>
    /// <returns>False where the grammar does not allow it.</returns>
    public bool TryExtend(ref SearchContext context, int token)
    {
        ReadOnlySpan<ushort> symbols = spelling.Of(token);
        foreach (ushort symbol in symbols)
        {
            // A space at the start, or behind another, writes nothing.
            if (symbol == Spelling.Boundary && context.AtBoundary)
            {
                continue;
            }

            if (!TrySpell(ref context, symbol))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Goes on to the end of the text.</summary>
    /// <returns>False where the grammar does not allow the text to end.</returns>
    public bool TryFinish(ref SearchContext context)
    {
        if (!context.AtBoundary && !TrySpell(ref context, Spelling.Boundary))
        {
            return false;
        }

        if (languageModel is { End: >= 0 } model)
        {
            context.Earned += weight * model.Score(context.History, model.End, out context.History);
        }

        context.Expected = 0;
        return grammar is null || grammar.Accepts(context.Grammar);
    }

    private bool TrySpell(ref SearchContext context, ushort symbol)
    {
        if (grammar is not null && (spelling.HasBoundary || symbol != Spelling.Boundary) && (context.Grammar = grammar.Next(context.Grammar, symbol)) < 0)
        {
            return false;
        }

        if (hotwords is not null && (spelling.HasBoundary || symbol != Spelling.Boundary))
        {
            context.Hotword = hotwords.Next(context.Hotword, symbol, ref context.Earned);
        }

        if (symbol == Spelling.Boundary)
        {
            EndWord(ref context);
        }
        else
        {
            // The space before a word is part of the text only when the word comes.
            context.Text = Mix(context.AtBoundary && context.Text != EmptyText ? Mix(context.Text, Spelling.Boundary) : context.Text, symbol);
            context.Word = words is null || context.Word < 0 ? context.Word : words.Next(context.Word, symbol);
            context.WordLength++;
        }

        context.AtBoundary = symbol == Spelling.Boundary;
        context.Expected = (hotwords?.LentIn(context.Hotword) ?? 0) + ExpectedOfWord(context);
        return true;
    }

    private void EndWord(ref SearchContext context)
    {
        if (languageModel is not null)
        {
            int word = context.Word < 0 ? WordTree.NoWord : words!.WordOf(context.Word);
            context.Earned += wordBonus + (weight * languageModel.Score(context.History, Math.Max(word, -1), out context.History));
            if (word == WordTree.NoWord)
            {
                context.Earned += unknownCharacterPenalty * context.WordLength;
            }
        }

        context.Word = 0;
        context.WordLength = 0;
    }

    // What is coming is charged as early as it is known, so that prefixes within words are compared with those between words.
    private double ExpectedOfWord(in SearchContext context)
    {
        if (words is null || context.WordLength == 0)
        {
            return 0;
        }

        return context.Word < 0 ? unknownCharacterPenalty * context.WordLength : weight * words.BestOf(context.Word);
    }

    private bool[] Allowed(CtcVocabulary vocabulary, string? alphabet)
    {
        var allowed = new bool[vocabulary.Count];
        var letters = new HashSet<ushort>();
        foreach (char letter in alphabet ?? "")
        {
            foreach (char form in (ReadOnlySpan<char>)[letter, char.ToUpperInvariant(letter), char.ToLowerInvariant(letter)])
            {
                if (spelling.TryFind(form, out ushort symbol))
                {
                    letters.Add(symbol);
                }
            }
        }

        for (int token = 0; token < allowed.Length; token++)
        {
            allowed[token] = alphabet is null || spelling.IsWithin(token, letters);
        }

        return alphabet is null || letters.Count > 0 ? allowed : throw new ArgumentException("The vocabulary has no letter of the alphabet.", nameof(alphabet));
    }

    private static ulong Mix(ulong hash, ulong value)
    {
        hash = (hash ^ (value + 1)) * 0x9E37_79B9_7F4A_7C15;
        return hash ^ (hash >> 29);
    }
}

using StableQuant.Decoding.Hotwords;
using StableQuant.Decoding.NGrams;

namespace StableQuant.Decoding.Search;

/// <summary>
/// The words of a language model and of hotwords as a tree of their characters: which word has been spelled, and how probable the words are
/// that a beginning can become. Words that the vocabulary cannot spell are left out.
/// </summary>
internal sealed class WordTree
{
    /// <summary>No word ends in a state.</summary>
    public const int NoWord = -2;

    private readonly EdgeTable tree;
    private readonly int[] words;
    private readonly float[] best;

    /// <summary>Builds the tree.</summary>
    public WordTree(NGramModel model, HotwordList? hotwords, Spelling spelling)
    {
        var spelled = new List<(ushort[] Symbols, int Word)>(model.WordCount);
        var symbols = new List<ushort>();
        for (int word = 0; word < model.WordCount; word++)
        {
            string text = model.TextOf(word);
            bool isMark = text.Length > 2 && text[0] == '<' && text[^1] == '>';
            if (!isMark)
            {
                Add(text, word);
            }
        }

        // A hotword that the language model lacks is an unknown word, but no unlikely spelling.
        foreach (string word in hotwords?.Phrases.SelectMany(hotword => hotword.Phrase.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)) ?? [])
        {
            Add(word, -1);
        }

        spelled.Sort((left, right) => left.Symbols.AsSpan().SequenceCompareTo(right.Symbols) is int difference and not 0 ? difference : left.Word.CompareTo(right.Word));
        var ends = new int[spelled.Count];
        tree = EdgeTable.TreeOf([.. spelled.Select(word => word.Symbols)], ends);
        words = new int[tree.States];
        best = new float[tree.States];
        words.AsSpan().Fill(NoWord);
        best.AsSpan().Fill(float.NegativeInfinity);
        for (int i = 0; i < ends.Length; i++)
        {
            int word = spelled[i].Word;
            if (words[ends[i]] < 0 || model.UnigramOf(word) > model.UnigramOf(words[ends[i]]))
            {
                words[ends[i]] = word;
                best[ends[i]] = word < 0 && model.Unknown < 0 ? 0 : model.UnigramOf(word < 0 ? model.Unknown : word);
            }
        }

        for (int state = tree.States - 1; state >= 0; state--)
        {
            foreach (int child in tree.TargetsOf(state))
            {
                best[state] = Math.Max(best[state], best[child]);
            }
        }

        void Add(string text, int word)
        {
            symbols.Clear();
            if (spelling.Spell(text, symbols) < 0 && symbols.Count > 0)
            {
                spelled.Add(([.. symbols], word));
            }
        }
    }

    /// <summary>The state behind a symbol, or −1 where no word goes on so.</summary>
    public int Next(int state, ushort symbol) => tree.Next(state, symbol);

    /// <summary>The number of the word that ends in a state: −1 for a hotword that the language model lacks, <see cref="NoWord"/> for none.</summary>
    public int WordOf(int state) => words[state];

    /// <summary>The largest ln P, alone, of the words that begin so.</summary>
    public float BestOf(int state) => best[state];
}

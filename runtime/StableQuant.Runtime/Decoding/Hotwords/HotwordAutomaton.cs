
namespace StableQuant.Decoding.Hotwords;

/// <summary>
/// Finds hotwords while a text is spelled, all at once. Each occurrence of a phrase as whole words adds its boost for each of its
/// characters but spaces. While a phrase is being spelled its share is lent, and it is taken back when another character comes.
/// </summary>
/// <remarks>
/// Source: A. Aho and M. Corasick, Efficient String Matching, CACM 18(6), 1975. Lending goes with the states: what is lent in a state is the
/// largest share of the phrases that may still be completed from it.
/// </remarks>
internal sealed class HotwordAutomaton
{
    private readonly EdgeTable tree;
    private readonly int[] failures;
    private readonly double[] lent;
    private readonly double[] earned;

    /// <summary>Builds the automaton.</summary>
    /// <exception cref="InvalidDataException">A phrase has a character that the vocabulary lacks; the message names file and line.</exception>
    public HotwordAutomaton(HotwordList list, Spelling spelling)
    {
        (ushort[] Word, double Boost)[] words =
        [
            .. list.Phrases.Select(phrase => (Spelled(list, phrase, spelling), phrase.Boost)).OrderBy(word => word.Item1, SymbolOrder.Instance),
        ];
        var ends = new int[words.Length];
        tree = EdgeTable.TreeOf([.. words.Select(word => word.Word)], ends);
        failures = new int[tree.States];
        lent = new double[tree.States];
        earned = new double[tree.States];
        for (int i = 0; i < words.Length; i++)
        {
            AddShares(words[i].Word, words[i].Boost, isRepeated: i > 0 && ends[i] == ends[i - 1]);
        }

        AddFailures();
        Start = spelling.HasBoundary ? Math.Max(tree.Next(0, Spelling.Boundary), 0) : 0;
    }

    /// <summary>The state at the beginning of a text, which is a boundary.</summary>
    public int Start { get; }

    /// <summary>What is lent in a state, because phrases may be completed from it.</summary>
    public double LentIn(int state) => lent[state];

    /// <summary>Goes on by a symbol.</summary>
    /// <param name="state">The state.</param>
    /// <param name="symbol">The symbol.</param>
    /// <param name="sum">Receives, added to it, what phrases that end here are worth.</param>
    /// <returns>The next state.</returns>
    public int Next(int state, ushort symbol, ref double sum)
    {
        int next = tree.Next(state, symbol);
        while (next < 0 && state != 0)
        {
            state = failures[state];
            next = tree.Next(state, symbol);
        }

        next = Math.Max(next, 0);
        sum += earned[next];
        return next;
    }

    // A boundary before and behind, so that only whole words match.
    private static ushort[] Spelled(HotwordList list, Hotword hotword, Spelling spelling)
    {
        var symbols = new List<ushort>();
        if (spelling.HasBoundary)
        {
            symbols.Add(Spelling.Boundary);
        }

        int unknown = spelling.Spell(hotword.Phrase, symbols);
        if (unknown >= 0)
        {
            throw TextFile.Unknown(list.Name, hotword.Line, hotword.Phrase, unknown);
        }

        if (spelling.HasBoundary)
        {
            symbols.Add(Spelling.Boundary);
        }

        return [.. symbols];
    }

    // Of a phrase that is listed twice the larger boost counts.
    private void AddShares(ushort[] word, double boost, bool isRepeated)
    {
        double share = 0;
        int state = 0;
        foreach (ushort symbol in word)
        {
            // Nothing is lent for a phrase that is there already.
            lent[state] = Math.Max(lent[state], share);
            share += symbol == Spelling.Boundary ? 0 : boost;
            state = tree.Next(state, symbol);
        }

        earned[state] = isRepeated ? Math.Max(earned[state], share) : share;
    }

    // Parents come before their children, but a failure may lead to a state that comes later: so by depth.
    private void AddFailures()
    {
        var queue = new Queue<int>([0]);
        while (queue.TryDequeue(out int state))
        {
            ReadOnlySpan<ushort> symbols = tree.SymbolsOf(state);
            ReadOnlySpan<int> targets = tree.TargetsOf(state);
            for (int i = 0; i < symbols.Length; i++)
            {
                double ignored = 0;
                failures[targets[i]] = state == 0 ? 0 : Next(failures[state], symbols[i], ref ignored);
                earned[targets[i]] += earned[failures[targets[i]]];
                queue.Enqueue(targets[i]);
            }
        }
    }
}

namespace StableQuant.Decoding.Grammars;

/// <summary>
/// Makes a network deterministic: a state of the result is a set of states of the network. The sets may be exponentially many, so their
/// number and size are limited.
/// </summary>
/// <param name="network">The network.</param>
/// <param name="name">What errors call the grammar.</param>
/// <remarks>Source: M. Rabin and D. Scott, Finite Automata and Their Decision Problems, IBM Journal 3(2), 1959.</remarks>
internal sealed class SubsetConstruction(GrammarNetwork network, string name)
{
    private const int MaxSteps = 1 << 22;

    private readonly Dictionary<int[], int> numbers = new(new SetComparer());
    private readonly List<int[]> sets = [];
    private readonly int[] seen = new int[network.Free.Count];
    private int stamp;
    private int steps;

    /// <summary>Runs.</summary>
    /// <returns>The edges, those of a state in ascending order of symbols, and which states sentences end in. State 0 is the first.</returns>
    public (List<Edge> Edges, List<bool> Accepts) Run()
    {
        var edges = new List<Edge>();
        NumberOf([network.Start]);
        for (int from = 0; from < sets.Count; from++)
        {
            var bySymbol = new SortedDictionary<ushort, List<int>>();
            foreach (int state in sets[from])
            {
                if (network.Taking[state] is (ushort symbol, int to))
                {
                    if (!bySymbol.TryGetValue(symbol, out List<int>? targets))
                    {
                        bySymbol[symbol] = targets = [];
                    }

                    targets.Add(to);
                }
            }

            foreach ((ushort symbol, List<int> targets) in bySymbol)
            {
                edges.Add(new Edge(from, symbol, NumberOf(targets)));
            }
        }

        return (edges, [.. sets.Select(set => set.Contains(GrammarNetwork.End))]);
    }

    // A set is all that can be reached without a symbol, but only the states that matter: those that take one, and the end.
    private int NumberOf(List<int> states)
    {
        stamp++;
        var set = new List<int>();
        var open = new Stack<int>(states);
        while (open.TryPop(out int state))
        {
            if (++steps > MaxSteps)
            {
                throw TextFile.Error(name, 1, "the grammar is too ambiguous: too many of its parts can begin with the same words");
            }

            if (seen[state] == stamp)
            {
                continue;
            }

            seen[state] = stamp;
            if (network.Taking[state] is not null || state == GrammarNetwork.End)
            {
                set.Add(state);
            }

            foreach (int next in network.Free[state])
            {
                open.Push(next);
            }
        }

        set.Sort();
        int[] key = [.. set];
        if (!numbers.TryGetValue(key, out int number))
        {
            if (sets.Count == GrammarNetwork.MaxStates)
            {
                throw TextFile.Error(name, 1, $"the grammar becomes an automaton of more than {GrammarNetwork.MaxStates} states");
            }

            numbers.Add(key, number = sets.Count);
            sets.Add(key);
        }

        return number;
    }

    private sealed class SetComparer : IEqualityComparer<int[]>
    {
        public bool Equals(int[]? x, int[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(int[] obj)
        {
            uint hash = 2166136261;
            foreach (int state in obj)
            {
                hash = (hash ^ (uint)state) * 16777619;
            }

            return (int)hash;
        }
    }
}

namespace StableQuant.Decoding;

/// <summary>The edges of an automaton over symbols: of each state at most one a symbol, in the order of symbols. State 0 is the start.</summary>
internal sealed class EdgeTable
{
    private readonly int[] first;
    private readonly ushort[] symbols;
    private readonly int[] targets;

    private EdgeTable(int[] first, ushort[] symbols, int[] targets)
    {
        this.first = first;
        this.symbols = symbols;
        this.targets = targets;
    }

    /// <summary>Number of states.</summary>
    public int States => first.Length - 1;

    /// <summary>Builds the table.</summary>
    /// <param name="states">Number of states.</param>
    /// <param name="edges">The edges; those of one state in ascending order of their symbols.</param>
    public static EdgeTable Of(int states, List<Edge> edges)
    {
        var first = new int[states + 1];
        foreach (Edge edge in edges)
        {
            first[edge.From + 1]++;
        }

        for (int state = 0; state < states; state++)
        {
            first[state + 1] += first[state];
        }

        int[] next = first[..^1];
        var symbols = new ushort[edges.Count];
        var targets = new int[edges.Count];
        foreach (Edge edge in edges)
        {
            int at = next[edge.From]++;
            symbols[at] = edge.Symbol;
            targets[at] = edge.To;
        }

        return new EdgeTable(first, symbols, targets);
    }

    /// <summary>Builds the prefix tree of some words. Parents have lower numbers than their children.</summary>
    /// <param name="words">The words, in ordinal order of their symbols; of any length.</param>
    /// <param name="ends">Receives the state that each word ends in.</param>
    public static EdgeTable TreeOf(IReadOnlyList<ushort[]> words, int[] ends)
    {
        var edges = new List<Edge>();
        var path = new List<int> { 0 };
        ushort[] before = [];
        for (int i = 0; i < words.Count; i++)
        {
            ushort[] word = words[i];
            int shared = word.AsSpan().CommonPrefixLength(before);
            path.RemoveRange(shared + 1, path.Count - shared - 1);
            foreach (ushort symbol in word.AsSpan(shared))
            {
                edges.Add(new Edge(path[^1], symbol, edges.Count + 1));
                path.Add(edges.Count);
            }

            ends[i] = path[^1];
            before = word;
        }

        return Of(edges.Count + 1, edges);
    }

    /// <summary>Where a symbol leads from a state; −1 where it does not.</summary>
    public int Next(int state, ushort symbol)
    {
        int low = first[state];
        int high = first[state + 1];
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (symbols[middle] < symbol)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low < first[state + 1] && symbols[low] == symbol ? targets[low] : -1;
    }

    /// <summary>The symbols that lead on from a state.</summary>
    public ReadOnlySpan<ushort> SymbolsOf(int state) => symbols.AsSpan(first[state]..first[state + 1]);

    /// <summary>Where they lead.</summary>
    public ReadOnlySpan<int> TargetsOf(int state) => targets.AsSpan(first[state]..first[state + 1]);
}

/// <summary>An edge of an automaton.</summary>
internal readonly record struct Edge(int From, ushort Symbol, int To);

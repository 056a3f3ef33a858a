namespace StableQuant.Decoding.Grammars;

/// <summary>A grammar as a deterministic automaton over symbols; every state of it can be completed to a sentence.</summary>
internal sealed class GrammarAutomaton
{
    private readonly EdgeTable edges;
    private readonly bool[] accepts;

    private GrammarAutomaton(EdgeTable edges, bool[] accepts)
    {
        this.edges = edges;
        this.accepts = accepts;
    }

    /// <summary>Builds the automaton for a vocabulary.</summary>
    /// <exception cref="InvalidDataException">A word cannot be spelled, the grammar allows nothing, or it becomes too large.</exception>
    public static GrammarAutomaton Of(Grammar grammar, Spelling spelling)
    {
        (List<Edge> found, List<bool> accepts) = new SubsetConstruction(GrammarNetwork.Of(grammar, spelling), grammar.Name).Run();
        bool[] useful = Useful(found, accepts);
        if (!useful[0])
        {
            throw TextFile.Error(grammar.Name, 1, "the grammar allows nothing: no sentence of it has an end");
        }

        found.RemoveAll(edge => !useful[edge.To]);
        return new GrammarAutomaton(EdgeTable.Of(accepts.Count, found), [.. accepts]);
    }

    /// <summary>The state behind a symbol, or −1 where no sentence goes on so. The first state is 0.</summary>
    public int Next(int state, ushort symbol) => edges.Next(state, symbol);

    /// <summary>Whether a sentence may end in a state.</summary>
    public bool Accepts(int state) => accepts[state];

    /// <summary>The states from which a sentence can be completed.</summary>
    private static bool[] Useful(List<Edge> edges, List<bool> accepts)
    {
        EdgeTable back = EdgeTable.Of(accepts.Count, [.. edges.Select(edge => new Edge(edge.To, 0, edge.From))]);
        bool[] useful = [.. accepts];
        var open = new Stack<int>(Enumerable.Range(0, useful.Length).Where(state => useful[state]));
        while (open.TryPop(out int state))
        {
            foreach (int before in back.TargetsOf(state))
            {
                if (!useful[before])
                {
                    useful[before] = true;
                    open.Push(before);
                }
            }
        }

        return useful;
    }
}

namespace StableQuant.Alignment;

/// <summary>
/// A trellis over any number of frames that remembers its costs every few hundred frames. The best path is found from the end: the frames between two
/// memories are gone through again, with what each state came from kept, and only for the states near where the path leaves them. Memory grows
/// with the square root of frames times tokens, not with both.
/// </summary>
/// <remarks>
/// Source: J. Grice, R. Hughey, D. Speck, Reduced space sequence alignment, CABIOS 13 (1997), the two-level checkpoint form. The path is exact: costs are whole
/// numbers, and a stretch of states is wide enough when it gives the very cost that all states gave.
/// </remarks>
internal sealed class CheckpointedTrellis
{
    // 128 nats a frame from either checkpoint stay far below what 32 bits hold.
    private const int MostFrames = 4096;

    // What states came from, for the frames between two memories, is one array.
    private const int MostOrigins = 1 << 30;

    private readonly TrellisGraph graph;
    private readonly FrameCosts costs;
    private readonly Trellis trellis;
    private readonly int interval;
    private readonly int[][] tokens;
    private readonly int[][] blanks;
    private readonly int[] least;
    private readonly Backtrace backtrace;

    /// <summary>Makes a trellis and its memories.</summary>
    public CheckpointedTrellis(TrellisGraph graph, FrameCosts costs)
    {
        this.graph = graph;
        this.costs = costs;
        trellis = new Trellis(graph);

        // A memory takes 8 bytes a token, a step of the way back one: the same for both where the interval is the root of eight times the frames.
        interval = Math.Clamp((int)Math.Sqrt(8.0 * costs.Capacity), 64, Math.Min(MostFrames, Math.Max(64, MostOrigins / (graph.Tokens + 1))));
        int memories = (costs.Capacity / interval) + 1;
        tokens = new int[memories][];
        blanks = new int[memories][];
        least = new int[memories];
        for (int i = 0; i < memories; i++)
        {
            tokens[i] = new int[graph.Tokens + 1];
            blanks[i] = new int[graph.Tokens + 1];
        }

        backtrace = new Backtrace(graph, costs, Math.Min(interval, Math.Max(costs.Capacity, 1)));
        Remember(0);
    }

    /// <summary>Forgets all frames.</summary>
    public void Clear()
    {
        trellis.Clear();
        Remember(0);
    }

    /// <summary>Goes on by the newest frame.</summary>
    public void Advance()
    {
        trellis.Advance(costs[costs.Count - 1]);
        if (costs.Count % interval == 0)
        {
            least[costs.Count / interval] = trellis.Rebase();
            Remember(costs.Count / interval);
        }
    }

    /// <summary>Finds the best path.</summary>
    /// <param name="path">Receives a state for each frame: k for token k, −1 − k for the blank before it.</param>
    /// <returns>Whether there is one.</returns>
    public bool TryFindPath(Span<int> path)
    {
        int count = graph.Tokens;
        bool endsInToken = trellis.Tokens[count] < trellis.Blanks[count];
        int state = endsInToken ? count - 1 : -1 - count;
        int cost = endsInToken ? trellis.Tokens[count] : trellis.Blanks[count];
        if (cost >= Trellis.Unreachable)
        {
            return false;
        }

        for (int end = costs.Count; end > 0;)
        {
            int memory = (end - 1) / interval;
            int start = memory * interval;
            if (end % interval == 0)
            {
                // Costs before they were rebased are what going through the frames again gives.
                int k = state >= 0 ? state : -1 - state;
                cost = (state >= 0 ? tokens[end / interval][k + 1] : blanks[end / interval][k]) + least[end / interval];
            }

            state = backtrace.Find(tokens[memory], blanks[memory], start, end, state, cost, path);
            end = start;
        }

        return true;
    }

    private void Remember(int memory)
    {
        trellis.Tokens.CopyTo(tokens[memory]);
        trellis.Blanks.CopyTo(blanks[memory]);
    }
}

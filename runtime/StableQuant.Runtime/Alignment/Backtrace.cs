namespace StableQuant.Alignment;

/// <summary>The way back through some frames of a trellis, from a state behind them to one before them.</summary>
/// <param name="graph">The states.</param>
/// <param name="costs">What frames cost.</param>
/// <param name="maxFrames">The most frames.</param>
internal sealed class Backtrace(TrellisGraph graph, FrameCosts costs, int maxFrames)
{
    private const int FirstWidth = 512;

    // What a state came from, two bits each: the same state, the blank before a token, the token before; or over a skipped word, within the frame.
    private const int Stay = 0;
    private const int FromBlank = 1;
    private const int FromToken = 2;
    private const int Skipped = 3;
    private const int BlankShift = 2;

    private byte[] origins = new byte[(long)maxFrames * Math.Min(FirstWidth, graph.Tokens + 1)];
    private int[] tokens = new int[Math.Min(FirstWidth, graph.Tokens + 1) + 1];
    private int[] blanks = new int[Math.Min(FirstWidth, graph.Tokens + 1)];

    /// <summary>Finds the states of the frames.</summary>
    /// <param name="startTokens">Costs of tokens before the first of them, the first token at index 1.</param>
    /// <param name="startBlanks">Costs of blanks there.</param>
    /// <param name="start">The first frame.</param>
    /// <param name="end">The frame behind the last.</param>
    /// <param name="state">The state of that frame: k for token k, −1 − k for the blank before it.</param>
    /// <param name="cost">What it costs to be there.</param>
    /// <param name="path">Receives the states, at the frames' own indices.</param>
    /// <returns>The state before the first frame.</returns>
    public int Find(ReadOnlySpan<int> startTokens, ReadOnlySpan<int> startBlanks, int start, int end, int state, int cost, Span<int> path)
    {
        int high = state >= 0 ? state : -1 - state;
        for (int width = FirstWidth; ; width *= 2)
        {
            int low = Math.Max(0, high + 1 - width);
            if (Fill(startTokens, startBlanks, start, end, low, high, state) == cost || low == 0)
            {
                return Follow(start, end, low, high, state, path);
            }
        }
    }

    // Goes through the frames for the blanks and tokens from low to high, and says what it costs to be in the state in the end.
    private int Fill(ReadOnlySpan<int> startTokens, ReadOnlySpan<int> startBlanks, int start, int end, int low, int high, int state)
    {
        int width = high - low + 1;
        if (tokens.Length <= width || origins.LongLength < (long)maxFrames * width)
        {
            int room = Math.Min(2 * width, graph.Tokens + 1);
            origins = new byte[(long)maxFrames * room];
            tokens = new int[room + 1];
            blanks = new int[room];
        }

        // The token behind the last one of the text is no state.
        int tokenCount = Math.Min(width, graph.Tokens - low);
        tokens[0] = Trellis.Unreachable;
        startTokens.Slice(low + 1, tokenCount).CopyTo(tokens.AsSpan(1));
        startBlanks.Slice(low, width).CopyTo(blanks);
        for (int frame = start; frame < end; frame++)
        {
            FillFrame(costs[frame], Origins(frame - start, width), low, tokenCount);
        }

        return state >= 0 ? tokens[high - low + 1] : blanks[high - low];
    }

    private void FillFrame(ReadOnlySpan<ushort> frame, Span<byte> origin, int low, int tokenCount)
    {
        // From the last state down: each still sees what was before this frame.
        for (int i = origin.Length - 1; i >= 0; i--)
        {
            int before = tokens[i];
            int from = before < blanks[i] ? FromToken : Stay;
            int blank = Math.Min(before, blanks[i]) + frame[graph.IsGap[low + i] != 0 ? FrameCosts.Gap : FrameCosts.Blank];
            int tokenFrom = Stay;
            if (i < tokenCount)
            {
                int best = tokens[i + 1];
                if (blanks[i] < best)
                {
                    (best, tokenFrom) = (blanks[i], FromBlank);
                }

                int direct = before + graph.SameAsBefore[low + i];
                if (direct < best)
                {
                    (best, tokenFrom) = (direct, FromToken);
                }

                tokens[i + 1] = best + frame[graph.Columns[low + i]];
            }

            blanks[i] = blank;
            origin[i] = (byte)(tokenFrom | (from << BlankShift));
        }

        foreach ((int first, int end, int cost) in SkipsFrom(low))
        {
            if (end - low >= origin.Length)
            {
                break;
            }

            if (blanks[first - low] < Trellis.Unreachable && blanks[first - low] + cost < blanks[end - low])
            {
                blanks[end - low] = blanks[first - low] + cost;
                origin[end - low] |= Skipped << BlankShift;
            }
        }
    }

    private int Follow(int start, int end, int low, int high, int state, Span<int> path)
    {
        int width = high - low + 1;
        for (int frame = end - 1; frame >= start; frame--)
        {
            ReadOnlySpan<byte> origin = Origins(frame - start, width);
            while (state < 0 && origin[-1 - state - low] >> BlankShift == Skipped)
            {
                state = -1 - FirstOfSkip(-1 - state);
            }

            path[frame] = state;
            int k = state >= 0 ? state : -1 - state;
            int from = state >= 0 ? origin[k - low] & 3 : origin[k - low] >> BlankShift;
            state = from switch { FromBlank => -1 - k, FromToken => k - 1, _ => state };
        }

        return state;
    }

    // Words follow each other: the one that ends where others begin is the one before these.
    private int FirstOfSkip(int end) => graph.Skips[^(SkipsFrom(end).Length + 1)].First;

    private ReadOnlySpan<(int First, int End, int Cost)> SkipsFrom(int low)
    {
        ReadOnlySpan<(int First, int End, int Cost)> skips = graph.Skips;
        int from = 0, to = skips.Length;
        while (from < to)
        {
            int middle = (from + to) / 2;
            (from, to) = skips[middle].First < low ? (middle + 1, to) : (from, middle);
        }

        return skips[from..];
    }

    private Span<byte> Origins(int index, int width) => origins.AsSpan(checked((int)((long)index * width)), width);
}

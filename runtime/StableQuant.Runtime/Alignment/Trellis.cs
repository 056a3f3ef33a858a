using System.Numerics;
using System.Runtime.InteropServices;

namespace StableQuant.Alignment;

/// <summary>
/// The cheapest costs with which the frames so far reach each state of a text. States are the tokens and, before, between and behind them, blanks, of which
/// those between words are gaps: a gap takes blanks, delimiters and, as an option, other speech. As in connectionist temporal classification a
/// token may follow another one without a blank unless both are the same.
/// </summary>
/// <remarks>Sources: A. Graves et al., Connectionist Temporal Classification, ICML 2006, section 4.1; L. Kürzinger et al., CTC-Segmentation, SPECOM 2020, section 2.1.</remarks>
internal sealed class Trellis
{
    /// <summary>A cost that stands for what cannot be reached: a million nats.</summary>
    public const int Unreachable = 1 << 29;

    private readonly TrellisGraph graph;

    // Costs of tokens, with one that cannot be reached before the first, and of blanks: of the frame before, and of this one.
    private int[] tokens, nextTokens;
    private int[] blanks, nextBlanks;
    private readonly int[] tokenCosts;

    public Trellis(TrellisGraph graph)
    {
        this.graph = graph;
        tokens = new int[graph.Tokens + 1];
        nextTokens = new int[graph.Tokens + 1];
        blanks = new int[graph.Tokens + 1];
        nextBlanks = new int[graph.Tokens + 1];
        tokenCosts = new int[graph.Tokens];
        nextTokens[0] = Unreachable;
        Clear();
    }

    /// <summary>Costs of the tokens, the first at index 1.</summary>
    public ReadOnlySpan<int> Tokens => tokens;

    /// <summary>Costs of the blanks: the one at index k is before token k.</summary>
    public ReadOnlySpan<int> Blanks => blanks;

    /// <summary>Goes to before the first frame, where there is nothing but the first blank.</summary>
    public void Clear()
    {
        tokens.AsSpan().Fill(Unreachable);
        blanks.AsSpan().Fill(Unreachable);
        blanks[0] = 0;
        SkipWords(blanks);
    }

    /// <summary>Goes on by a frame.</summary>
    /// <param name="costs">Its costs, a column each.</param>
    public void Advance(ReadOnlySpan<ushort> costs)
    {
        int[] columns = graph.Columns;
        for (int i = 0; i < columns.Length; i++)
        {
            tokenCosts[i] = costs[columns[i]];
        }

        var blankCost = new Vector<int>(costs[FrameCosts.Blank]);
        var gapCost = new Vector<int>(costs[FrameCosts.Gap]);
        ref int token = ref MemoryMarshal.GetArrayDataReference(tokens);
        ref int blank = ref MemoryMarshal.GetArrayDataReference(blanks);
        ref int nextToken = ref MemoryMarshal.GetArrayDataReference(nextTokens);
        ref int nextBlank = ref MemoryMarshal.GetArrayDataReference(nextBlanks);
        ref int cost = ref MemoryMarshal.GetArrayDataReference(tokenCosts);
        ref int same = ref MemoryMarshal.GetArrayDataReference(graph.SameAsBefore);
        ref int isGap = ref MemoryMarshal.GetArrayDataReference(graph.IsGap);
        nuint k = 0;
        for (; k + (nuint)Vector<int>.Count <= (nuint)columns.Length; k += (nuint)Vector<int>.Count)
        {
            Vector<int> before = Vector.LoadUnsafe(ref token, k);
            Vector<int> stay = Vector.LoadUnsafe(ref token, k + 1);
            Vector<int> between = Vector.LoadUnsafe(ref blank, k);
            Vector<int> direct = before + Vector.LoadUnsafe(ref same, k);
            (Vector.Min(Vector.Min(stay, between), direct) + Vector.LoadUnsafe(ref cost, k)).StoreUnsafe(ref nextToken, k + 1);
            Vector<int> silence = Vector.ConditionalSelect(Vector.LoadUnsafe(ref isGap, k), gapCost, blankCost);
            (Vector.Min(between, before) + silence).StoreUnsafe(ref nextBlank, k);
        }

        for (int i = (int)k; i < columns.Length; i++)
        {
            nextTokens[i + 1] = Math.Min(Math.Min(tokens[i + 1], blanks[i]), tokens[i] + graph.SameAsBefore[i]) + tokenCosts[i];
            nextBlanks[i] = Math.Min(blanks[i], tokens[i]) + costs[graph.IsGap[i] != 0 ? FrameCosts.Gap : FrameCosts.Blank];
        }

        int last = columns.Length;
        nextBlanks[last] = Math.Min(blanks[last], tokens[last]) + costs[FrameCosts.Gap];
        SkipWords(nextBlanks);
        (tokens, nextTokens) = (nextTokens, tokens);
        (blanks, nextBlanks) = (nextBlanks, blanks);
    }

    /// <summary>Takes the smallest cost off all, so that sums of hours fit 32 bits. What cannot be reached stays so.</summary>
    /// <returns>That cost.</returns>
    public int Rebase()
    {
        int least = Unreachable;
        foreach (int cost in tokens.AsSpan(1))
        {
            least = Math.Min(least, cost);
        }

        foreach (int cost in blanks)
        {
            least = Math.Min(least, cost);
        }

        Rebase(tokens.AsSpan(1), least);
        Rebase(blanks, least);
        return least;
    }

    private static void Rebase(Span<int> costs, int least)
    {
        foreach (ref int cost in costs)
        {
            cost = cost >= Unreachable ? Unreachable : cost - least;
        }
    }

    private void SkipWords(int[] costs)
    {
        foreach ((int first, int end, int cost) in graph.Skips)
        {
            costs[end] = costs[first] < Unreachable ? Math.Min(costs[end], costs[first] + cost) : costs[end];
        }
    }
}

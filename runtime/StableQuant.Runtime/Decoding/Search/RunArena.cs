namespace StableQuant.Decoding.Search;

/// <summary>
/// The runs of tokens that paths are made of, each with the one before it: paths that share a beginning share its runs. What no path
/// leads to any more is removed when the arena is full, so that it stays small however long the audio is.
/// </summary>
/// <param name="capacity">Runs to begin with.</param>
internal sealed class RunArena(int capacity)
{
    private Run[] runs = new Run[capacity];
    private int[] moved = new int[capacity];
    private int count;

    /// <summary>Forgets all runs.</summary>
    public void Clear() => count = 0;

    /// <summary>Whether so many more would not fit.</summary>
    public bool IsFullFor(int more) => count + more > runs.Length;

    /// <summary>Adds the run of a token that begins in a frame, behind those of a path.</summary>
    /// <returns>Its index.</returns>
    public int Add(in SearchPath before, int token, int frame)
    {
        runs[count] = new Run(before.Run, token, frame, before.End, before.Probability);
        return count++;
    }

    /// <summary>Removes the runs that no path of these entries has, and makes room where more than half of them stay.</summary>
    public void Compact(Span<BeamEntry> entries, int more)
    {
        Span<int> marks = moved.AsSpan(0, count);
        marks.Fill(-1);
        foreach (ref BeamEntry entry in entries)
        {
            Mark(marks, entry.Blank.Run);
            Mark(marks, entry.Token.Run);
        }

        // A run comes behind those before it, so one pass moves all.
        int kept = 0;
        for (int i = 0; i < count; i++)
        {
            if (marks[i] >= 0)
            {
                Run run = runs[i];
                runs[kept] = run with { Before = run.Before < 0 ? -1 : marks[run.Before] };
                marks[i] = kept++;
            }
        }

        foreach (ref BeamEntry entry in entries)
        {
            entry.Blank.Run = entry.Blank.Run < 0 ? -1 : marks[entry.Blank.Run];
            entry.Token.Run = entry.Token.Run < 0 ? -1 : marks[entry.Token.Run];
        }

        count = kept;
        if (kept > runs.Length / 2 || IsFullFor(more))
        {
            Array.Resize(ref runs, 2 * (runs.Length + more));
            moved = new int[runs.Length];
        }
    }

    /// <summary>Number of tokens of a path.</summary>
    public int LengthOf(in SearchPath path)
    {
        int length = 0;
        for (int i = path.Run; i >= 0; i = runs[i].Before)
        {
            length++;
        }

        return length;
    }

    /// <summary>Writes the tokens of a path.</summary>
    /// <param name="path">The path.</param>
    /// <param name="tokens">Receives as many tokens as <see cref="LengthOf"/> tells.</param>
    public void Write(in SearchPath path, Span<CtcToken> tokens)
    {
        int end = path.End;
        float probability = path.Probability;
        for (int i = path.Run, at = tokens.Length; i >= 0; i = runs[i].Before)
        {
            Run run = runs[i];
            tokens[--at] = new CtcToken(run.Token, run.FirstFrame, end, probability);
            (end, probability) = (run.EndBefore, run.ProbabilityBefore);
        }
    }

    private void Mark(Span<int> marks, int run)
    {
        for (; run >= 0 && marks[run] < 0; run = runs[run].Before)
        {
            marks[run] = 0;
        }
    }

    /// <summary>A run, with what is known of the one before it only when this one begins: its end and its largest probability.</summary>
    private readonly record struct Run(int Before, int Token, int FirstFrame, int EndBefore, float ProbabilityBefore);
}

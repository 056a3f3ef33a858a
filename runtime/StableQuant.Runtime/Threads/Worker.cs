using System.ComponentModel;

namespace StableQuant.Threads;

/// <summary>One thread of a <see cref="ThreadTeam"/>, in its work.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly struct Worker
{
    private readonly ThreadTeam team;

    internal Worker(ThreadTeam team, int index)
    {
        this.team = team;
        Index = index;
    }

    /// <summary>Which thread: 0 is the caller's.</summary>
    public int Index { get; }

    /// <summary>Number of threads.</summary>
    public int Count => team.Size;

    /// <summary>Whether this is the thread that does what only one may do.</summary>
    public bool IsFirst => Index == 0;

    /// <summary>This thread's part of some rows or channels.</summary>
    /// <param name="count">How many there are.</param>
    /// <param name="step">How many stay together.</param>
    /// <returns>The first one, and the one behind the last.</returns>
    public (int First, int End) Rows(int count, int step)
    {
        long steps = (count + step - 1) / step;
        return ((int)Math.Min(steps * Index / team.Size * step, count), (int)Math.Min(steps * (Index + 1) / team.Size * step, count));
    }

    /// <summary>Waits until all threads are here: what they wrote before can be read after.</summary>
    public void Barrier() => team.Barrier();
}

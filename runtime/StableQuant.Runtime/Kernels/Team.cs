namespace StableQuant.Runtime;

/// <summary>
/// The threads of one instance. All of them run the whole network side by side: each does its share of a layer's rows, then
/// they meet. Which thread does a row changes none of its bits. Between two calls the threads sleep.
/// </summary>
public sealed unsafe class Team : IDisposable
{
    /// <summary>The most threads of a team.</summary>
    public const int MostThreads = 256;

    /// <summary>How often a waiting thread looks before it lets others run: layers differ by microseconds.</summary>
    private const int Patience = 2000;

    // Setting such an event cannot be interrupted: work is handed to all threads or to none.
    private readonly AutoResetEvent[] starts;
    private delegate*<in Share, void*, void> work;
    private void* context;
    private KernelPath? path;
    private int arrived;
    private int meetings;
    private volatile bool ended;

    /// <summary>Starts the threads.</summary>
    /// <param name="threads">How many, the caller's own included.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is not 1 to <see cref="MostThreads"/>.</exception>
    /// <exception cref="OutOfMemoryException">The system has no more threads.</exception>
    public Team(int threads)
    {
        CheckSize(threads);
        Size = threads;
        starts = [.. Enumerable.Range(1, threads - 1).Select(_ => new AutoResetEvent(false))];
        Threads = [.. Enumerable.Range(1, threads - 1).Select(part => new Thread(() => Serve(part)) { IsBackground = true, Name = $"StableQuant {part}" })];
        try
        {
            Array.ForEach(Threads, thread => thread.Start());
        }
        catch
        {
            // Those that run already are not left behind.
            Dispose();
            throw;
        }
    }

    /// <summary>Number of threads.</summary>
    public int Size { get; }

    /// <summary>All threads but the caller's.</summary>
    internal Thread[] Threads { get; }

    /// <summary>Runs some work on all threads, the caller's too; it ends with a <see cref="Share.Meet"/>.</summary>
    /// <param name="work">The work.</param>
    /// <param name="context">What all of them get.</param>
    /// <exception cref="ObjectDisposedException">The threads have ended.</exception>
    public void Run(delegate*<in Share, void*, void> work, void* context)
    {
        ObjectDisposedException.ThrowIf(ended, this);
        this.work = work;
        this.context = context;
        path = KernelPaths.OnThisThread;
        foreach (AutoResetEvent start in starts)
        {
            start.Set();
        }

        work(new Share(this, 0), context);
    }

    /// <summary>Ends the threads.</summary>
    public void Dispose()
    {
        ended = true;
        foreach (AutoResetEvent start in starts)
        {
            start.Set();
        }
    }

    /// <summary>Refuses a number of threads that no team has.</summary>
    internal static void CheckSize(int threads)
    {
        if (threads is < 1 or > MostThreads)
        {
            throw new ArgumentOutOfRangeException(nameof(threads), threads, $"threads must be from 1 to {MostThreads}.");
        }
    }

    /// <summary>Waits until all threads are here.</summary>
    internal void Meet()
    {
        if (Size == 1)
        {
            return;
        }

        int meeting = Volatile.Read(ref meetings);
        if (Interlocked.Increment(ref arrived) == Size)
        {
            arrived = 0;
            Volatile.Write(ref meetings, meeting + 1);
            return;
        }

        for (int looks = 0; Volatile.Read(ref meetings) == meeting; looks++)
        {
            if (looks < Patience)
            {
                Thread.SpinWait(10);
            }
            else
            {
                Thread.Yield();
            }
        }
    }

    private void Serve(int part)
    {
        while (true)
        {
            starts[part - 1].WaitOne();
            if (ended)
            {
                return;
            }

            KernelPaths.OnThisThread = path;
            work(new Share(this, part), context);
        }
    }
}

/// <summary>One thread's part in the work of a <see cref="Team"/>.</summary>
public readonly struct Share
{
    private readonly Team team;
    private readonly int part;

    internal Share(Team team, int part)
    {
        this.team = team;
        this.part = part;
    }

    /// <summary>Which part: 0 is the caller's thread.</summary>
    public int Part => part;

    /// <summary>Number of parts.</summary>
    public int Parts => team.Size;

    /// <summary>Whether this is the thread that does what only one may do.</summary>
    public bool IsFirst => part == 0;

    /// <summary>This part of some rows or channels.</summary>
    /// <param name="count">How many there are.</param>
    /// <param name="step">How many stay together.</param>
    /// <returns>The first one, and the one behind the last.</returns>
    public (int First, int End) Of(int count, int step)
    {
        long steps = (count + step - 1) / step;
        return ((int)Math.Min(steps * part / team.Size * step, count), (int)Math.Min(steps * (part + 1) / team.Size * step, count));
    }

    /// <summary>Waits until all threads are here: what they wrote before can be read after.</summary>
    public void Meet() => team.Meet();
}

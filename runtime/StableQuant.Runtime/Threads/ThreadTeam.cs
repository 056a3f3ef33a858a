using System.ComponentModel;
using StableQuant.Kernels;

namespace StableQuant.Threads;

/// <summary>
/// The threads of one instance. All of them run the whole network side by side: each does its share of a layer's rows, then
/// waits at a barrier. Which thread does a row changes none of its bits. Between two calls the threads sleep.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed unsafe class ThreadTeam : IDisposable
{
    /// <summary>The most threads of a team.</summary>
    public const int MaxThreads = 256;

    /// <summary>How often a waiting thread looks before it lets others run: layers differ by microseconds.</summary>
    private const int Patience = 2000;

    // Setting such an event cannot be interrupted: work is handed to all threads or to none.
    private readonly AutoResetEvent[] starts;
    private delegate*<in Worker, void*, void> work;
    private void* context;
    private InstructionSet? instructionSet;
    private int arrived;
    private int phases;
    private volatile bool ended;

    /// <summary>Starts the threads.</summary>
    /// <param name="threads">How many, the caller's own included.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is not 1 to <see cref="MaxThreads"/>.</exception>
    /// <exception cref="OutOfMemoryException">The system has no more threads.</exception>
    public ThreadTeam(int threads)
    {
        CheckSize(threads);
        Size = threads;
        starts = [.. Enumerable.Range(1, threads - 1).Select(_ => new AutoResetEvent(false))];
        Threads = [.. Enumerable.Range(1, threads - 1).Select(index => new Thread(() => Serve(index)) { IsBackground = true, Name = $"StableQuant {index}" })];
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

    /// <summary>Runs some work on all threads, the caller's too; it ends with a <see cref="Worker.Barrier"/>.</summary>
    /// <param name="work">The work.</param>
    /// <param name="context">What all of them get.</param>
    /// <exception cref="ObjectDisposedException">The threads have ended.</exception>
    public void Run(delegate*<in Worker, void*, void> work, void* context)
    {
        ObjectDisposedException.ThrowIf(ended, this);
        this.work = work;
        this.context = context;
        instructionSet = InstructionSets.OnThisThread;
        foreach (AutoResetEvent start in starts)
        {
            start.Set();
        }

        work(new Worker(this, 0), context);
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
        if (threads is < 1 or > MaxThreads)
        {
            throw new ArgumentOutOfRangeException(nameof(threads), threads, $"threads must be from 1 to {MaxThreads}.");
        }
    }

    /// <summary>Waits until all threads are here.</summary>
    internal void Barrier()
    {
        if (Size == 1)
        {
            return;
        }

        int phase = Volatile.Read(ref phases);
        if (Interlocked.Increment(ref arrived) == Size)
        {
            arrived = 0;
            Volatile.Write(ref phases, phase + 1);
            return;
        }

        for (int looks = 0; Volatile.Read(ref phases) == phase; looks++)
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

    private void Serve(int index)
    {
        while (true)
        {
            starts[index - 1].WaitOne();
            if (ended)
            {
                return;
            }

            InstructionSets.OnThisThread = instructionSet;
            work(new Worker(this, index), context);
        }
    }
}

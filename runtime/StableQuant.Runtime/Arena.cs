using System.Runtime.InteropServices;
using StableQuant.Layout;
using StableQuant.Threads;

namespace StableQuant;

/// <summary>
/// The memory of one instance, and the threads that work in it. A call has it for itself. It is freed when its instance is disposed of
/// or forgotten; during a call that is put off until the call ends. So no call reads or writes what is freed, whatever other threads,
/// the garbage collector or a finaliser that brings the instance back do meanwhile.
/// </summary>
internal sealed unsafe class Arena : IDisposable
{
    // What is going on, as bits: a call, and the end. Whoever sets the second while there is no first frees, or else the call that clears the first.
    private const int InUse = 1, Ended = 2;

    private byte* memory;
    private long bytes;
    private int state;

    /// <summary>Frees what nobody disposed of: an instance that was forgotten, or whose constructor failed.</summary>
    ~Arena() => End();

    /// <summary>The threads; null before <see cref="Allocate"/>.</summary>
    public ThreadTeam? Team { get; private set; }

    /// <summary>Takes the memory and starts the threads; once.</summary>
    /// <param name="bytes">How much.</param>
    /// <param name="threads">How many, the caller's own included.</param>
    /// <exception cref="InvalidOperationException">They are there already.</exception>
    /// <exception cref="OutOfMemoryException">There is not so much, or not so many.</exception>
    public void Allocate(long bytes, int threads)
    {
        if (memory != null)
        {
            throw new InvalidOperationException("The arena is allocated already.");
        }

        memory = (byte*)NativeMemory.AlignedAlloc(checked((nuint)bytes), ArenaLayout.Alignment);
        this.bytes = bytes;

        // The collector sees a small object; forgotten instances would fill memory before it looked for them.
        GC.AddMemoryPressure(bytes);
        Team = new ThreadTeam(threads);
    }

    /// <summary>Begins a call; <see cref="Leave"/> must follow.</summary>
    /// <param name="owner">The instance, for messages.</param>
    /// <returns>The memory.</returns>
    /// <exception cref="ObjectDisposedException">It is disposed of, or never came to be.</exception>
    /// <exception cref="InvalidOperationException">Another call has it.</exception>
    public byte* Enter(object owner)
    {
        int before = Interlocked.CompareExchange(ref state, InUse, 0);
        ObjectDisposedException.ThrowIf((before & Ended) != 0, owner);
        if (before == InUse)
        {
            throw new InvalidOperationException("The instance is in another call. It serves one call at a time; make an instance for each thread: they share the weights.");
        }

        if (Team is null)
        {
            Leave();
            throw new ObjectDisposedException(owner.GetType().FullName, "The instance's constructor failed.");
        }

        return memory;
    }

    /// <summary>Ends a call.</summary>
    public void Leave()
    {
        if (Interlocked.And(ref state, ~InUse) == (InUse | Ended))
        {
            Free();
        }
    }

    /// <summary>Ends the threads and frees the memory, now or behind the call that has it.</summary>
    public void Dispose()
    {
        End();
        GC.SuppressFinalize(this);
    }

    private void End()
    {
        if (Interlocked.Or(ref state, Ended) == 0)
        {
            Free();
        }
    }

    private void Free()
    {
        // A constructor may have failed before either was there.
        Team?.Dispose();
        if (memory != null)
        {
            NativeMemory.AlignedFree(memory);
            GC.RemoveMemoryPressure(bytes);
        }
    }
}

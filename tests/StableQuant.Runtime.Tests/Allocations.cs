namespace StableQuant.Runtime.Tests;

/// <summary>Managed memory that a call takes.</summary>
internal static class Allocations
{
    /// <summary>
    /// The least number of bytes that some calls allocated on this thread in three rounds: what belongs to a call shows in each of
    /// them, what .NET itself allocates while it compiles a method anew does not.
    /// </summary>
    /// <param name="calls">Calls that were made once before.</param>
    public static long Of(Action calls) => Enumerable.Range(0, 3).Min(_ =>
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        calls();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    });
}

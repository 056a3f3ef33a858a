using System.Runtime.InteropServices;

namespace StableQuant.Calibration.Tests.Guarded;

/// <summary>
/// Pieces of memory with pages before and behind each that nobody may touch: a piece begins where its pages do, or ends where they
/// end, so that a byte beyond that side ends the process.
/// </summary>
internal sealed unsafe partial class GuardedMemory : IDisposable
{
    private const int PageBytes = 4096, Read = 1, Write = 2, Private = 2, Anonymous = 0x20;

    private readonly byte* memory;
    private readonly nuint length;

    /// <summary>Maps them.</summary>
    /// <param name="pieces">Bytes of each.</param>
    /// <param name="atEnd">Whether the end of each is guarded to the byte, or its beginning.</param>
    /// <param name="random">What they hold at first.</param>
    public GuardedMemory(IReadOnlyList<long> pieces, bool atEnd, Random random)
    {
        length = (nuint)((pieces.Sum(Pages) + pieces.Count + 1) * PageBytes);
        memory = MemoryMap(null, length, 0, Private | Anonymous, -1, 0);
        if (memory == (byte*)-1)
        {
            throw new IOException("The system has no such memory.");
        }

        long at = PageBytes;
        var offsets = new List<long>();
        foreach (long bytes in pieces)
        {
            long mapped = Pages(bytes) * PageBytes;
            if (MemoryProtect(memory + at, (nuint)mapped, Read | Write) != 0)
            {
                throw new IOException("The system has no such memory.");
            }

            random.NextBytes(new Span<byte>(memory + at, (int)mapped));
            offsets.Add(atEnd ? at + mapped - bytes : at);
            at += mapped + PageBytes;
        }

        Offsets = offsets;
    }

    /// <summary>The first byte of all.</summary>
    public byte* Pointer => memory;

    /// <summary>Where each piece begins.</summary>
    public IReadOnlyList<long> Offsets { get; }

    /// <inheritdoc/>
    public void Dispose() => _ = MemoryUnmap(memory, length);

    private static long Pages(long bytes) => Math.Max(1, (bytes + PageBytes - 1) / PageBytes);

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial byte* MemoryMap(void* address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect")]
    private static partial int MemoryProtect(void* address, nuint length, int protection);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int MemoryUnmap(void* address, nuint length);
}

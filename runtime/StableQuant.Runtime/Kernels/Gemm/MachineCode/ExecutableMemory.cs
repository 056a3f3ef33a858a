using System.Runtime.InteropServices;

namespace StableQuant.Kernels.Gemm.MachineCode;

/// <summary>Places machine code in memory that is writable first and executable after, never both at once.</summary>
internal static unsafe partial class ExecutableMemory
{
    /// <summary>Copies code to memory of its own, where it stays until the process ends.</summary>
    /// <returns>Its address; null where the system refuses.</returns>
    public static byte* Place(ReadOnlySpan<byte> code)
    {
        try
        {
            return OperatingSystem.IsWindows() ? PlaceOnWindows(code) : PlaceOnUnix(code);
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            return null;
        }
    }

    private static byte* PlaceOnUnix(ReadOnlySpan<byte> code)
    {
        const int Read = 1;
        const int Write = 2;
        const int Execute = 4;
        const int Private = 2;
        int anonymous = OperatingSystem.IsMacOS() ? 0x1000 : 0x20;
        var length = (nuint)code.Length;
        byte* memory = MemoryMap(null, length, Read | Write, Private | anonymous, -1, 0);
        if (memory == (byte*)-1)
        {
            return null;
        }

        // Arm64 reads instructions past what was written: Linux makes a page's visible when it becomes executable, macOS wants to be asked.
        code.CopyTo(new Span<byte>(memory, code.Length));
        if (OperatingSystem.IsMacOS())
        {
            InvalidateInstructionCache(memory, length);
        }

        if (MemoryProtect(memory, length, Read | Execute) != 0)
        {
            _ = MemoryUnmap(memory, length);
            return null;
        }

        return memory;
    }

    private static byte* PlaceOnWindows(ReadOnlySpan<byte> code)
    {
        const uint Commit = 0x1000;
        const uint Reserve = 0x2000;
        const uint Release = 0x8000;
        const uint ReadWrite = 0x04;
        const uint ExecuteRead = 0x20;
        var length = (nuint)code.Length;
        byte* memory = VirtualAlloc(null, length, Commit | Reserve, ReadWrite);
        if (memory == null)
        {
            return null;
        }

        code.CopyTo(new Span<byte>(memory, code.Length));
        if (VirtualProtect(memory, length, ExecuteRead, out _) == 0)
        {
            _ = VirtualFree(memory, 0, Release);
            return null;
        }

        const nint ThisProcess = -1;
        _ = FlushInstructionCache(ThisProcess, memory, length);

        return memory;
    }

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial byte* MemoryMap(void* address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect")]
    private static partial int MemoryProtect(void* address, nuint length, int protection);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int MemoryUnmap(void* address, nuint length);

    [LibraryImport("libc", EntryPoint = "sys_icache_invalidate")]
    private static partial void InvalidateInstructionCache(void* address, nuint length);

    [LibraryImport("kernel32")]
    private static partial int FlushInstructionCache(nint process, void* address, nuint length);

    [LibraryImport("kernel32")]
    private static partial byte* VirtualAlloc(void* address, nuint length, uint type, uint protection);

    [LibraryImport("kernel32")]
    private static partial int VirtualProtect(void* address, nuint length, uint protection, out uint old);

    [LibraryImport("kernel32")]
    private static partial int VirtualFree(void* address, nuint length, uint type);
}

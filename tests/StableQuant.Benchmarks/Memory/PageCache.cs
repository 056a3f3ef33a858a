using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace StableQuant.Benchmarks.Memory;

/// <summary>What the system keeps of files in memory. It drops what no program has mapped, and needs no rights for that.</summary>
internal static unsafe partial class PageCache
{
    private const int AdviseDontNeed = 4, ProtectRead = 1, MapShared = 1;

    /// <summary>Drops files from the cache.</summary>
    /// <returns>The share of their pages that are in memory nevertheless; 1 where the system is not Linux.</returns>
    public static double Drop(IEnumerable<string> files)
    {
        if (!OperatingSystem.IsLinux())
        {
            return 1;
        }

        long pages = 0, left = 0;
        foreach (string file in files.Where(file => new FileInfo(file).Length > 0))
        {
            using SafeFileHandle handle = File.OpenHandle(file);
            _ = Sync(handle);
            _ = Advise(handle, 0, 0, AdviseDontNeed);
            (long all, long there) = Resident(handle);
            pages += all;
            left += there;
        }

        return (double)left / Math.Max(pages, 1);
    }

    private static (long Pages, long There) Resident(SafeFileHandle handle)
    {
        long bytes = RandomAccess.GetLength(handle);
        void* start = Map(null, (nuint)bytes, ProtectRead, MapShared, handle, 0);
        if ((nint)start == -1)
        {
            return (0, 0);
        }

        byte[] pages = new byte[(bytes + Environment.SystemPageSize - 1) / Environment.SystemPageSize];
        fixed (byte* there = pages)
        {
            int status = InCore(start, (nuint)bytes, there);
            _ = Unmap(start, (nuint)bytes);
            return (pages.Length, status == 0 ? pages.Count(page => (page & 1) != 0) : pages.Length);
        }
    }

    [LibraryImport("libc", EntryPoint = "fdatasync")]
    private static partial int Sync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "posix_fadvise")]
    private static partial int Advise(SafeFileHandle file, long offset, long length, int advice);

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial void* Map(void* address, nuint length, int protection, int flags, SafeFileHandle file, long offset);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(void* address, nuint length);

    [LibraryImport("libc", EntryPoint = "mincore")]
    private static partial int InCore(void* address, nuint length, byte* there);
}

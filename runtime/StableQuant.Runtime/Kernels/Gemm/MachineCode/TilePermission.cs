using System.Runtime.InteropServices;

namespace StableQuant.Kernels.Gemm.MachineCode;

/// <summary>
/// Asks the operating system for AMX's tiles, whose 8 KB of registers it saves for those processes alone that asked. What it grants
/// holds for all threads, those to come as well.
/// </summary>
internal static unsafe partial class TilePermission
{
    // The state component that holds the tiles' data, as Intel numbers it.
    private const int TileData = 18;

    /// <summary>Asks.</summary>
    /// <returns>Whether tiles may be used.</returns>
    public static bool Request()
    {
        try
        {
            return OperatingSystem.IsWindows() ? EnableProcessOptionalXStateFeatures(1UL << TileData) != 0 : OperatingSystem.IsLinux() && RequestOnLinux();
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            return false;
        }
    }

    // Refused, too, where a thread's stack for signals is too small for the tiles.
    private static bool RequestOnLinux()
    {
        const nint ArchitecturePrctl = 158;
        const nint RequestPermission = 0x1023;
        return SystemCall(ArchitecturePrctl, RequestPermission, TileData) == 0;
    }

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial nint SystemCall(nint number, nint first, nint second);

    [LibraryImport("kernel32")]
    private static partial int EnableProcessOptionalXStateFeatures(ulong features);
}

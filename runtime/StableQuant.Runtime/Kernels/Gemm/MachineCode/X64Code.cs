using System.Runtime.CompilerServices;

namespace StableQuant.Kernels.Gemm.MachineCode;

/// <summary>Calls machine code for x64.</summary>
internal static unsafe class X64Code
{
    /// <summary>Runs an entry. It takes microseconds and calls nothing, so that the garbage collector can wait for it.</summary>
    /// <param name="code">The code.</param>
    /// <param name="entry">Where it begins, by the System V convention.</param>
    /// <param name="windows">The entry that Windows calls in its place.</param>
    /// <param name="argument">What it takes.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run(byte* code, int entry, int windows, void* argument)
    {
        if (OperatingSystem.IsWindows())
        {
            ((delegate* unmanaged[SuppressGCTransition]<void*, byte*, void>)(code + windows))(argument, code + entry);
        }
        else
        {
            ((delegate* unmanaged[SuppressGCTransition]<void*, void>)(code + entry))(argument);
        }
    }

    /// <summary>Whether the operating system saves some states of registers.</summary>
    /// <param name="code">The code.</param>
    /// <param name="savedStates">The entry that reads XCR0.</param>
    /// <param name="states">The states, as XCR0 has them.</param>
    public static bool AreSaved(byte* code, int savedStates, int states) => (((delegate* unmanaged[SuppressGCTransition]<int>)(code + savedStates))() & states) == states;
}

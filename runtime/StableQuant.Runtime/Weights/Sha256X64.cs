using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using StableQuant.Kernels.Gemm.MachineCode;

namespace StableQuant.Weights;

/// <summary>SHA-256 by x64's SHA instructions, in machine code: C# takes a second for the weights of HuBERT-Large.</summary>
internal static unsafe class Sha256X64
{
    // So many take 40 microseconds: the garbage collector waits for a call.
    private const int MaxBlocks = 1024;

    private static readonly byte* Code = MachineCodeSwitch.IsOn && X64Processor.HasSha256() ? ExecutableMemory.Place(Sha256Code.Bytes) : null;

    /// <summary>Whether it can run here.</summary>
    public static bool IsSupported => Code != null;

    /// <summary>Takes blocks into a state.</summary>
    /// <param name="state">a … h.</param>
    /// <param name="blocks">Any number of whole blocks.</param>
    [SkipLocalsInit]
    public static void Compress(Span<uint> state, ReadOnlySpan<byte> blocks)
    {
        byte* room = stackalloc byte[sizeof(Arguments) + Arguments.Alignment];
        var arguments = (Arguments*)(((nint)room + Arguments.Alignment - 1) & -Arguments.Alignment);
        fixed (uint* values = state)
        fixed (byte* first = blocks)
        {
            arguments->State = values;
            for (int done = 0, all = blocks.Length / Sha256.BlockLength; done < all; done += (int)arguments->Count)
            {
                arguments->Blocks = first + (long)done * Sha256.BlockLength;
                arguments->Count = Math.Min(all - done, MaxBlocks);
                X64Code.Run(Code, Sha256Code.Compress, Sha256Code.Windows, arguments);
            }
        }
    }

    // What the code reads, and room for two of its registers.
    [StructLayout(LayoutKind.Explicit, Size = 64)]
    private struct Arguments
    {
        public const int Alignment = 16;

        [FieldOffset(0)]
        public uint* State;

        [FieldOffset(8)]
        public byte* Blocks;

        [FieldOffset(16)]
        public long Count;
    }
}

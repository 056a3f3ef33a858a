using System.Runtime.Intrinsics.X86;

namespace StableQuant.Kernels.Gemm.MachineCode;

/// <summary>What an x64 processor has of which .NET 10 does not tell. Source: Intel's manual, CPUID leaves 1 and 7.</summary>
internal static class X64Processor
{
    private const int Features = 7;

    /// <summary>Whether it has AVX-512 F and VNNI, and can say which registers the system saves.</summary>
    public static bool HasAvx512Vnni()
    {
        const int Foundation = 1 << 16, Vnni = 1 << 11;
        const int SavesExtendedStates = 1 << 27;
        if (!X86Base.X64.IsSupported || X86Base.CpuId(0, 0).Eax < Features)
        {
            return false;
        }

        (_, int ebx, int ecx, _) = X86Base.CpuId(Features, 0);
        return (X86Base.CpuId(1, 0).Ecx & SavesExtendedStates) != 0 && (ebx & Foundation) != 0 && (ecx & Vnni) != 0;
    }

    /// <summary>Whether it has AMX-INT8, and of AVX-512 F, BW and VNNI.</summary>
    public static bool HasAmxInt8()
    {
        const int BytesAndWords = 1 << 30;
        const int Tiles = 1 << 24, Int8 = 1 << 25;
        if (!HasAvx512Vnni())
        {
            return false;
        }

        (_, int ebx, _, int edx) = X86Base.CpuId(Features, 0);
        return (ebx & BytesAndWords) != 0 && (edx & (Tiles | Int8)) == (Tiles | Int8);
    }

    /// <summary>Whether it has the SHA instructions, and those of SSSE3 and SSE4.1 that prepare for them.</summary>
    public static bool HasSha256()
    {
        const int Sha = 1 << 29;
        return Sse41.IsSupported && X86Base.CpuId(0, 0).Eax >= Features && (X86Base.CpuId(Features, 0).Ebx & Sha) != 0;
    }
}

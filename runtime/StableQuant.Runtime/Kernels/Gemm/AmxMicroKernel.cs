using System.ComponentModel;
using System.Runtime.Intrinsics.X86;
using StableQuant.Kernels.Gemm.MachineCode;

namespace StableQuant.Kernels.Gemm;

/// <summary>
/// Sums of tiles by machine code on processors with AMX-INT8, for which .NET has no API: 32 rows × 32 outputs, of any number of rows, so
/// that no product is too small. Sums are exact integers, the same as those of any other path. Where the processor lacks the tiles or the
/// system does not grant them, <see cref="Avx512VnniMicroKernel"/> serves.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly unsafe struct AmxMicroKernel : IMicroKernel
{
    private static readonly byte* Code = HasInstructions() && MachineCodeSwitch.IsOn ? ExecutableMemory.Place(AmxCode.Bytes) : null;

    /// <summary>Whether tiles can be summed here. Asks the system for them, once.</summary>
    public static bool IsSupported { get; } = Code != null && SavesTiles() && TilePermission.Request();

    /// <inheritdoc/>
    public static bool TakesLimits => false;

    /// <inheritdoc/>
    public static bool NeedsLimits => false;

    /// <inheritdoc/>
    public static bool AddsOutliers => true;

    /// <inheritdoc/>
    public static int MinRows => 1;

    /// <inheritdoc/>
    public static int MaxPanels => AmxTile.MaxPanels;

    /// <inheritdoc/>
    public static int Rows(int panels, int left) => Math.Min(left, AmxTile.MaxRows);

    /// <inheritdoc/>
    public static int WorkspaceBytes => AmxTile.WorkspaceBytes;

    /// <summary>Many: the weights go by at the pace of the third-level cache, which is slow, and the second is large on these processors.</summary>
    public static int BlockRows(long stride)
    {
        const int CacheBytes = 1024 * 1024;
        return (int)Math.Max(CacheBytes / stride / AmxTile.MaxRows, 2) * AmxTile.MaxRows;
    }

    /// <inheritdoc/>
    public static void Sum(int panels, int rows, TileArguments* tile) => AmxTile.Sum(panels, rows, tile, &Run);

    /// <summary>Gives the tiles back: their 8 KB need no saving until the next product.</summary>
    public static void Release() => Run(AmxCode.Release, null);

    // A tile takes microseconds and calls nothing, so that the garbage collector can wait for it.
    private static void Run(int entry, void* argument)
    {
        if (OperatingSystem.IsWindows())
        {
            ((delegate* unmanaged[SuppressGCTransition]<void*, byte*, void>)(Code + AmxCode.Windows))(argument, Code + entry);
        }
        else
        {
            ((delegate* unmanaged[SuppressGCTransition]<void*, void>)(Code + entry))(argument);
        }
    }

    // Outliers are added by AVX512-VNNI.
    private static bool HasInstructions()
    {
        const int Features = 7;
        const int Avx512Foundation = 1 << 16, Avx512BytesAndWords = 1 << 30;
        const int Avx512Vnni = 1 << 11;
        const int AmxTile = 1 << 24, AmxInt8 = 1 << 25;
        const int SavesExtendedStates = 1 << 27;
        if (!X86Base.X64.IsSupported || X86Base.CpuId(0, 0).Eax < Features || (X86Base.CpuId(1, 0).Ecx & SavesExtendedStates) == 0)
        {
            return false;
        }

        (_, int foundation, int vnni, int amx) = X86Base.CpuId(Features, 0);
        return (foundation & (Avx512Foundation | Avx512BytesAndWords)) == (Avx512Foundation | Avx512BytesAndWords)
            && (vnni & Avx512Vnni) != 0
            && (amx & (AmxTile | AmxInt8)) == (AmxTile | AmxInt8);
    }

    /// <summary>Whether the operating system saves the xmm, ymm, mask and zmm registers and the tiles.</summary>
    private static bool SavesTiles()
    {
        const int All = 0b110_0000_0000_1110_0110;
        return (((delegate* unmanaged[SuppressGCTransition]<int>)(Code + AmxCode.SavedStates))() & All) == All;
    }
}

using System.ComponentModel;
using StableQuant.Kernels.Gemm.MachineCode;
using StableQuant.Kernels.Layers;

namespace StableQuant.Kernels.Gemm;

/// <summary>
/// Sums of tiles by machine code on processors with AMX-INT8, for which .NET has no API: 32 rows × 32 outputs, of any number of rows. Products
/// of few inputs, an attention's scores, are <see cref="Avx512VnniMicroKernel"/>'s. Sums are exact integers, the same as those of any other path. Where the processor lacks the tiles or the
/// system does not grant them, <see cref="Avx512VnniMicroKernel"/> serves.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly unsafe struct AmxMicroKernel : IMicroKernel
{
    // The xmm, ymm, mask and zmm registers and the tiles.
    private const int AllRegisters = 0b110_0000_0000_1110_0110;

    // Outliers are added by AVX512-VNNI.
    private static readonly byte* Code = MachineCodeSwitch.IsOn && X64Processor.HasAmxInt8() ? ExecutableMemory.Place(AmxCode.Bytes) : null;

    /// <summary>Whether tiles can be summed here. Asks the system for them, once.</summary>
    public static bool IsSupported { get; } = Code != null && X64Code.AreSaved(Code, AmxCode.SavedStates, AllRegisters) && TilePermission.Request();

    /// <inheritdoc/>
    public static bool TakesLimits => false;

    /// <inheritdoc/>
    public static bool NeedsLimits => false;

    /// <inheritdoc/>
    public static bool AddsOutliers => true;

    /// <inheritdoc/>
    public static int MinRows => 1;

    /// <summary>128 inputs: of a tile that is one product long the rest, its way into memory above all, takes longer than vectors take for everything.</summary>
    public static int MinGroups => 32;

    /// <inheritdoc/>
    static MicroKernel IMicroKernel.OfShort() => MicroKernel.Of<Avx512VnniMicroKernel>();

    /// <inheritdoc/>
    public static int MaxPanels => AmxWorkspace.MaxPanels;

    /// <inheritdoc/>
    public static int Rows(int panels, int left) => Math.Min(left, AmxWorkspace.MaxRows);

    /// <inheritdoc/>
    public static int WorkspaceBytes => AmxWorkspace.Bytes;

    /// <summary>Many: the weights go by at the pace of the third-level cache, which is slow, and the second is large on these processors.</summary>
    public static int BlockRows(long stride)
    {
        const int CacheBytes = 1024 * 1024;
        return (int)Math.Max(CacheBytes / stride / AmxWorkspace.MaxRows, 2) * AmxWorkspace.MaxRows;
    }

    /// <inheritdoc/>
    public static void Sum(int panels, int rows, TileArguments* tile) => AmxTile.Sum(panels, rows, tile, &Run);

    /// <inheritdoc/>
    public static bool SumsRows => true;

    /// <inheritdoc/>
    public static void SumRows(in LayerArguments a, in GemmShape product, TileArguments* tile, int row, int rows, int panel, int endPanels, int panels) =>
        AmxRows.Sum(a, product, tile, row, rows, panel, endPanels, panels, &Run);

    /// <inheritdoc/>
    public static void FinishRows(in LayerArguments a, in GemmShape product, TileArguments* tile) => AmxRows.Finish(a, product, tile, &Run);

    /// <summary>Gives the tiles back: their 8 KB need no saving until the next product.</summary>
    public static void Release() => Run(AmxCode.Release, null);

    private static void Run(int entry, void* argument) => X64Code.Run(Code, entry, AmxCode.Windows, argument);
}

using System.Runtime.Intrinsics.Arm;
using StableQuant.Kernels.Gemm.MachineCode;
using StableQuant.Layout;

namespace StableQuant.Kernels.Gemm;

/// <summary>
/// Sums of whole tiles by <c>sdot</c> in machine code: one load and one <c>eor</c> serve four groups of a row, and a native program that
/// is compiled for any Arm64 processor runs it without a test around each instruction. Inputs are shifted by 128, as the instruction set's
/// own lanes do it.
/// </summary>
internal readonly unsafe struct ArmDpMicroKernel : IMicroKernel
{
    /// <summary>Whether tiles can be summed here.</summary>
    public static bool IsSupported => Dp.IsSupported && Arm64Tiles.Exist;

    /// <inheritdoc/>
    public static bool TakesLimits => false;

    /// <inheritdoc/>
    public static bool NeedsLimits => false;

    /// <inheritdoc/>
    public static bool AddsOutliers => false;

    /// <inheritdoc/>
    public static int MinRows => Arm64Tiles.Rows;

    /// <inheritdoc/>
    public static int MaxPanels => TileLayout.MaxPanels;

    /// <inheritdoc/>
    public static int Rows(int panels, int left) => Arm64Tiles.Rows;

    /// <inheritdoc/>
    public static void Sum(int panels, int rows, TileArguments* tile) => Arm64Tiles.Sum(Arm64Code.DotProduct, Arm64Tiles.Rows, panels, rows, tile);
}

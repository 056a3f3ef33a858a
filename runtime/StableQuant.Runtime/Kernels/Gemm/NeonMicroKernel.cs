using StableQuant.Kernels.Gemm.MachineCode;
using StableQuant.Kernels.Lanes;
using StableQuant.Layout;

namespace StableQuant.Kernels.Gemm;

/// <summary>
/// Sums of whole tiles on Arm64 without the dot product extension, by <c>smull</c> and <c>smlal</c> in machine code: two products are added in
/// int16, which is exact for every input and every weight but −128, and neighbours in int32 then. In C# .NET 10 puts a copy of each operand in
/// front of every <c>smull</c>.
/// </summary>
internal readonly unsafe struct NeonMicroKernel : IMicroKernel
{
    /// <summary>Whether tiles can be summed here.</summary>
    public static bool IsSupported => Neon.IsSupported && Arm64Tiles.Exist;

    /// <inheritdoc/>
    public static bool TakesLimits => false;

    /// <inheritdoc/>
    public static bool NeedsLimits => false;

    /// <inheritdoc/>
    public static bool AddsOutliers => false;

    /// <inheritdoc/>
    public static int MinRows => 2 * Arm64Tiles.FewRows;

    /// <inheritdoc/>
    public static int MaxPanels => TileLayout.MaxPanels;

    /// <summary>Two of the machine code's tiles, so that what follows a tile is done less often.</summary>
    public static int Rows(int panels, int left) => left <= Arm64Tiles.FewRows ? Arm64Tiles.FewRows : 2 * Arm64Tiles.FewRows;

    /// <inheritdoc/>
    public static void Sum(int panels, int rows, TileArguments* tile) => Arm64Tiles.Sum(Arm64Code.MultiplyLong, Arm64Tiles.FewRows, panels, rows, tile);
}

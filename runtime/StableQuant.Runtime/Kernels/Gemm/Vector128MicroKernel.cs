using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using StableQuant.Kernels.Lanes;
using static StableQuant.Kernels.Lanes.Vector128Operations;
using StableQuant.Layout;

namespace StableQuant.Kernels.Gemm;

/// <summary>
/// Tiles on vectors of 128 bits: two rows by half a panel, so that sums and weights fit 16 registers. The loop is plain, on locals that
/// are vectors: what interprets .NET in a browser compiles it, and would not keep structures of vectors apart.
/// </summary>
internal readonly unsafe struct Vector128MicroKernel : IMicroKernel
{
    private const int TileRows = 2;
    private const int Lanes = 16;
    private const int GroupInputs = 4;
    private const int GroupBytes = 64;

    /// <inheritdoc/>
    public static bool TakesLimits => false;

    /// <inheritdoc/>
    public static bool NeedsLimits => false;

    /// <inheritdoc/>
    public static bool AddsOutliers => false;

    /// <inheritdoc/>
    public static int MinRows => TileRows;

    /// <inheritdoc/>
    public static int MaxPanels => TileLayout.MaxPanels;

    /// <inheritdoc/>
    public static int Rows(int panels, int left) => TileRows;

    /// <inheritdoc/>
    public static void Sum(int panels, int rows, TileArguments* tile)
    {
        for (int panel = 0; panel < panels; panel++)
        {
            sbyte* weights = (sbyte*)tile->Weights + panel * tile->PanelBytes;
            int* sums = tile->Sums + panel * Lanes;
            SumHalf(tile, weights, sums, panels * Lanes);
            SumHalf(tile, weights + GroupBytes / 2, sums + Lanes / 2, panels * Lanes);
        }
    }

    // Eight outputs of two rows: an output's sum in two adjacent lanes.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SumHalf(TileArguments* tile, sbyte* w, int* sums, int stride)
    {
        byte* x0 = tile->Input;
        byte* x1 = x0 + tile->InputStride;
        byte* end = x0 + tile->Groups * GroupInputs;
        Vector128<int> a0 = default, b0 = default, c0 = default, d0 = default;
        Vector128<int> a1 = default, b1 = default, c1 = default, d1 = default;
        for (; x0 < end; x0 += GroupInputs, x1 += GroupInputs, w += GroupBytes)
        {
            Vector128<short> i0 = FourInputs(x0), i1 = FourInputs(x1);
            Vector128<short> weights = EightWeights(w);
            a0 = MultiplyAddPairs(a0, i0, weights);
            a1 = MultiplyAddPairs(a1, i1, weights);
            weights = EightWeights(w + 8);
            b0 = MultiplyAddPairs(b0, i0, weights);
            b1 = MultiplyAddPairs(b1, i1, weights);
            weights = EightWeights(w + 16);
            c0 = MultiplyAddPairs(c0, i0, weights);
            c1 = MultiplyAddPairs(c1, i1, weights);
            weights = EightWeights(w + 24);
            d0 = MultiplyAddPairs(d0, i0, weights);
            d1 = MultiplyAddPairs(d1, i1, weights);
        }

        Join(a0, b0).Store(sums);
        Join(c0, d0).Store(sums + 4);
        Join(a1, b1).Store(sums + stride);
        Join(c1, d1).Store(sums + stride + 4);
    }
}

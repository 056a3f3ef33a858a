using System.ComponentModel;
using System.Runtime.CompilerServices;
using StableQuant.Kernels.Lanes;
using StableQuant.Kernels.Layers;
using StableQuant.Kernels.Outliers;
using StableQuant.Layout;

namespace StableQuant.Kernels.Gemm;

/// <summary>
/// Takes products through rows and panels: rows in blocks, which stay in the cache while the weights of all panels go by, a block
/// tile by tile. Linear layers, convolutions and both products of attention are this.
/// </summary>
/// <typeparam name="TIsa">The instruction set.</typeparam>
/// <typeparam name="TSums">The running sums of 16 outputs.</typeparam>
/// <typeparam name="TWeights">One group of packed weights.</typeparam>
/// <typeparam name="TInput">Four inputs of one row.</typeparam>
/// <typeparam name="TInt">Sixteen int32 lanes.</typeparam>
/// <typeparam name="TFloat">Sixteen float32 lanes.</typeparam>
[EditorBrowsable(EditorBrowsableState.Never)]
public static unsafe class MatrixProduct<TIsa, TSums, TWeights, TInput, TInt, TFloat>
    where TIsa : struct, IInstructions<TSums, TWeights, TInput, TInt, TFloat>
    where TSums : unmanaged
    where TWeights : unmanaged
    where TInput : unmanaged
    where TInt : unmanaged
    where TFloat : unmanaged
{
    // Sums of float32 take few registers, so that the largest tile is every path's.
    private const int FloatTileRows = TileLayout.UnrolledRows;

    /// <summary>Computes some rows of a product.</summary>
    /// <param name="microKernel">What sums whole tiles of an int8 product here.</param>
    /// <param name="layer">Where its matrices lie, and which rows.</param>
    /// <param name="shape">Its shape.</param>
    /// <param name="sum">See <see cref="GemmShape.Sum"/>.</param>
    /// <param name="store">See <see cref="GemmShape.Store"/>.</param>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(
        in MicroKernel microKernel,
        in LayerArguments layer,
        in GemmShape shape,
        delegate*<in LayerArguments, int, int, int, int, int*, void> sum,
        delegate*<in LayerArguments, int*, int, int, int, int, void> store)
    {
        LayerArguments a = layer;
        GemmShape product = shape;
        product.Sum = sum;
        product.Store = store;
        int* workspace = stackalloc int[2 * TileSums.Length];
        int* sums = TileSums.Align(workspace);

        // A product of fewer rows than a tile has no micro-kernel.
        MicroKernel kernel = product.IsFloat ? MicroKernel.None : microKernel.For(product.Groups);
        kernel = a.EndRow < kernel.MinRows || (kernel.NeedsLimits && a.Limits == null) ? MicroKernel.None : kernel;
        long panelBytes = product.Groups * 64L;
        int packedBytes = kernel.PackedBytes(product.Groups);
        bool isShared = kernel.Exists;
        bool isPacked = packedBytes > 0;
        int maxWidth = isPacked ? Math.Min(MicroKernel.MaxPackedBytes / packedBytes, kernel.MaxPanels) : isShared ? kernel.MaxPanels : TIsa.TilePanels;
        byte* packed = stackalloc byte[isPacked ? maxWidth * packedBytes : 0];
        byte* own = stackalloc byte[kernel.WorkspaceBytes];
        var tile = new TileArguments { Workspace = own, InputStride = product.InputStride, PanelBytes = isPacked ? packedBytes : panelBytes, Groups = product.Groups };
        OutlierScratch scratch = product.Window.Scratch;
        var outliers = new OutlierProducts(a.Scratch, scratch.MaxProducts, scratch.MaxFrames, product.Window);
        var planes = new OutlierPlanes(a.Scratch, scratch.PlaneRows, product.Window);
        int block = kernel.BlockRows(product.IsFloat ? product.InputStride * sizeof(float) : product.InputStride);
        int maxPanels = int.MaxValue;
        if (a.Indexed.Exist)
        {
            // Panels are expanded for each block anew.
            block = Math.Max(block, TileLayout.IndexedBlockRows(product.InputStride));
            maxPanels = a.Indexed.MaxPanels;
            maxWidth = Math.Min(maxWidth, maxPanels);
        }

        MicroKernel limited = product.LimitBytes > 0 ? kernel : MicroKernel.None;
        byte* steps = stackalloc byte[StepDeviations.WorkspaceBytes(limited, block, product.InputStride, product.Groups * 4)];
        var deviations = new StepDeviations(steps, limited, product.InputStride, product.Groups * 4, a.InputZeroPoint);
        for (int first = a.FirstRow, end; first < a.EndRow; first = end)
        {
            end = Math.Min(first + block, a.EndRow);
            bool isCrowded = false;
            if (product.IsKept)
            {
                int gathered = planes.AreWanted(a.InputOutliers, first, end) ? first : outliers.Gather(a.InputOutliers, first, end, a.FirstInputChannel);
                isCrowded = gathered == first;
                end = isCrowded ? planes.Fill(a.Input, a.InputOutliers, a.FirstInputChannel, first, end) : gathered;
            }

            if (!isCrowded)
            {
                deviations.Find(a.Input, first, end);
            }

            for (int panel = 0; panel < product.Panels;)
            {
                int width = Math.Min(maxWidth, product.Panels - panel);
                int height = isShared ? kernel.Rows(width, end) : product.IsFloat ? FloatTileRows : TIsa.TileRows;
                MicroKernel whole = height > end ? MicroKernel.None : kernel;
                if (height > end)
                {
                    width = 1;
                    height = 1;
                }

                // Outliers ride in the micro-kernel, or are added to its sums behind it.
                bool ride = product.IsKept && !isCrowded && whole.AddsOutliers;
                bool follow = product.IsKept && !isCrowded && !ride;

                int tiles = Math.Min(product.Panels - panel, maxPanels) / width;
                int endPanels = panel + (isPacked ? 1 : SideBySide(width * panelBytes, tiles)) * width;
                if (a.Indexed.Exist)
                {
                    a.Weights = a.Indexed.Expand<TIsa>(layer.Weights, panel, endPanels);
                }

                for (int p = panel; p < endPanels && isPacked && whole.Exists; p++)
                {
                    kernel.Pack(a.Weights + p * panelBytes, a.Sums + p * 16, product.Groups, packed + (p - panel) * packedBytes);
                }

                // The last tiles of a block begin so early that they are whole, and of their rows only the new ones are stored.
                for (int row = first; row < end;)
                {
                    int tileRows = whole.Exists ? whole.Rows(width, end - row) : height;
                    int start = Math.Min(row, end - tileRows);
                    int rows = start + tileRows - row;
                    int* rowSums = sums + (row - start) * width * 16;
                    tile.Deviations = deviations.Of(start);
                    tile.Bounds = null;
                    if (ride)
                    {
                        tile.Take(outliers, start);
                    }

                    if (whole.SumsRows && !isCrowded)
                    {
                        tile.Input = a.Input + row * product.InputStride;
                        tile.Weights = a.Weights;
                        whole.SumRows(a, product, &tile, row, rows, panel, endPanels, width);
                        row += rows;
                        continue;
                    }

                    for (int p = panel; p < endPanels; p += width)
                    {
                        tile.Weights = isPacked ? packed : a.Weights + p * panelBytes;
                        if (isCrowded)
                        {
                            SumPlanes(a, product, planes, whole, &tile, start, p, width, tileRows, sums);
                        }
                        else
                        {
                            Sum(a, product, whole, &tile, start, p, width, tileRows, sums);
                            if (follow)
                            {
                                OutlierKernels<TIsa, TInt, TFloat>.Add(rowSums, row, rows, width, a.Weights + p * panelBytes, panelBytes, outliers);
                            }
                        }

                        product.Store(a, rowSums, row, rows, p, width);
                    }

                    row += rows;
                }

                kernel.FinishRows(a, product, &tile);
                panel = endPanels;
            }
        }

        kernel.Release();
    }

    // One tile, by whatever sums tiles of its size here.
    private static void Sum(
        in LayerArguments a, in GemmShape product, in MicroKernel kernel, TileArguments* tile, int row, int panel, int width, int height, int* sums)
    {
        if (!kernel.Exists)
        {
            product.Sum(a, row, panel, width, height, sums);
            return;
        }

        tile->Input = a.Input + row * product.InputStride;
        tile->Sums = sums;
        tile->Limits = a.Limits == null || product.LimitBytes == 0 ? null : a.Limits + panel * product.LimitBytes;
        kernel.Sum(width, height, tile);
    }

    // One tile of a crowded block.
    private static void SumPlanes(
        in LayerArguments a, in GemmShape product, in OutlierPlanes planes, in MicroKernel kernel, TileArguments* tile, int row, int panel, int width, int height, int* sums)
    {
        int* high = sums + TileSums.Length;
        Sum(Over(planes.Low, a), product, kernel, tile, row, panel, width, height, sums);
        Sum(Over(planes.High, a), product, kernel, tile, row, panel, width, height, high);
        OutlierKernels<TIsa, TInt, TFloat>.Join(sums, high, height, width, a.Sums + panel * 16, TIsa.InputBias);
    }

    // Bytes of a plane lie anywhere: what is known of inputs near their zero point proves nothing here.
    private static LayerArguments Over(byte* plane, in LayerArguments a)
    {
        LayerArguments product = a;
        product.Input = plane;
        product.Limits = null;
        return product;
    }

    // How many tiles side by side are summed before the next rows', so that a row's results are written together: so many that
    // their weights stay in the second-level cache; one where a tile's weights stay in the first.
    private static int SideBySide(long tileWeights, int max)
    {
        const int FirstLevelBytes = 24 * 1024, SecondLevelBytes = 512 * 1024;
        return tileWeights < FirstLevelBytes ? 1 : (int)Math.Clamp(SecondLevelBytes / tileWeights, 1, max);
    }
}

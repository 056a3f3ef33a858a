using System.Runtime.CompilerServices;

namespace StableQuant.Runtime;

/// <summary>
/// Takes products through rows and panels: rows in blocks, which stay in the cache while the weights of all panels go by, a block
/// tile by tile. Linear layers, convolutions and both products of attention are this.
/// </summary>
/// <typeparam name="TPath">The instruction set.</typeparam>
/// <typeparam name="TSums">The running sums of 16 outputs.</typeparam>
/// <typeparam name="TWeights">One group of packed weights.</typeparam>
/// <typeparam name="TInput">Four inputs of one row.</typeparam>
/// <typeparam name="TInt">Sixteen int32 lanes.</typeparam>
/// <typeparam name="TFloat">Sixteen float32 lanes.</typeparam>
public static unsafe class Products<TPath, TSums, TWeights, TInput, TInt, TFloat>
    where TPath : struct, IPath<TSums, TWeights, TInput, TInt, TFloat>
    where TSums : unmanaged
    where TWeights : unmanaged
    where TInput : unmanaged
    where TInt : unmanaged
    where TFloat : unmanaged
{
    // Sums of float32 take few registers, so that the largest tile is every path's.
    private const int FloatTileRows = TileLayout.UnrolledRows;

    /// <summary>Computes some rows of a product.</summary>
    /// <param name="a">Where its matrices lie, and which rows.</param>
    /// <param name="shape">Its shape.</param>
    /// <param name="sum">See <see cref="ProductKernel.Sum"/>.</param>
    /// <param name="store">See <see cref="ProductKernel.Store"/>.</param>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(
        in LayerArguments a,
        in ProductKernel shape,
        delegate*<in LayerArguments, int, int, int, int, int*, void> sum,
        delegate*<in LayerArguments, int*, int, int, int, int, void> store)
    {
        ProductKernel product = shape;
        product.Sum = sum;
        product.Store = store;
        int* room = stackalloc int[2 * TileSums.RoomForSums];
        int* sums = TileSums.Align(room);
        TileKernel kernel = product.IsFloat ? TileKernel.None : TileSums.Of(a);
        bool isShared = kernel != TileKernel.None;
        var tile = new TileArguments { InputStride = product.InputStride, PanelBytes = product.Groups * 64L, Groups = product.Groups };
        OutlierScratch scratch = product.Window.Scratch;
        var terms = new RemainderTerms(a.Scratch, scratch.MaxTerms, scratch.MaxFrames, product.Window);
        var planes = new RemainderPlanes(a.Scratch, scratch.PlaneRows, product.Window);
        int block = TileLayout.BlockRows(product.IsFloat ? product.InputStride * sizeof(float) : product.InputStride);
        TileKernel limited = product.LimitBytes > 0 ? kernel : TileKernel.None;
        byte* steps = stackalloc byte[StepDeviations.Room(limited, block, product.InputStride, product.Groups * 4)];
        var deviations = new StepDeviations(steps, limited, product.InputStride, product.Groups * 4, a.InputZeroPoint);
        for (int first = a.FirstRow, end; first < a.EndRow; first = end)
        {
            end = Math.Min(first + block, a.EndRow);
            bool isCrowded = false;
            if (product.IsKept)
            {
                int gathered = planes.AreFor(a.InputRemainders, first, end) ? first : terms.Gather(a.InputRemainders, first, end, a.FirstInputChannel);
                isCrowded = gathered == first;
                end = isCrowded ? planes.Fill(a, first, end) : gathered;
            }

            if (!isCrowded)
            {
                deviations.Find(a.Input, first, end);
            }

            for (int panel = 0; panel < product.Panels;)
            {
                int width = Math.Min(isShared ? TileSums.MostPanels : TPath.TilePanels, product.Panels - panel);
                int height = isShared ? TileSums.Rows(kernel, width) : product.IsFloat ? FloatTileRows : TPath.TileRows;
                if (height > end)
                {
                    width = 1;
                    height = 1;
                }

                // Terms ride in a tile's own kernel, or are added to its sums behind it.
                bool ride = product.IsKept && !isCrowded && height > 1 && TileSums.AddsTerms(kernel);
                bool follow = product.IsKept && !isCrowded && !ride;

                int endPanels = panel + TileSums.SideBySide(width * tile.PanelBytes, (product.Panels - panel) / width) * width;

                // The last tiles of a block begin so early that they are whole, and of their rows only the new ones are stored.
                for (int row = first; row < end;)
                {
                    int tileRows = height > 1 && isShared ? TileSums.Rows(kernel, width, end - row) : height;
                    int start = Math.Min(row, end - tileRows);
                    int rows = start + tileRows - row;
                    int* rowSums = sums + (row - start) * width * 16;
                    tile.Deviations = deviations.Of(start);
                    tile.Bounds = null;
                    if (ride)
                    {
                        terms.Describe(&tile, start);
                    }

                    for (int p = panel; p < endPanels; p += width)
                    {
                        if (isCrowded)
                        {
                            SumPlanes(a, product, planes, kernel, &tile, start, p, width, tileRows, sums);
                        }
                        else
                        {
                            Sum(a, product, kernel, &tile, start, p, width, tileRows, sums);
                            if (follow)
                            {
                                RemainderKernels<TPath, TInt, TFloat>.Add(rowSums, row, rows, width, a.Weights + p * tile.PanelBytes, tile.PanelBytes, terms);
                            }
                        }

                        product.Store(a, rowSums, row, rows, p, width);
                    }

                    row += rows;
                }

                panel = endPanels;
            }
        }
    }

    // One tile, by whatever sums tiles of its size here.
    private static void Sum(
        in LayerArguments a, in ProductKernel product, TileKernel kernel, TileArguments* tile, int row, int panel, int width, int height, int* sums)
    {
        if (kernel == TileKernel.None || height == 1)
        {
            product.Sum(a, row, panel, width, height, sums);
            return;
        }

        tile->Input = a.Input + row * product.InputStride;
        tile->Weights = a.Weights + panel * tile->PanelBytes;
        tile->Sums = sums;
        tile->Limits = a.Limits == null || product.LimitBytes == 0 ? null : a.Limits + panel * product.LimitBytes;
        TileSums.Run(kernel, width, height, tile);
    }

    // One tile of a crowded block.
    private static void SumPlanes(
        in LayerArguments a, in ProductKernel product, in RemainderPlanes planes, TileKernel kernel, TileArguments* tile, int row, int panel, int width, int height, int* sums)
    {
        int* high = sums + TileSums.RoomForSums;
        Sum(planes.Low(a), product, kernel, tile, row, panel, width, height, sums);
        Sum(planes.High(a), product, kernel, tile, row, panel, width, height, high);
        RemainderKernels<TPath, TInt, TFloat>.Join(sums, high, height, width, a.Sums + panel * 16, TPath.InputBias);
    }
}

using System.Runtime.CompilerServices;

namespace StableQuant.Runtime;

/// <summary>
/// Sums of whole tiles of an int8 product, by kernels that do not depend on its shape: generated code brings rows, panels
/// and epilogue.
/// </summary>
public static unsafe class TileSums
{
    /// <summary>Room for the sums of any tile, and to align them.</summary>
    public const int RoomForSums = 27 * 16 + 16;

    /// <summary>What sums a product's tiles here.</summary>
    /// <param name="a">The product; one with fewer rows than a tile has none.</param>
    internal static TileKernel Of(in LayerArguments a)
    {
        TileKernel kernel = KernelPaths.Current switch
        {
            KernelPath.Avx512Vnni => TileKernel.Avx512Vnni,
            KernelPath.Avx512 when a.Limits != null => TileKernel.Avx512Int16,
            KernelPath.Avx2 => TileKernel.Avx2Int16,
            _ => TileKernel.None,
        };
        return a.EndRow >= Rows(kernel, 1) ? kernel : TileKernel.None;
    }

    /// <summary>The most rows of a tile.</summary>
    public const int MostRows = TileLayout.MaxRows;

    /// <summary>The most panels of a tile: more have remainders walked through less often.</summary>
    public const int MostPanels = TileLayout.MaxPanels;

    /// <summary>Rows of a tile with so many panels; with one panel they are the most.</summary>
    public static int Rows(TileKernel kernel, int panels) => kernel switch
    {
        TileKernel.Avx512Vnni => Avx512VnniTiles.Rows(panels),
        TileKernel.Avx512Int16 => Avx512Int16Tiles.Rows,
        TileKernel.Avx2Int16 => Avx2Int16Tiles.Rows,
        _ => 0,
    };

    /// <summary>Rows of a tile with so many panels, of which no more than <paramref name="left"/> are wanted.</summary>
    public static int Rows(TileKernel kernel, int panels, int left) =>
        kernel == TileKernel.Avx512Vnni ? Avx512VnniTiles.Rows(panels, left) : Rows(kernel, panels);

    /// <summary>Whether a kernel adds the terms of <see cref="TileArguments.Bounds"/> itself.</summary>
    internal static bool AddsTerms(TileKernel kernel) => kernel == TileKernel.Avx512Vnni && Avx512VnniTiles.AddsTerms;

    /// <summary>Whether a kernel adds products in int16.</summary>
    internal static bool IsInt16(TileKernel kernel) => kernel is TileKernel.Avx512Int16 or TileKernel.Avx2Int16;

    /// <summary>
    /// How many tiles side by side are summed before the next rows', so that a row's results are written together: so many that
    /// their weights stay in the second-level cache; one where a tile's weights stay in the first.
    /// </summary>
    /// <param name="tileWeights">Bytes of a tile's weights.</param>
    /// <param name="most">How many there are.</param>
    public static int SideBySide(long tileWeights, int most)
    {
        const int FirstLevelBytes = 24 * 1024, SecondLevelBytes = 512 * 1024;
        return tileWeights < FirstLevelBytes ? 1 : (int)Math.Clamp(SecondLevelBytes / tileWeights, 1, most);
    }

    /// <summary>The first 64-byte boundary of some memory for sums.</summary>
    public static int* Align(int* sums) => (int*)(((nint)sums + 63) & ~63);

    /// <summary>Sums a tile.</summary>
    /// <param name="kernel">What sums it; not <see cref="TileKernel.None"/>.</param>
    /// <param name="panels">1 … <see cref="MostPanels"/>.</param>
    /// <param name="rows">As <see cref="Rows(TileKernel, int, int)"/> says.</param>
    /// <param name="tile">Where it lies.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run(TileKernel kernel, int panels, int rows, TileArguments* tile)
    {
        if (kernel == TileKernel.Avx512Vnni)
        {
            Avx512VnniTiles.Run(panels, rows, tile);
        }
        else if (kernel == TileKernel.Avx512Int16)
        {
            int panel = 0;
            for (; panel + 2 <= panels; panel += 2)
            {
                Avx512Int16Tiles.Sum<Avx512Int16Tiles.TwoPanels>(tile, panel, panels);
            }

            if (panel < panels)
            {
                Avx512Int16Tiles.Sum<Avx512Int16Tiles.OnePanel>(tile, panel, panels);
            }
        }
        else
        {
            for (int panel = 0; panel < panels; panel++)
            {
                Avx2Int16Tiles.Sum(tile, panel, panels);
            }
        }
    }
}

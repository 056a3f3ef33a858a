#if STABLEQUANT_RUNTIME
namespace StableQuant.Layout;
#else
namespace StableQuant.Graph.Layout;
#endif

/// <summary>
/// The working memory in which an int8 convolution over time and bands lays out the frames that one frame of its result reads, 16 channels at
/// a time: each band beside the next one, a pair of int16 a channel, and the weights as pairs of taps along bands.
/// </summary>
/// <param name="bands">Bands of a frame; positive.</param>
/// <param name="kernel">Taps along time, and along bands; positive.</param>
/// <param name="stride">Bands from one result's first to the next one's; positive.</param>
/// <param name="padding">Zero bands before the first and after the last.</param>
internal readonly struct Convolution2dScratch(int bands, int kernel, int stride, int padding)
{
    /// <summary>Results of a tile, whose sums stay in registers.</summary>
    public const int TileRows = DepthwiseScratch.TileRows;

    /// <summary>Bytes of a pair of 16 channels.</summary>
    private const int PairBytes = PanelLayout.Outputs * sizeof(int);

    /// <summary>Bands of the result.</summary>
    public int OutputBands => (bands + 2 * padding - kernel) / stride + 1;

    /// <summary>Pairs of taps along bands, the last with a zero where taps are odd.</summary>
    public int Pairs => (kernel + 1) / 2;

    /// <summary>Bands that a frame is laid out in: what tiles read that begin anywhere in it.</summary>
    public int Positions => (OutputBands + TileRows - 2) * stride + 2 * Pairs;

    /// <summary>Bytes, for one thread.</summary>
    public long Bytes => (long)kernel * (Positions + Pairs) * PairBytes;
}

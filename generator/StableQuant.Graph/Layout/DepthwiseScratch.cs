#if STABLEQUANT_RUNTIME
namespace StableQuant.Layout;
#else
namespace StableQuant.Graph.Layout;
#endif

/// <summary>
/// The working memory in which an int8 depthwise convolution lays out a block of rows, 16 channels at a time: each frame beside the next one,
/// a pair of int16 a channel, and the weights as pairs of taps.
/// </summary>
/// <param name="taps">Frames that a row reads; positive.</param>
/// <param name="stride">Frames from one row's first to the next one's; positive.</param>
internal readonly struct DepthwiseScratch(int taps, int stride)
{
    /// <summary>Rows of a tile, whose sums stay in registers.</summary>
    public const int TileRows = 4;

    /// <summary>Bytes of a pair of 16 channels.</summary>
    private const int PairBytes = PanelLayout.Outputs * sizeof(int);

    /// <summary>Frames of a block where rows are close to each other: what stays in the first-level cache.</summary>
    private const int UsualFrames = 192;

    /// <summary>Taps, with those missing to whole groups of weights.</summary>
    public int PaddedTaps => PanelLayout.PaddedInputs(taps);

    /// <summary>Rows of a block, in whole tiles.</summary>
    public int Rows => Math.Max(UsualFrames / stride / TileRows, 1) * TileRows;

    /// <summary>Frames that they span.</summary>
    public long Frames => (Rows - 1L) * stride + PaddedTaps;

    /// <summary>Bytes, for one thread.</summary>
    public long Bytes => (Frames + PaddedTaps / 2) * PairBytes;
}

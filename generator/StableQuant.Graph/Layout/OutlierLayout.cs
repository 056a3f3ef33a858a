#if STABLEQUANT_RUNTIME
namespace StableQuant.Layout;
#else
namespace StableQuant.Graph.Layout;
#endif

/// <summary>How the outliers that a value keeps lie in memory: a frame's count and the first of them in its head, the others in its tail.</summary>
internal static class OutlierLayout
{
    /// <summary>Channels that a value which keeps its outliers can have: an entry names one in 16 bits.</summary>
    public const int MaxChannels = 1 << 13;

    /// <summary>The largest integer that is kept, in magnitude: it fits an entry's 16 bits, and with 2^15 more it is two bytes of the planes.</summary>
    public const int MaxInteger = 127 * 256 + 127;

    /// <summary>Entries of a head, of 4 bytes each, its count included: half a cache line. Rooms for every channel of every frame are pages apart.</summary>
    public const int HeadEntries = 8;

    /// <summary>Bytes of a frame's head.</summary>
    public const int HeadBytes = HeadEntries * sizeof(int);

    /// <summary>Bytes of a frame's tail: room for an entry of every channel.</summary>
    public static int TailBytes(int channels) => channels * sizeof(int);
}

/// <summary>
/// The working memory in which a product gathers its input's outliers, a block of rows at a time: as terms, or, where they are many, as
/// planes.
/// </summary>
/// <param name="channels">Channels that an output reads of a frame; positive.</param>
/// <param name="taps">Frames that it reads; positive.</param>
/// <param name="stride">Frames from one output's first to the next one's; positive.</param>
internal readonly struct OutlierScratch(int channels, int taps, int stride)
{
    /// <summary>Bytes of a term.</summary>
    public const int ProductBytes = 12;

    /// <summary>Terms of a block: room for a usual block's, and for those of a row whose every input has one. Rows with more are planes.</summary>
    public int MaxProducts => 2048 + channels * taps;

    /// <summary>Frames that these are of at most.</summary>
    public int MaxFrames => 4096 + taps;

    /// <summary>Frames before them from which a tile may begin that ends in the block.</summary>
    public int FramesBefore => (TileLayout.MaxRows - 1) * stride;

    /// <summary>Rows whose inputs two planes hold: some tiles, and so many that overlapping windows are not filled over and over.</summary>
    public int PlaneRows => (taps / TileLayout.MaxRows + 2) * TileLayout.MaxRows;

    /// <summary>Bytes of a plane: what the windows of its rows span.</summary>
    public long PlaneBytes => ((PlaneRows - 1L) * stride + taps) * channels;

    /// <summary>Bytes, for one thread: the terms and where each frame's end, or the planes.</summary>
    public long Bytes
    {
        get
        {
            long bytes = Math.Max((long)MaxProducts * ProductBytes + (FramesBefore + MaxFrames + 1L) * sizeof(int), 2 * PlaneBytes);
            return (bytes + ArenaLayout.Alignment - 1) / ArenaLayout.Alignment * ArenaLayout.Alignment;
        }
    }
}

using StableQuant.Graph;

namespace StableQuant.Generator.Lower;

/// <summary>The working memory in which a product gathers its input's remainders, a block of rows at a time: as terms, or, where they are many, as planes.</summary>
/// <param name="Terms">Terms of a block: room for a usual block's, and for those of a row whose every input has one. Rows with more are planes.</param>
/// <param name="Frames">Frames that these are of at most.</param>
/// <param name="FramesBefore">Frames before them from which a tile may begin that ends in the block.</param>
/// <param name="PlaneRows">Rows whose inputs two planes hold: some tiles, and so many that overlapping windows are not filled over and over.</param>
/// <param name="PlaneBytes">Bytes of a plane.</param>
internal sealed record RemainderRoom(int Terms, int Frames, int FramesBefore, int PlaneRows, int PlaneBytes)
{
    private const int TermBytes = 12, TileRows = 12;

    /// <summary>The room of a product, in which an output reads so many channels of so many frames, and the next one those of some frames further on.</summary>
    public static RemainderRoom Of(int channels, int taps, int stride)
    {
        int planeRows = (taps / TileRows + 2) * TileRows;
        return new(2048 + channels * taps, 4096 + taps, (TileRows - 1) * stride, planeRows, ((planeRows - 1) * stride + taps) * channels);
    }

    /// <summary>Bytes: the terms and where each frame's end, or the planes.</summary>
    public int Bytes => (Math.Max(Terms * TermBytes + (FramesBefore + Frames + 1) * sizeof(int), 2 * PlaneBytes) + PanelLayout.Alignment - 1) / PanelLayout.Alignment * PanelLayout.Alignment;
}

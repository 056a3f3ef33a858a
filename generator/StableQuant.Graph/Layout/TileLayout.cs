#if STABLEQUANT_RUNTIME
namespace StableQuant.Layout;
#else
namespace StableQuant.Graph.Layout;
#endif

/// <summary>How rows are cut: into tiles, whose sums stay in registers, and blocks, which stay in a cache.</summary>
internal static class TileLayout
{
    /// <summary>Rows of the largest tile. Rows are shared among threads in as many.</summary>
    public const int MaxRows = 12;

    /// <summary>Panels of the widest tile: more have outliers walked through less often.</summary>
    public const int MaxPanels = 4;

    /// <summary>Vectors of 16 results that go through an epilogue before outliers among them are listed.</summary>
    public const int EpilogueVectors = 64;

    /// <summary>Rows of the tiles that generated code unrolls: paths with many registers take the first, the others the second, of int8.</summary>
    public const int UnrolledRows = 6, FewUnrolledRows = 2;

    /// <summary>Queries of an attention whose scores are in work at once.</summary>
    public const int AttentionRows = 24;

    /// <summary>Rows of a block that is taken through all panels before the next: what stays in the second-level cache, in whole tiles.</summary>
    /// <param name="stride">Bytes from one row to the next.</param>
    public static int BlockRows(long stride)
    {
        const int CacheBytes = 256 * 1024;
        const int Step = 72;
        return (int)Math.Max(CacheBytes / stride / Step, 1) * Step;
    }

    /// <summary>The same where each block expands the weights' panels (<see cref="ExpandedPanels"/>), which pays for so many rows: inputs go by, panels stay.</summary>
    /// <param name="stride">Bytes from one row to the next.</param>
    public static int IndexedBlockRows(long stride)
    {
        const int CacheBytes = 896 * 1024;
        const int Step = 72;
        return (int)Math.Max(CacheBytes / stride / Step, 1) * Step;
    }

    /// <summary>Panels of weights stored as indices that are expanded at once, into memory of the thread: what stays in the second-level cache beside inputs, or one.</summary>
    /// <param name="inputs">Inputs of the panels.</param>
    public static int ExpandedPanels(int inputs) => (int)Math.Max(MaxExpandedBytes / PanelLayout.Bytes(PanelLayout.Outputs, inputs), 1);

    /// <summary>The most that these take.</summary>
    public const int MaxExpandedBytes = 256 * 1024;
}

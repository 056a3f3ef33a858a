using StableQuant.Layout;

namespace StableQuant.Kernels.Gemm;

/// <summary>What AMX keeps from tile to tile of a product, in <see cref="TileArguments.Workspace"/>.</summary>
internal unsafe struct AmxWorkspace
{
    /// <summary>Outliers' products that are listed at a time: five times those of rows of 6144 inputs of which one in a thousand has an outlier.</summary>
    public const int MaxTerms = 1024;

    /// <summary>Rows of the sums of a tile: two tiles of the processor's.</summary>
    public const int MaxRows = 32;

    /// <summary>Panels of a tile.</summary>
    public const int MaxPanels = 2;

    private const int SumsOfTile = MaxRows * MaxPanels * PanelLayout.Outputs;

    /// <summary>Bytes of a line of the cache.</summary>
    public const int LineBytes = 64;

    /// <summary>What the tiles' sizes are.</summary>
    public AmxConfiguration Configuration;

    /// <summary>The last 64 inputs of each row, a line each, where groups are left behind the last whole step.</summary>
    public fixed byte Tail[MaxRows * LineBytes];

    /// <summary>Listed terms.</summary>
    public fixed byte Terms[MaxTerms * 16];

    /// <summary>Rows that have products which are not listed yet.</summary>
    public fixed byte Rows[MaxRows * 24];

    private fixed int sums[2 * SumsOfTile];

    /// <summary>How many terms are listed.</summary>
    public int TermCount;

    /// <summary>The first row of those whose terms are listed; null for none.</summary>
    public byte* ListedRow;

    /// <summary>The tile that is stored while the next is summed.</summary>
    public AmxSummedTile Summed;

    private int sumsInUse;

    /// <summary>Bytes that hold one, wherever they begin.</summary>
    public static readonly int Bytes = sizeof(AmxWorkspace) + LineBytes;

    /// <summary>The one of a product.</summary>
    /// <param name="tile">The product's.</param>
    public static AmxWorkspace* Of(TileArguments* tile) => (AmxWorkspace*)(((nint)tile->Workspace + LineBytes - 1) & -LineBytes);

    /// <summary>Begins a product.</summary>
    public void Empty()
    {
        Summed = default;
        ListedRow = null;
        sumsInUse = 0;
    }

    /// <summary>Sums of the next tile, in turn: those of the tile before are not stored yet.</summary>
    public int* NextSums()
    {
        sumsInUse = SumsOfTile - sumsInUse;
        fixed (int* all = sums)
        {
            return all + sumsInUse;
        }
    }
}

using System.ComponentModel;
using StableQuant.Kernels.Layers;
using StableQuant.Layout;

namespace StableQuant.Kernels.Gemm;

/// <summary>An <see cref="IMicroKernel"/>, or none: products then run on the instruction set's own dot product alone, by tiles that generated code unrolls.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly unsafe struct MicroKernel
{
    /// <summary>The most that packed panels take, of stack: they stay in a cache.</summary>
    internal const int MaxPackedBytes = 256 * 1024;

    private readonly delegate*<int, int, int> rows;
    private readonly delegate*<long, int> blockRows;
    private readonly delegate*<int, int, TileArguments*, void> sum;
    private readonly delegate*<in LayerArguments, in GemmShape, TileArguments*, int, int, int, int, int, void> sumRows;
    private readonly delegate*<in LayerArguments, in GemmShape, TileArguments*, void> finishRows;
    private readonly delegate*<void> release;
    private readonly delegate*<MicroKernel> ofShort;
    private readonly delegate*<long, int> packedBytes;
    private readonly delegate*<byte*, int*, long, byte*, void> pack;

    private MicroKernel(
        delegate*<int, int, int> rows,
        delegate*<long, int> blockRows,
        delegate*<long, int> packedBytes,
        delegate*<byte*, int*, long, byte*, void> pack,
        delegate*<int, int, TileArguments*, void> sum,
        delegate*<in LayerArguments, in GemmShape, TileArguments*, int, int, int, int, int, void> sumRows,
        delegate*<in LayerArguments, in GemmShape, TileArguments*, void> finishRows,
        delegate*<void> release,
        delegate*<MicroKernel> ofShort)
    {
        this.rows = rows;
        this.blockRows = blockRows;
        this.sum = sum;
        this.sumRows = sumRows;
        this.finishRows = finishRows;
        this.release = release;
        this.ofShort = ofShort;
        this.packedBytes = packedBytes;
        this.pack = pack;
    }

    /// <summary>None.</summary>
    internal static MicroKernel None => default;

    /// <summary>The micro-kernel of a type.</summary>
    /// <typeparam name="T">The type.</typeparam>
    internal static MicroKernel Of<T>()
        where T : IMicroKernel => new(&T.Rows, &T.BlockRows, &T.PackedBytes, &T.Pack, &T.Sum, &T.SumRows, &T.FinishRows, &T.Release, &T.OfShort)
        {
            TakesLimits = T.TakesLimits,
            NeedsLimits = T.NeedsLimits,
            AddsOutliers = T.AddsOutliers,
            SumsRows = T.SumsRows,
            MinRows = T.MinRows,
            MinGroups = T.MinGroups,
            MaxPanels = T.MaxPanels,
            WorkspaceBytes = T.WorkspaceBytes,
        };

    /// <summary>What sums products of so many groups of 4 inputs: this one, or where they are too short for it another one.</summary>
    internal MicroKernel For(long groups) => groups < MinGroups ? ofShort() : this;

    /// <summary>Whether there is one.</summary>
    internal bool Exists => sum != null;

    /// <summary>See <see cref="IMicroKernel.TakesLimits"/>.</summary>
    internal bool TakesLimits { get; private init; }

    /// <summary>See <see cref="IMicroKernel.NeedsLimits"/>.</summary>
    internal bool NeedsLimits { get; private init; }

    /// <summary>See <see cref="IMicroKernel.AddsOutliers"/>.</summary>
    internal bool AddsOutliers { get; private init; }

    /// <summary>See <see cref="IMicroKernel.SumsRows"/>.</summary>
    internal bool SumsRows { get; private init; }

    /// <summary>See <see cref="IMicroKernel.MinRows"/>; 0 for none.</summary>
    internal int MinRows { get; private init; }

    /// <summary>See <see cref="IMicroKernel.MinGroups"/>.</summary>
    private int MinGroups { get; init; }

    /// <summary>See <see cref="IMicroKernel.MaxPanels"/>; 0 for none.</summary>
    internal int MaxPanels { get; private init; }

    /// <summary>See <see cref="IMicroKernel.WorkspaceBytes"/>; 0 for none.</summary>
    internal int WorkspaceBytes { get; private init; }

    /// <summary>See <see cref="IMicroKernel.Rows"/>.</summary>
    internal int Rows(int panels, int left = int.MaxValue) => rows(panels, left);

    /// <summary>See <see cref="IMicroKernel.BlockRows"/>; for none, that of the path's own tiles.</summary>
    internal int BlockRows(long stride) => Exists ? blockRows(stride) : TileLayout.BlockRows(stride);

    /// <summary>See <see cref="IMicroKernel.PackedBytes"/>; 0 for none.</summary>
    internal int PackedBytes(long groups) => Exists ? packedBytes(groups) : 0;

    /// <summary>See <see cref="IMicroKernel.Pack"/>.</summary>
    internal void Pack(byte* panel, int* sums, long groups, byte* packed) => pack(panel, sums, groups, packed);

    /// <summary>See <see cref="IMicroKernel.Sum"/>.</summary>
    internal void Sum(int panels, int rows, TileArguments* tile) => sum(panels, rows, tile);

    /// <summary>See <see cref="IMicroKernel.SumRows"/>.</summary>
    internal void SumRows(in LayerArguments a, in GemmShape product, TileArguments* tile, int row, int rows, int panel, int endPanels, int panels) =>
        sumRows(a, product, tile, row, rows, panel, endPanels, panels);

    /// <summary>See <see cref="IMicroKernel.FinishRows"/>.</summary>
    internal void FinishRows(in LayerArguments a, in GemmShape product, TileArguments* tile)
    {
        if (SumsRows)
        {
            finishRows(a, product, tile);
        }
    }

    /// <summary>See <see cref="IMicroKernel.Release"/>.</summary>
    internal void Release()
    {
        if (Exists)
        {
            release();
        }
    }
}

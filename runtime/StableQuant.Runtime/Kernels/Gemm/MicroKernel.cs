using System.ComponentModel;
using StableQuant.Layout;

namespace StableQuant.Kernels.Gemm;

/// <summary>An <see cref="IMicroKernel"/>, or none: products then run on the instruction set's own dot product alone, by tiles that generated code unrolls.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly unsafe struct MicroKernel
{
    /// <summary>Panels of the widest tile.</summary>
    public const int MaxPanels = TileLayout.MaxPanels;

    /// <summary>The most that packed panels take, of stack: they stay in a cache.</summary>
    internal const int MaxPackedBytes = 256 * 1024;

    private readonly delegate*<int, int, int> rows;
    private readonly delegate*<int, int, TileArguments*, void> sum;
    private readonly delegate*<long, int> packedBytes;
    private readonly delegate*<byte*, int*, long, byte*, void> pack;

    private MicroKernel(
        delegate*<int, int, int> rows,
        delegate*<int, int, TileArguments*, void> sum,
        delegate*<long, int> packedBytes,
        delegate*<byte*, int*, long, byte*, void> pack)
    {
        this.rows = rows;
        this.sum = sum;
        this.packedBytes = packedBytes;
        this.pack = pack;
    }

    /// <summary>None.</summary>
    internal static MicroKernel None => default;

    /// <summary>The micro-kernel of a type.</summary>
    /// <typeparam name="T">The type.</typeparam>
    internal static MicroKernel Of<T>()
        where T : IMicroKernel => new(&T.Rows, &T.Sum, &T.PackedBytes, &T.Pack) { TakesLimits = T.TakesLimits, NeedsLimits = T.NeedsLimits, AddsOutliers = T.AddsOutliers };

    /// <summary>Whether there is one.</summary>
    internal bool Exists => sum != null;

    /// <summary>See <see cref="IMicroKernel.TakesLimits"/>.</summary>
    internal bool TakesLimits { get; private init; }

    /// <summary>See <see cref="IMicroKernel.NeedsLimits"/>.</summary>
    internal bool NeedsLimits { get; private init; }

    /// <summary>See <see cref="IMicroKernel.AddsOutliers"/>.</summary>
    internal bool AddsOutliers { get; private init; }

    /// <summary>Rows of its largest tile; 0 for none.</summary>
    internal int MaxRows => Rows(1);

    /// <summary>See <see cref="IMicroKernel.Rows"/>; 0 for none.</summary>
    internal int Rows(int panels, int left = int.MaxValue) => Exists ? rows(panels, left) : 0;

    /// <summary>See <see cref="IMicroKernel.PackedBytes"/>; 0 for none.</summary>
    internal int PackedBytes(long groups) => Exists ? packedBytes(groups) : 0;

    /// <summary>See <see cref="IMicroKernel.Pack"/>.</summary>
    internal void Pack(byte* panel, int* sums, long groups, byte* packed) => pack(panel, sums, groups, packed);

    /// <summary>See <see cref="IMicroKernel.Sum"/>.</summary>
    internal void Sum(int panels, int rows, TileArguments* tile) => sum(panels, rows, tile);
}

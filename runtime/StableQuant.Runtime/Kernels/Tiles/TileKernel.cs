namespace StableQuant.Runtime;

/// <summary>What sums the tiles of an int8 product; all give the same sums.</summary>
public enum TileKernel
{
    /// <summary>Nothing: the product runs on <see cref="IPath{TAccumulator, TWeights, TInput, TInt, TFloat}"/> alone.</summary>
    None,

    /// <summary><see cref="Avx512VnniTiles"/>, whatever the weights are.</summary>
    Avx512Vnni,

    /// <summary><see cref="Avx512Int16Tiles"/>, where some sums are known to fit int16.</summary>
    Avx512Int16,

    /// <summary><see cref="Avx2Int16Tiles"/>, whatever is known.</summary>
    Avx2Int16,
}

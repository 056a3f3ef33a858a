namespace StableQuant.Decoding;

/// <summary>Sorts spelled words by their symbols.</summary>
internal sealed class SymbolOrder : IComparer<ushort[]>
{
    public static readonly SymbolOrder Instance = new();

    public int Compare(ushort[]? x, ushort[]? y) => x.AsSpan().SequenceCompareTo(y);
}

#if STABLEQUANT_RUNTIME
namespace StableQuant.Layout;
#else
namespace StableQuant.Graph.Layout;
#endif

/// <summary>
/// How a weights file ends, so that a class which is compiled for its shape can mount it. Behind the constants lies the section: the shape's
/// SHA-256; four offsets of the head's constants (weights, sums or levels, multipliers, bias; −1 for those it has not); the number of grids, then
/// each grid's scale and zero point; the numbers of tokens, blank and space, then each token's length and UTF-16. Numbers are little-endian, of
/// 32 bits but for offsets, which have 64. Zeros make it a multiple of 64 bytes. The last 64 bytes are the footer: SHA-256 of all before it, the
/// section's offset, zeros, and <see cref="Magic"/> at the end.
/// </summary>
internal static class ShapeLayout
{
    /// <summary>Bytes of the footer.</summary>
    public const int FooterBytes = 64;

    /// <summary>Bytes of a SHA-256.</summary>
    public const int HashBytes = 32;

    /// <summary>Offsets of the head's constants.</summary>
    public const int HeadOffsets = 4;

    /// <summary>The offset of what the head has not.</summary>
    public const long None = -1;

    /// <summary>The largest vocabulary.</summary>
    public const int MaxTokens = 65536;

    /// <summary>Characters of the longest token.</summary>
    public const int MaxTokenCharacters = 256;

    /// <summary>The least scale, so that 1/scale is finite: the smallest normal number.</summary>
    public const float MinScale = 1.17549435e-38f;

    /// <summary>The largest scale: a product of three is finite.</summary>
    public const float MaxScale = 1e10f;

    /// <summary>The last 16 bytes of the file.</summary>
    public static ReadOnlySpan<byte> Magic => "StableQuantShape"u8;
}

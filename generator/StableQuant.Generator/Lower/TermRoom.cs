using StableQuant.Graph;

namespace StableQuant.Generator.Lower;

/// <summary>The working memory in which a product gathers its input's remainders, a block of rows at a time.</summary>
/// <param name="Terms">Terms of a block: room for a usual block's, and for those of a row whose every input has one.</param>
/// <param name="Frames">Frames that it reads at most.</param>
internal sealed record TermRoom(int Terms, int Frames)
{
    private const int TermBytes = 8;

    /// <summary>The room of a product, in which an output reads so many inputs of so many frames.</summary>
    public static TermRoom Of(int inputs, int taps) => new(2048 + inputs, 4096 + taps);

    /// <summary>Bytes: the terms, and where each frame's end.</summary>
    public int Bytes => (Terms * TermBytes + Frames * sizeof(int) + PanelLayout.Alignment - 1) / PanelLayout.Alignment * PanelLayout.Alignment;
}

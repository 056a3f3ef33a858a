using StableQuant.Generator.Lower;
using StableQuant.Graph;

namespace StableQuant.Generator.Emit;

/// <summary>
/// Which file a layer's methods are in: the convolutions of the feature extractor together, what makes features, each transformer block by itself (its file
/// is named as reports name the block), the head with what pools before it, and all else. A full-size block is a few hundred lines, which an editor opens at once.
/// </summary>
internal static class LayerGroup
{
    private const string Convolution = "conv";
    private const string Block = "block";
    private const string Tdnn = "tdnn";

    /// <summary>The name of a step's group, which a file's name can hold.</summary>
    public static string Of(Step step) =>
        IsNumbered(step.Layer, Convolution) ? "FeatureExtractor"
        : IsNumbered(step.Layer, Block) ? "Block" + step.Layer.Substring(Block.Length)
        : step.Layer == Operation.Features ? "FrontEnd"
        : step.Layer is "projector" or "pool" or "head" || IsNumbered(step.Layer, Tdnn) ? "Head"
        : "Encoder";

    private static bool IsNumbered(string layer, string kind) =>
        layer.StartsWith(kind, StringComparison.Ordinal) && layer.Length > kind.Length && layer.Skip(kind.Length).All(c => c is >= '0' and <= '9');
}

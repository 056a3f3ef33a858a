using StableQuant.Graph;
using StableQuant.Graph.Layout;

namespace StableQuant.Generator.Lower;

/// <summary>An int8 product's constants whose weights are stored as indices, and what is made of them when they are loaded, in memory that all products of the model share.</summary>
/// <param name="Stored">What the weights file holds.</param>
/// <param name="Panels">Where in that memory the packed weights lie, in bytes; null where the product expands them itself, some panels at a time.</param>
/// <param name="Sums">Where Σw of each output channel lies.</param>
/// <param name="Limits">Where what proves that sums of products fit int16 lies; null where no kernel has a use for it.</param>
internal sealed record ExpandedWeights(PackedIndices Stored, long? Panels, long Sums, long? Limits) : PackedIntegers(Stored.Weights, Stored.Multipliers, Stored.Bias)
{
    /// <summary>Gives each product of a description its place for what is made of its weights.</summary>
    public static ModelDescription Place(ModelDescription model)
    {
        long end = 0;
        long Next(long bytes)
        {
            long start = end;
            end += (bytes + PanelLayout.Alignment - 1) / PanelLayout.Alignment * PanelLayout.Alignment;
            return start;
        }

        long? Limits(Product p) => p.Input == Operation.Audio || p.IsDepthwise || PanelLayout.LimitBytes(p.GroupInputs) == 0
            ? null
            : Next(p.PackedGroups * PanelLayout.LimitBytes(p.PackedOutputs, p.GroupInputs) + PanelLayout.LimitSlack);

        PackedWeights? Packed(Product p) => p.Packed switch
        {
            PackedIndices stored => new ExpandedWeights(
                stored,
                ExpandsItself(p) ? null : Next(p.PackedGroups * PanelLayout.Bytes(p.PackedOutputs, p.GroupInputs)),
                Next((long)p.PackedGroups * PanelLayout.Padded(p.PackedOutputs) * sizeof(int)),
                Limits(p)),
            PackedInt8 stored when Limits(p) is { } limits => new LimitedWeights(stored, limits),
            _ => p.Packed,
        };

        Operation Placed(Operation operation) => operation is Product p ? p with { Packed = Packed(p) } : operation;

        return model with { Operations = new(model.Operations.Select(Placed)) };
    }

    // What is no product of matrices has few weights. Of the others, whose panels fit a cache.
    private static bool ExpandsItself(Product p) =>
        p.Input != Operation.Audio && !p.IsDepthwise && p is not Convolution2d && PanelLayout.Bytes(PanelLayout.Outputs, p.GroupInputs) <= TileLayout.MaxExpandedBytes;
}

using StableQuant.Graph;
using StableQuant.Graph.Layout;

namespace StableQuant.Generator.Lower;

/// <summary>An int8 product's constants whose weights are expanded when they are loaded, into memory that all such products of the model share.</summary>
/// <param name="Stored">What the weights file holds.</param>
/// <param name="Panels">Where in that memory the packed weights lie, in bytes.</param>
/// <param name="Sums">Where Σw of each output channel lies.</param>
internal sealed record ExpandedWeights(PackedIndices Stored, long Panels, long Sums) : PackedIntegers(Stored.Weights, Stored.Multipliers, Stored.Bias, Stored.Limits)
{
    /// <summary>Gives each product of a description whose weights are stored as indices its place.</summary>
    public static ModelDescription Place(ModelDescription model)
    {
        long end = 0;
        long Next(long bytes)
        {
            long start = end;
            end += (bytes + PanelLayout.Alignment - 1) / PanelLayout.Alignment * PanelLayout.Alignment;
            return start;
        }

        Operation Placed(Operation operation) => operation is not Product { Packed: PackedIndices stored } p ? operation : p with
        {
            Packed = new ExpandedWeights(
                stored,
                Next(p.PackedGroups * PanelLayout.Bytes(p.PackedOutputs, p.GroupInputs)),
                Next((long)p.PackedGroups * PanelLayout.Padded(p.PackedOutputs) * sizeof(int))),
        };

        return model with { Operations = new(model.Operations.Select(Placed)) };
    }
}

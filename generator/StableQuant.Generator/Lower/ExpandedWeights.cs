using StableQuant.Graph;
using StableQuant.Graph.Layout;

namespace StableQuant.Generator.Lower;

/// <summary>An int8 product's constants whose weights are expanded when they are loaded, into memory that all such products of the model share.</summary>
/// <param name="Stored">What the weights file holds.</param>
/// <param name="Panels">Where in that memory the packed weights lie, in bytes.</param>
/// <param name="Sums">Where Σw of each output channel lies.</param>
internal sealed record ExpandedWeights(PackedIndices Stored, long Panels, long Sums) : PackedIntegers(Stored.Weights, Stored.Multipliers, Stored.Bias, Stored.Limits)
{
    /// <summary>C# for where Σw of a head goes whose outputs are as many as mounted weights have tokens: right behind its panels, which are the last ones.</summary>
    /// <param name="head">The head.</param>
    /// <param name="tokens">C# for the number of tokens.</param>
    public string MountedSums(Linear head, string tokens) => $"{Panels} + ({tokens} + 15) / 16 * {PanelLayout.Bytes(PanelLayout.Outputs, head.InputChannels)}L";

    /// <summary>A description with all products as the weights file holds them.</summary>
    public static ModelDescription Restore(ModelDescription model) => model with
    {
        Operations = new(model.Operations.Select(operation => operation is Product { Packed: ExpandedWeights expanded } p ? p with { Packed = expanded.Stored } : operation)),
    };

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

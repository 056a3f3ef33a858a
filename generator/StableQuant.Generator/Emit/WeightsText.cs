using StableQuant.Generator.Lower;
using StableQuant.Graph;
using StableQuant.Graph.Layout;

namespace StableQuant.Generator.Emit;

/// <summary>Writes what the weights file must hold: the generator never opens it, so that the program checks it when it loads it.</summary>
internal static class WeightsText
{
    public static void Write(SourceWriter writer, LoweredModel network, ClassTarget target)
    {
        Operation[] operations = [.. network.Model.Operations];
        var zeroPoints = operations.OfType<Quantize>().ToDictionary(quantize => quantize.Name, quantize => quantize.ZeroPoint, StringComparer.Ordinal);
        bool mounts = target.Place == WeightsPlace.Mounted;
        Linear? head = mounts ? network.Model.VocabularyHead : null;
        string ZeroPoint(Product product) => !zeroPoints.TryGetValue(product.Input, out int zero) ? "0"
            : mounts ? $"weights.Grids[{Array.FindIndex([.. operations.OfType<Quantize>()], quantize => quantize.Name == product.Input)}].ZeroPoint"
            : $"{zero}";
        writer.Open($"{(mounts ? "unsafe " : "")}partial class {target.Name}");
        writer.Lines("/// <summary>What the weights file holds; checked when it is loaded, since kernels rely on it.</summary>");
        writer.Lines($"private static __SQ::Weights.WeightsContent WeightsContent{(mounts ? "(__SQ::Weights.MountedWeights weights)" : "")} => new(");
        writer.Lines("    [");
        writer.Lines("        // int8 products: offsets of weights and Σw, channel groups, outputs and inputs of each; where limits go, zero point of the inputs");
        WriteBlocks(writer, operations.OfType<Product>().Where(p => p.Packed is PackedInt8 or LimitedWeights).Select(p => ((Operation)p, p == head ? MountedInt8(head, ZeroPoint(p)) : Int8(p, ZeroPoint(p)))));
        writer.Lines("    ],");
        writer.Lines("    [");
        writer.Lines("        // floats: offset, count");
        WriteBlocks(writer, operations.SelectMany(operation => (operation == head ? MountedFloats(head) : Floats(operation)).Select(text => (operation, text))));
        if (operations.OfType<Product>().Any(p => p.Packed is ExpandedWeights))
        {
            writer.Lines("    ],");
            writer.Lines("    [");
            writer.Lines("        // int8 products stored as indices: bits, offsets of indices and levels, where they are expanded to (−1: by their kernel) and Σw goes, channel groups, outputs and inputs of each; where limits go, zero point of the inputs");
            WriteBlocks(writer, operations.OfType<Product>().Where(p => p.Packed is ExpandedWeights).Select(p => ((Operation)p, p == head ? MountedIndices(head, ZeroPoint(p)) : Indices(p, ZeroPoint(p)))));
        }

        writer.Lines("    ]);");
        writer.Close();
    }

    // Operations may share what they read.
    private static void WriteBlocks(SourceWriter writer, IEnumerable<(Operation Operation, string Arguments)> blocks)
    {
        foreach (IGrouping<string, Operation> same in blocks.GroupBy(block => block.Arguments, block => block.Operation))
        {
            writer.Lines($"        new({same.Key}), // {same.First().Name}{(same.Count() == 1 ? "" : $", and {same.Count() - 1} more")}");
        }
    }

    private static string Int8(Product product, string zeroPoint)
    {
        PackedInt8 stored = product.Packed as PackedInt8 ?? ((LimitedWeights)product.Packed!).Stored;
        return $"{stored.Weights}, {stored.Sums}, {Shape(product)}{Limits((product.Packed as LimitedWeights)?.Limits, zeroPoint)}";
    }

    private static string Indices(Product product, string zeroPoint)
    {
        var packed = (ExpandedWeights)product.Packed!;
        return $"{packed.Stored.Bits}, {packed.Weights}, {packed.Stored.Levels}, {packed.Panels ?? -1}, {packed.Sums}, {Shape(product)}{Limits(packed.Limits, zeroPoint)}";
    }

    private static string Shape(Product product) => $"{product.PackedGroups}, {product.PackedOutputs}, {product.GroupInputs}";

    private static string Limits(long? limits, string zeroPoint) => limits is { } offset ? $", {offset}, {zeroPoint}" : "";

    private static string MountedInt8(Linear head, string zeroPoint) =>
        $"weights.Head.Weights, weights.Head.SumsOrLevels, {MountedShape(head)}{Limits((head.Packed as LimitedWeights)?.Limits, zeroPoint)}";

    private static string MountedIndices(Linear head, string zeroPoint)
    {
        var packed = (ExpandedWeights)head.Packed!;
        (string sums, string limits) = ArgumentText.MountedPlaces(head, packed, "weights.Vocabulary.Count");
        return $"{packed.Stored.Bits}, weights.Head.Weights, weights.Head.SumsOrLevels, {packed.Panels ?? -1}, {sums}, {MountedShape(head)}{(packed.Limits is null ? "" : $", {limits}, {zeroPoint}")}";
    }

    private static string MountedShape(Linear head) => $"1, weights.Vocabulary.Count, {head.InputChannels}";

    private static string[] MountedFloats(Linear head)
    {
        const string Vector = "(weights.Vocabulary.Count + 15) / 16 * 16";
        return head.Packed is PackedIntegers
            ? [$"weights.Head.Multipliers, {Vector}", $"weights.Head.Bias, {Vector}"]
            : [$"weights.Head.Weights, {head.InputChannels}L * ({Vector})", $"weights.Head.Bias, {Vector}"];
    }

    private static IEnumerable<string> Floats(Operation operation)
    {
        if (operation is Product product)
        {
            int vector = product.PackedGroups * PanelLayout.Padded(product.PackedOutputs);
            return product.Packed switch
            {
                PackedIntegers p => [$"{p.Multipliers}, {vector}", $"{p.Bias}, {vector}"],
                PackedFloat p => [$"{p.Weights}, {product.PackedGroups * PanelLayout.FloatBytes(product.PackedOutputs, product.GroupInputs) / sizeof(float)}", $"{p.Bias}, {vector}"],
                _ => [],
            };
        }

        return operation switch
        {
            Norm { Packed: { } norm, Channels: var channels } => [$"{norm.Gain}, {channels}", $"{norm.Bias}, {channels}"],
            BiasedAttention { Packed: { } biases } a => [$"{biases.Biases}, {(long)a.Heads * PanelLayout.Padded(a.Distances)}", $"{biases.Gains}, {a.Heads}"],
            Sinusoids { Packed: { } rotations } s => [$"{rotations}, {RotationLayout.Floats(s.Channels / 2)}"],
            _ => [],
        };
    }
}

using System.Security.Cryptography;
using System.Text;

namespace StableQuant.Graph.Text;

/// <summary>
/// A model's shape: what a class that mounts weights has in its code. Two models have one shape where the same code runs both. Grids, the size
/// of the vocabulary and its tokens are the weights' own; names of sources, and what people measured, are nobody's.
/// </summary>
public static class ShapeText
{
    /// <summary>SHA-256 of the shape, 64 lower-case hexadecimal digits.</summary>
    /// <param name="model">The description; every product and norm in it is packed, and it has a <see cref="ModelDescription.VocabularyHead"/>.</param>
    public static string Fingerprint(ModelDescription model)
    {
        using var sha256 = SHA256.Create();
        return string.Concat(sha256.ComputeHash(Encoding.UTF8.GetBytes(Of(model))).Select(b => b.ToString("x2")));
    }

    /// <summary>The canonical text that it is the hash of: a description's, without what weights bring along.</summary>
    /// <param name="model">See <see cref="Fingerprint"/>.</param>
    public static string Of(ModelDescription model)
    {
        Linear head = model.VocabularyHead ?? throw new ArgumentException("The last operation is no linear layer: such models have no shape.", nameof(model));
        return DescriptionWriter.Write(model with
        {
            Name = "",
            Weights = new("", 0),
            Head = new Vocabulary(new([]), 0, 0),
            Receipt = new("", new([]), new([]), new([])),
            Operations = new(model.Operations.Select(operation => operation == head ? Of(head) : Of(operation))),
        });
    }

    private static Operation Of(Operation operation) => operation is Quantize grid
        ? grid with { Scale = 0, ZeroPoint = 0, Percentile = 0, Why = "" }
        : operation with { Source = "" };

    // Its weights lie behind all others', and what follows them where its outputs end.
    private static Linear Of(Linear head) => head with
    {
        Source = "",
        OutputChannels = 0,
        Packed = head.Packed switch
        {
            PackedInt8 => new PackedInt8(0, 0, 0, 0),
            PackedIndices p => new PackedIndices(p.Bits, 0, 0, 0, 0),
            _ => new PackedFloat(0, 0),
        },
    };
}

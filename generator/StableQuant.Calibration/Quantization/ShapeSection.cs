using System.Text;
using StableQuant.Graph;
using StableQuant.Graph.Layout;
using StableQuant.Graph.Text;

namespace StableQuant.Calibration.Quantization;

/// <summary>What stands behind a weights file's constants (<see cref="ShapeLayout"/>), so that a class of the same shape can mount them.</summary>
internal static class ShapeSection
{
    /// <summary>The bytes of a description's section; null for a model whose last operation is no linear layer.</summary>
    public static byte[]? Of(ModelDescription model)
    {
        if (model.VocabularyHead is not { } head)
        {
            return null;
        }

        var vocabulary = (Vocabulary)model.Head;
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes, Encoding.Unicode);
        writer.Write(Convert.FromHexString(ShapeText.Fingerprint(model)));
        foreach (long offset in Offsets(head.Packed!))
        {
            writer.Write(offset);
        }

        Quantize[] grids = [.. model.Operations.OfType<Quantize>()];
        writer.Write(grids.Length);
        foreach (Quantize grid in grids)
        {
            writer.Write(grid.Scale);
            writer.Write(grid.ZeroPoint);
        }

        writer.Write(vocabulary.Tokens.Count);
        writer.Write(vocabulary.Blank);
        writer.Write(vocabulary.WordDelimiter);
        foreach (string token in vocabulary.Tokens)
        {
            writer.Write(token.Length);
            writer.Write(Encoding.Unicode.GetBytes(token));
        }

        return bytes.ToArray();
    }

    private static long[] Offsets(PackedWeights packed) => packed switch
    {
        PackedInt8 p => [p.Weights, p.Sums, p.Multipliers, p.Bias],
        PackedIndices p => [p.Weights, p.Levels, p.Multipliers, p.Bias],
        _ => [packed.Weights, ShapeLayout.None, ShapeLayout.None, packed.Bias],
    };
}

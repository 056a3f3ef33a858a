using DataType = StableQuant.Calibration.Import.Onnx.TensorProto.Types.DataType;

namespace StableQuant.Calibration.Import.Onnx;

/// <summary>Which output of a model holds the logits, or the embedding: exports of speech models have hidden states, features and lengths beside them.</summary>
internal static class LogitsOutput
{
    /// <summary>What the embedding of an x-vector model is called; its logits are those of the speakers that it was trained with.</summary>
    public const string Embeddings = "embeddings";

    private const string Name = "logits";

    /// <summary>
    /// Chooses among outputs: the one that is named <c>embeddings</c>, or else <c>logits</c>, else the first of floats [batch, frames, width], else
    /// the first of floats [batch, width].
    /// </summary>
    /// <param name="outputs">The outputs: name, type of elements, and dimensions, −1 for one that is not fixed; no dimensions where the file does not say.</param>
    /// <param name="tokens">Tokens of the vocabulary, to which an output's width must fit; null if any will do.</param>
    /// <returns>Its index; −1 where there is none.</returns>
    public static int Choose(IReadOnlyList<(string Name, DataType Type, IReadOnlyList<long> Shape)> outputs, int? tokens = null)
    {
        int[] candidates = [.. Enumerable.Range(0, outputs.Count).Where(i =>
            outputs[i].Type is DataType.Float or DataType.Float16 or DataType.Bfloat16 or DataType.Double or DataType.Undefined
            && outputs[i].Shape.Count is 3 or 2 or 0
            && (tokens is null || outputs[i].Shape is not [.., > 0 and long width] || width == tokens))];
        int Named(string name) => candidates.FirstOrDefault(i => outputs[i].Name == name, -1);
        return new[] { Named(Embeddings), Named(Name), candidates.FirstOrDefault(i => outputs[i].Shape.Count != 2, -1) }.FirstOrDefault(i => i >= 0, candidates.FirstOrDefault(-1));
    }

    /// <summary>Chooses among outputs as a file declares them.</summary>
    public static int Choose(IEnumerable<ValueInfoProto> outputs) => Choose([.. outputs.Select(Described)]);

    /// <summary>How many logits a frame the chosen output has; null where the file does not say.</summary>
    public static int? WidthOf(IReadOnlyList<ValueInfoProto> outputs) =>
        Choose(outputs) is int chosen and >= 0 && Described(outputs[chosen]).Shape is [_, .., > 0 and <= int.MaxValue and long width] ? (int)width : null;

    /// <summary>Whether an output's name says that it is an embedding: of an x-vector model, or the last hidden states of a model without a head.</summary>
    public static bool IsEmbedding(string name) => name.Contains("embed", StringComparison.OrdinalIgnoreCase) || name.Contains("hidden", StringComparison.OrdinalIgnoreCase);

    /// <summary>The chosen output's name, and whether it has a vector for each utterance, not one for each frame; null where there is none.</summary>
    public static (string Name, bool IsUtterance)? Signature(IReadOnlyList<ValueInfoProto> outputs) =>
        Choose(outputs) is int chosen and >= 0 ? (outputs[chosen].Name, Described(outputs[chosen]).Shape.Count == 2) : null;

    private static (string Name, DataType Type, IReadOnlyList<long> Shape) Described(ValueInfoProto output) => (
        output.Name,
        (DataType)(output.Type?.TensorType?.ElemType ?? 0),
        [.. output.Type?.TensorType?.Shape?.Dim.Select(d => d.HasDimValue ? d.DimValue : -1) ?? []]);
}

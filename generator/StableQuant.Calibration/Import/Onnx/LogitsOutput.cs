using DataType = StableQuant.Calibration.Import.Onnx.TensorProto.Types.DataType;

namespace StableQuant.Calibration.Import.Onnx;

/// <summary>Which output of a model holds the logits: exports of speech models have hidden states, features and lengths beside them.</summary>
internal static class LogitsOutput
{
    private const string Name = "logits";

    /// <summary>Chooses among outputs: the one that is named <c>logits</c>, else the first of floats [batch, frames, width].</summary>
    /// <param name="outputs">The outputs: name, type of elements, and dimensions, −1 for one that is not fixed; no dimensions where the file does not say.</param>
    /// <param name="tokens">Tokens of the vocabulary, to which an output's width must fit; null if any will do.</param>
    /// <returns>Its index; −1 where there is none.</returns>
    public static int Choose(IReadOnlyList<(string Name, DataType Type, IReadOnlyList<long> Shape)> outputs, int? tokens = null)
    {
        int[] candidates = [.. Enumerable.Range(0, outputs.Count).Where(i =>
            outputs[i].Type is DataType.Float or DataType.Float16 or DataType.Bfloat16 or DataType.Double or DataType.Undefined
            && outputs[i].Shape.Count is 3 or 0
            && (tokens is null || outputs[i].Shape is not [_, _, > 0 and long width] || width == tokens))];
        return candidates.FirstOrDefault(i => outputs[i].Name == Name, candidates.FirstOrDefault(-1));
    }

    /// <summary>Chooses among outputs as a file declares them.</summary>
    public static int Choose(IEnumerable<ValueInfoProto> outputs) => Choose([.. outputs.Select(Described)]);

    /// <summary>How many logits a frame the chosen output has; null where the file does not say.</summary>
    public static int? WidthOf(IReadOnlyList<ValueInfoProto> outputs) =>
        Choose(outputs) is int chosen and >= 0 && Described(outputs[chosen]).Shape is [_, _, > 0 and <= int.MaxValue and long width] ? (int)width : null;

    private static (string Name, DataType Type, IReadOnlyList<long> Shape) Described(ValueInfoProto output) => (
        output.Name,
        (DataType)(output.Type?.TensorType?.ElemType ?? 0),
        [.. output.Type?.TensorType?.Shape?.Dim.Select(d => d.HasDimValue ? d.DimValue : -1) ?? []]);
}

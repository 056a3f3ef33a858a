using DataType = StableQuant.Calibration.Import.Onnx.TensorProto.Types.DataType;

namespace StableQuant.Calibration.Import.Onnx;

/// <summary>Inputs beside the audio that say how many samples an utterance has.</summary>
internal static class UtteranceLength
{
    private static readonly string[] Words = ["len", "size", "samples"];

    /// <summary>Whether an integer input is one. Only its name tells it from a mask of one sample, a rate or a language.</summary>
    public static bool IsNameOfOne(string input) => !AttentionMask.IsNameOfOne(input) && Words.Any(word => input.Contains(word, StringComparison.OrdinalIgnoreCase));

    /// <summary>Whether an input of a file is one: integers [batch], or with further axes of one.</summary>
    public static bool IsOne(ValueInfoProto input) =>
        (DataType)(input.Type?.TensorType?.ElemType ?? 0) is DataType.Int64 or DataType.Int32 && IsNameOfOne(input.Name);
}

namespace StableQuant.Calibration.Import.Onnx;

/// <summary>Masks of padding: inputs beside the audio, which are all ones for a single utterance.</summary>
internal static class AttentionMask
{
    /// <summary>
    /// Whether a float input is a mask. Only its name tells it from the audio; exporters keep what the models call it,
    /// <c>attention_mask</c> or <c>padding_mask</c>.
    /// </summary>
    public static bool IsNameOfOne(string input) => input.Contains("mask", StringComparison.OrdinalIgnoreCase);
}

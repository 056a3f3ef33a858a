namespace StableQuant.Calibration.Import.Onnx;

/// <summary>What a model file may ask for. The largest speech encoders stay an order of magnitude below each bound.</summary>
internal static class OnnxLimits
{
    /// <summary>Most bytes of an ONNX file: protobuf's own limit. Larger models keep their weights in external data.</summary>
    public const long MaxFileBytes = int.MaxValue;

    /// <summary>Most nodes of the graph, after functions have been inlined.</summary>
    public const int MaxNodes = 100_000;

    /// <summary>Most nested calls of model-local functions.</summary>
    public const int MaxFunctionDepth = 32;

    /// <summary>Lowest opset whose operator semantics are implemented: the first with the operators of masks and of GELU.</summary>
    public const int MinOpset = 9;

    /// <summary>Highest opset whose operator semantics are implemented.</summary>
    public const int MaxOpset = 25;
}

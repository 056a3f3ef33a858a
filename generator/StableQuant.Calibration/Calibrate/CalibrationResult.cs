using StableQuant.Calibration.Evaluate;
using StableQuant.Graph;

namespace StableQuant.Calibration.Calibrate;

/// <summary>What calibration made, and how well it does.</summary>
/// <param name="Float">The float model, on the holdout or else on the calibration speech.</param>
/// <param name="Quantized">The quantized model, on the same speech.</param>
/// <param name="Layers">What was decided for each layer.</param>
/// <param name="Receipt">What was measured on which speech.</param>
/// <param name="FloatBytes">Size of the ONNX file, external data included.</param>
/// <param name="QuantizedBytes">Size of description and weights.</param>
/// <param name="ModelPath">The <c>.sqmodel</c>.</param>
/// <param name="WeightsPath">The <c>.sqweights</c>.</param>
public sealed record CalibrationResult(
    EvaluationResult Float,
    EvaluationResult Quantized,
    IReadOnlyList<CalibratedLayer> Layers,
    Receipt Receipt,
    long FloatBytes,
    long QuantizedBytes,
    string ModelPath,
    string WeightsPath)
{
    /// <summary>Word error rate of the float model, a fraction.</summary>
    public double FloatWer => Float.Wer;

    /// <summary>Word error rate of the quantized model, a fraction.</summary>
    public double QuantizedWer => Quantized.Wer;
}

/// <summary>What calibration decided for one layer.</summary>
/// <param name="Name">The layer.</param>
/// <param name="Selected">Whether it was found to suffer from quantisation, so that its range was searched.</param>
/// <param name="Percentile">Share of its values, in percent, that the grid covers.</param>
/// <param name="WerWhenQuantizedAlone">Word error rate with this layer alone quantised, a fraction; null where it was not measured.</param>
public sealed record CalibratedLayer(string Name, bool Selected, double Percentile, double? WerWhenQuantizedAlone);

using Microsoft.ML.OnnxRuntime;
using StableQuant.Calibration.Calibrate;
using StableQuant.Calibration.Evaluate;
using StableQuant.Calibration.Export;
using StableQuant.Calibration.Float;
using StableQuant.Calibration.Import;
using StableQuant.Calibration.Quantization;
using StableQuant.Calibration.Simulate;
using StableQuant.Calibration.Speech;
using StableQuant.Graph;

namespace StableQuant.Calibration.Tests.Calibrate;

/// <summary>Rounded weights by what the whole model then makes, ONNX Runtime computing it.</summary>
public sealed class WeightRoundingTests : IDisposable
{
    private readonly FloatModel model = ModelImporter.Import(TestFiles.Data("tiny-hubert.onnx"));
    private readonly SearchSpeech speech;
    private readonly FloatWeights constants;

    public WeightRoundingTests()
    {
        constants = new FloatWeights(model);
        speech = new SearchSpeech(model, SpeechDataset.Load(TestFiles.Data("speech.tsv")), every: 3);
    }

    public void Dispose() => constants.Dispose();

    [Theory]
    [InlineData(4)]
    [InlineData(3)]
    public void In_turn_weights_make_up_for_those_before_them(int bits)
    {
        double apart = Distance(Rounded([bits], null), bits), inTurn = Distance(Rounded([], bits), bits);
        inTurn.ShouldBeInRange(apart / 10, apart * 0.97);
    }

    private Product[] Products => [.. model.Operations.OfType<Product>().Where(WeightRounding.IsRounded)];

    private QuantizedWeights Rounded(int[] bits, int? bitsInTurn)
    {
        var weights = new QuantizedWeights(model, leastSquares: true);
        new WeightRounding(model, constants, speech, threads: 2, new CalibrationLog(new ProgressOf<CalibrationProgress>(_ => { })), default).Run(Products, bits, bitsInTurn, weights);
        return weights;
    }

    // The mean square of what logits differ by.
    private double Distance(QuantizedWeights weights, int bits)
    {
        FloatModel rounded = model with { Parameters = model.Parameters.ToDictionary(p => p.Key, p => Products.SingleOrDefault(q => q.Name == p.Key) is { } product ? p.Value with { Weight = weights.Of(product, bits).Dequantize() } : p.Value) };
        using var roundedConstants = new FloatWeights(rounded);
        string[] logits = [model.Operations[^1].Name];
        using FloatSession session = new(model, constants, logits, threads: 1), roundedSession = new(rounded, roundedConstants, logits, threads: 1);
        return Enumerable.Range(0, speech.Count).Average(i =>
        {
            float[] input = speech.Load(i, default);
            using IDisposableReadOnlyCollection<OrtValue> a = session.Run(input), b = roundedSession.Run(input);
            float[] x = a[0].GetTensorDataAsSpan<float>().ToArray(), y = b[0].GetTensorDataAsSpan<float>().ToArray();
            return x.Zip(y, (p, q) => (p - q) * (p - q)).Average();
        });
    }
}

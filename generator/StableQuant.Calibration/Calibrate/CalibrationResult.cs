using StableQuant.Calibration.Evaluate;
using StableQuant.Calibration.Quantization;
using StableQuant.Graph;

namespace StableQuant.Calibration.Calibrate;

/// <summary>What calibration made, how well it does, and how it came about.</summary>
/// <param name="Sets">What was measured: the speech of the search, then the holdout where there is one.</param>
/// <param name="Probe">What was measured on speech unlike the calibration's; null where there was none. Without transcripts, the float model's are the reference.</param>
/// <param name="Attribution">Which parts of the model make it differ from float on the probe, each quantized alone: first the whole, its kinds of operands, its layers, then operands of the layers that diverge most. Empty where nobody asked.</param>
/// <param name="Layers">What was found out about each layer, and decided.</param>
/// <param name="Operands">The values that enter integer products, and their grids.</param>
/// <param name="Steps">Where the time went.</param>
/// <param name="Receipt">What the description says of all this.</param>
/// <param name="FloatBytes">Size of the ONNX file, external data included.</param>
/// <param name="QuantizedBytes">Size of description and weights.</param>
/// <param name="ModelPath">The <c>.sqmodel</c>.</param>
/// <param name="WeightsPath">The <c>.sqweights</c>.</param>
public sealed record CalibrationResult(
    IReadOnlyList<MeasuredSet> Sets,
    MeasuredSet? Probe,
    IReadOnlyList<AttributedPart> Attribution,
    IReadOnlyList<CalibratedLayer> Layers,
    IReadOnlyList<CalibratedOperand> Operands,
    IReadOnlyList<CalibrationStep> Steps,
    Receipt Receipt,
    long FloatBytes,
    long QuantizedBytes,
    string ModelPath,
    string WeightsPath)
{
    /// <summary>SHA-256 of the float model's file, in lower-case hexadecimal.</summary>
    public string ModelSha256 { get; init; } = "";

    /// <summary>SHA-256 of the weights, in lower-case hexadecimal, as the description states it.</summary>
    public string WeightsSha256 { get; init; } = "";

    /// <summary>What both models hear in silence and noise, sound by sound.</summary>
    public IReadOnlyList<HeardInNoise> Noise { get; init; } = [];

    /// <summary>The float model, on the holdout or else on the calibration speech.</summary>
    public EvaluationResult Float => Sets[^1].Float;

    /// <summary>The quantized model, on the same speech.</summary>
    public EvaluationResult Quantized => Sets[^1].Quantized;

    /// <summary>Word error rate of the float model, a fraction.</summary>
    public double FloatWer => Float.Wer;

    /// <summary>Word error rate of the quantized model, a fraction.</summary>
    public double QuantizedWer => Quantized.Wer;

    /// <summary>Bytes of the quantized model over those of the float one.</summary>
    public double SizeRatio => (double)QuantizedBytes / FloatBytes;
}

/// <summary>Both models on one data set.</summary>
/// <param name="Measurement">The rates and figures, as the receipt states them; the first figure is the error rate.</param>
/// <param name="Float">The float model.</param>
/// <param name="Quantized">The quantized model: the very code that ships.</param>
public sealed record MeasuredSet(Measurement Measurement, EvaluationResult Float, EvaluationResult Quantized)
{
    /// <summary>Measures both models on a data set.</summary>
    /// <param name="role">What it is for: <c>calibration</c>, <c>holdout</c> or <c>probe</c>.</param>
    /// <param name="name">Its name.</param>
    /// <param name="manifestSha256">SHA-256 of its manifest.</param>
    /// <param name="before">What the float model answered.</param>
    /// <param name="after">What the quantized model answered.</param>
    public static MeasuredSet Of(string role, string name, string manifestSha256, EvaluationResult before, EvaluationResult after)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        int utterances = before.Utterances.Count;
        int[] all = [.. Enumerable.Range(0, utterances)];
        MeasuredFigure[] changed = [.. ErrorFigure.All(before).Zip(ErrorFigure.All(after), (f, q) =>
        {
            (double low, double high) = Bootstrap.Interval(utterances, drawn => q.Of(drawn) - f.Of(drawn));
            return new MeasuredFigure(q.Name, f.Of(all), q.Of(all), low, high);
        })];
        MeasuredFigure[] apart = [.. ErrorFigure.Differing(before, after).Select(figure =>
        {
            var interval = RateInterval.Of(utterances, figure.Of);
            return new MeasuredFigure(figure.Name, null, interval.Value, interval.Low, interval.High);
        })];
        var measurement = new Measurement(role, name, utterances, after.Words, manifestSha256, before.Wer, after.Wer, apart[0].Quantized, before.Measure.Kind) { Figures = new([.. changed, .. apart]) };
        return new MeasuredSet(measurement, before, after);
    }

    /// <summary>Words of the quantized model that differ from those of the float model.</summary>
    public ErrorRate Differing => WordsDiffering(Float, Quantized);

    /// <summary>The 95 % interval of the change of the error rate from float to quantized, as fractions (<see cref="Bootstrap"/>).</summary>
    public (double Low, double High) ChangeInterval() => (Measurement.Figures[0].Low, Measurement.Figures[0].High);

    /// <summary>Words of one model that differ from another's, or what the measure counts in their place.</summary>
    /// <param name="reference">What the other model heard; its words are counted.</param>
    /// <param name="heard">What the model heard of the same utterances.</param>
    public static ErrorRate WordsDiffering(EvaluationResult reference, EvaluationResult heard)
    {
        ArgumentNullException.ThrowIfNull(reference);
        ArgumentNullException.ThrowIfNull(heard);
        return reference.Utterances.Zip(heard.Utterances, (r, h) => reference.Measure.Errors(r.Transcript.Text, h.Transcript.Text)).Aggregate(default(ErrorRate), ErrorRate.Add);
    }
}

/// <summary>One setting of one layer, and how the model did with only that layer quantized.</summary>
/// <param name="Percentile">Share of the values, in percent, that the layer's grids cover.</param>
/// <param name="Wer">Word error rate, a fraction.</param>
/// <param name="RiseLow">Lower end of the 95 % interval of its rise over the float model's (<see cref="Bootstrap"/>), a fraction.</param>
/// <param name="RiseHigh">Upper end of that interval.</param>
/// <param name="Divergence">
/// Divergence of the outputs from the float model's, a frame (Kullback–Leibler, nats; of embeddings the cosine distance): the larger of those on the
/// speech as it is and in another room.
/// </param>
/// <param name="SignalToNoise">Of the layer's products, the lowest ratio of the output's signal to the noise of its own rounding, dB.</param>
public sealed record LayerTrial(double Percentile, double Wer, double RiseLow, double RiseHigh, double Divergence, double SignalToNoise);

/// <summary>The weights of one layer in fewer bits, and how the model did with only them quantized.</summary>
/// <param name="Bits">Bits of a weight.</param>
/// <param name="Wer">Word error rate, a fraction.</param>
/// <param name="Divergence">See <see cref="LayerTrial"/>.</param>
/// <param name="Bytes">Bytes that they take in the weights file, their levels included.</param>
public sealed record WeightTrial(int Bits, double Wer, double Divergence, long Bytes);

/// <summary>What was found out about one layer, and decided.</summary>
/// <param name="Name">The layer.</param>
/// <param name="Selected">Whether it suffers under MAX, so that its percentile was searched.</param>
/// <param name="Why">The reason of that, or of what was done: <c>words</c>, <c>divergence</c>, <c>noise</c>, <c>resolution</c>, <c>whole model</c>, <c>float</c>, or the method's name.</param>
/// <param name="Percentile">Share of the calibration values, in percent, that its grids cover; of several operands the smallest.</param>
/// <param name="OutlierShare">Share of outliers among its operands' calibration values, a fraction: kept, or clipped.</param>
/// <param name="Trials">What was tried, MAX first; empty where the method tries nothing.</param>
public sealed record CalibratedLayer(string Name, bool Selected, string Why, double Percentile, double OutlierShare, IReadOnlyList<LayerTrial> Trials)
{
    /// <summary>Word error rate with this layer alone quantized by MAX, a fraction; null where it was not measured.</summary>
    public double? WerWhenQuantizedAlone => Trials.Count > 0 ? Trials[0].Wer : null;

    /// <summary>Whether the layer is left in float32.</summary>
    public bool IsFloat { get; init; }

    /// <summary>Bits of its weights, but for those of the audio's convolution and of depthwise ones, which are int8: 8, or 4 or 3 in which they are stored.</summary>
    public int WeightBits { get; init; } = 8;

    /// <summary>What was tried of fewer bits; empty where the weights are int8.</summary>
    public IReadOnlyList<WeightTrial> WeightTrials { get; init; } = [];

    /// <summary>
    /// Whether the percentile chosen does better than MAX on the holdout, too, with only this layer quantized: false flags
    /// a choice that fits the search's speech alone. Null where nothing was chosen or nothing held back.
    /// </summary>
    public bool? HelpsOnHoldout { get; init; }
}

/// <summary>One value that enters integer products.</summary>
/// <param name="Layer">The layer whose products read it.</param>
/// <param name="Name">The value: the operation that makes it.</param>
/// <param name="Recorded">The values that the float model makes of the calibration speech.</param>
/// <param name="Grid">Its grid.</param>
public sealed record CalibratedOperand(string Layer, string Name, Histogram Recorded, QuantizationGrid Grid);

/// <summary>What one step of calibration cost.</summary>
/// <param name="Name">The step.</param>
/// <param name="Passes">How often the calibration speech went through the model, or through that part of it that differs.</param>
/// <param name="Time">How long it took.</param>
public sealed record CalibrationStep(string Name, int Passes, TimeSpan Time);

using System.Text;
using StableQuant.Calibration.Compile;
using StableQuant.Calibration.Evaluate;
using StableQuant.Calibration.Import;
using StableQuant.Calibration.Import.Onnx;
using StableQuant.Graph;

namespace StableQuant.Calibration.Calibrate;

/// <summary>Calibration from a float model and speech to files: import, record, choose grids, quantise, measure, write.</summary>
public static class Calibrator
{
    /// <summary>Runs the calibration.</summary>
    /// <param name="request">What to do.</param>
    /// <param name="progress">Is told how far each step is.</param>
    /// <param name="cancellationToken">Ends the work; nothing is left behind then.</param>
    /// <exception cref="StableQuantException">The model or the data are unusable.</exception>
    public static CalibrationResult Run(CalibrationRequest request, IProgress<CalibrationProgress> progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(progress);
        var session = new Session(request, progress, cancellationToken);

        // What cannot end well ends before the long work.
        AtomicFiles.Check(request.OutputPath);
        AtomicFiles.Check(SqModelFile.WeightsPath(request.OutputPath));
        OnnxFile file = OnnxFile.Load(request.ModelPath);
        FloatModel model = OnnxImporter.Import(file);
        CheckVocabulary(request, model);
        Dictionary<string, Grid> grids = ChooseGrids(request, model, session.Record(file, model));
        QuantizedModel quantized = Quantizer.Quantize(model, grids, request.Vocabulary, new Receipt(request.Method.ToString().ToLowerInvariant(), new([])));

        List<(Measurement Measurement, EvaluationResult Float, EvaluationResult Quantized)> measured = session.Measure(quantized);
        quantized = quantized with
        {
            Description = quantized.Description with { Receipt = quantized.Description.Receipt with { Measurements = new(measured.Select(m => m.Measurement)) } },
        };
        (string path, string weightsPath) = Write(request.OutputPath, quantized, cancellationToken);
        return new CalibrationResult(
            measured[^1].Float,
            measured[^1].Quantized,
            Layers(model, grids),
            file.Bytes,
            new FileInfo(path).Length + new FileInfo(weightsPath).Length,
            path,
            weightsPath);
    }

    private static void CheckVocabulary(CalibrationRequest request, FloatModel model)
    {
        int logits = model.Operations.OfType<Linear>().Last().OutputChannels;
        if (logits != request.Vocabulary.Tokens.Count)
        {
            throw new StableQuantException(FormattableString.Invariant(
                $"{request.ModelPath}: makes {logits} logits a frame, but the vocabulary has {request.Vocabulary.Tokens.Count} tokens; name the vocabulary that belongs to the model."));
        }
    }

    private static Dictionary<string, Grid> ChooseGrids(CalibrationRequest request, FloatModel model, Dictionary<string, Histogram> recorded)
    {
        (double percentile, string why) = request.Method switch
        {
            CalibrationMethod.Max => (100, "max"),
            CalibrationMethod.Percentile => (request.Percentile, "percentile"),
            _ => throw new ArgumentOutOfRangeException(nameof(request)),
        };
        HashSet<string> inAttention = [.. model.Operations.OfType<Attention>().SelectMany(a => a.Inputs)];
        return Quantizer.Operands(model).ToDictionary(
            operand => operand.Key,
            operand => request.Outliers == Outliers.Keep && inAttention.Contains(operand.Key)
                ? Grid.Covering(operand.Value, recorded[operand.Key], 100, Outliers.Clip, "attention")
                : Grid.Covering(operand.Value, recorded[operand.Key], percentile, request.Outliers, why),
            StringComparer.Ordinal);
    }

    private static IReadOnlyList<CalibratedLayer> Layers(FloatModel model, Dictionary<string, Grid> grids) =>
        [.. model.Operations.Where(o => o is Convolution or Linear or Attention).GroupBy(o => o.Layer).Select(layer => new CalibratedLayer(
            layer.Key,
            Selected: false,
            layer.SelectMany(o => o.Inputs).Select(input => grids.TryGetValue(input, out Grid? grid) ? grid.Percentile : 100).Min(),
            WerWhenQuantizedAlone: null))];

    private static (string Path, string WeightsPath) Write(string outputPath, QuantizedModel quantized, CancellationToken cancellationToken)
    {
        string weightsPath = SqModelFile.WeightsPath(outputPath);
        using var files = new AtomicFiles();
        File.WriteAllBytes(files.Add(weightsPath), quantized.Weights);
        File.WriteAllText(files.Add(outputPath), quantized.Text, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        cancellationToken.ThrowIfCancellationRequested();
        files.Commit();
        return (outputPath, weightsPath);
    }

    /// <summary>One run's request and its progress.</summary>
    private sealed class Session(CalibrationRequest request, IProgress<CalibrationProgress> progress, CancellationToken cancellationToken)
    {
        /// <summary>Step: one pass over the data that records every operand of a product.</summary>
        public Dictionary<string, Histogram> Record(OnnxFile file, FloatModel model)
        {
            string[] operands = [.. Quantizer.Operands(model).Keys];
            IReadOnlyList<Histogram> histograms = ActivationRecorder.Record(
                file, request.Vocabulary.Tokens.Count, [.. operands.Select(o => model.OnnxValues[o])],
                request.Data, request.Threads, Reports("record activations"), cancellationToken);
            return operands.Zip(histograms).ToDictionary(pair => pair.First, pair => pair.Second, StringComparer.Ordinal);
        }

        /// <summary>Step: word error rates of both models, on the calibration data and on the holdout.</summary>
        public List<(Measurement Measurement, EvaluationResult Float, EvaluationResult Quantized)> Measure(QuantizedModel quantized)
        {
            using OnnxModelSource floatModel = OnnxModelSource.Load(request.ModelPath, request.Vocabulary);
            using CompiledModelSource compiled = CompiledModelSource.Compile(quantized, SqModelFile.WeightsPath(request.OutputPath));
            var measured = new List<(Measurement, EvaluationResult, EvaluationResult)>();
            foreach ((string role, SpeechDataset data) in new[] { ("calibration", request.Data), ("holdout", request.Holdout!) }.Where(set => set.Item2 is not null))
            {
                IReadOnlyList<Transcript> heard = Evaluator.Transcribe(floatModel, data, request.Threads, Reports($"float model on {data.Name}"), cancellationToken);
                SpeechDataset reference = data.HasTranscripts ? data : data.WithTranscripts([.. heard.Select(t => t.Text)]);
                EvaluationResult floatResult = Evaluator.Score(reference, heard);
                EvaluationResult result = Evaluator.Run(compiled, reference, request.Threads, Reports($"int8 model on {data.Name}"), cancellationToken);
                measured.Add((
                    new Measurement(role, data.Name, data.Utterances.Count, result.Words, data.ManifestSha256, floatResult.Wer, result.Wer),
                    floatResult,
                    result));
            }

            return measured;
        }

        private Progress Reports(string step) => new(p => progress.Report(new CalibrationProgress(step, p.Done, p.Total)));
    }

    private sealed class Progress(Action<EvaluationProgress> report) : IProgress<EvaluationProgress>
    {
        public void Report(EvaluationProgress value) => report(value);
    }
}

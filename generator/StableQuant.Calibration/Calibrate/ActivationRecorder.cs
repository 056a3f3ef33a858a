using Microsoft.ML.OnnxRuntime;
using StableQuant.Calibration.Evaluate;
using StableQuant.Calibration.Export;
using StableQuant.Calibration.Float;
using StableQuant.Calibration.Quantization;
using StableQuant.Calibration.Speech;

namespace StableQuant.Calibration.Calibrate;

/// <summary>Records the values that a float model makes of speech, in one pass through ONNX Runtime.</summary>
internal static class ActivationRecorder
{
    /// <summary>Records.</summary>
    /// <param name="model">The model.</param>
    /// <param name="weights">Its constants.</param>
    /// <param name="operations">The operations whose results are wanted.</param>
    /// <param name="data">The speech.</param>
    /// <param name="threads">Utterances in work at a time; the result does not depend on it.</param>
    /// <param name="progress">Is told when an utterance is done.</param>
    /// <param name="cancellationToken">Ends the work between two utterances.</param>
    /// <returns>A histogram for each operation, in the order of <paramref name="operations"/>.</returns>
    public static IReadOnlyList<Histogram> Record(
        FloatModel model, FloatWeights weights, IReadOnlyList<string> operations, SpeechDataset data, int threads,
        IProgress<EvaluationProgress>? progress, CancellationToken cancellationToken)
    {
        using var session = new FloatSession(model, weights, operations, threads: 1);
        Histogram[] total = [.. operations.Select(_ => new Histogram())];
        ParallelWork.Run(data.Utterances.Count, threads, () => new Recording(session, model, data, total), progress, cancellationToken);
        return total;
    }

    /// <summary>One thread's work: its own histograms, added to the total at the end. Adding them is exact in any order.</summary>
    private sealed class Recording(FloatSession session, FloatModel model, SpeechDataset data, Histogram[] total) : IParallelWorker
    {
        private readonly Histogram[] own = [.. total.Select(_ => new Histogram())];
        private readonly int minSamples = new FrameGeometry(model).MinSamples;

        public void Process(int index, CancellationToken cancellationToken)
        {
            float[] pcm = Transcriber.Load(data.Utterances[index], minSamples, cancellationToken);
            using IDisposableReadOnlyCollection<OrtValue> outputs = session.Run(model.FrontEnd.Apply(pcm));
            for (int i = 0; i < own.Length; i++)
            {
                own[i].Add(outputs[i].GetTensorDataAsSpan<float>());
            }
        }

        public void Dispose()
        {
            lock (total)
            {
                for (int i = 0; i < own.Length; i++)
                {
                    total[i].Add(own[i]);
                }
            }
        }
    }
}

using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using StableQuant.Calibration.Evaluate;
using StableQuant.Calibration.Import.Onnx;
using StableQuant.Calibration.Quantization;
using StableQuant.Calibration.Speech;

namespace StableQuant.Calibration.Calibrate;

/// <summary>Records the values that a float model makes of speech, in one pass through ONNX Runtime.</summary>
internal static class ActivationRecorder
{
    /// <summary>Records.</summary>
    /// <param name="file">The model.</param>
    /// <param name="vocabularySize">Width of its logits.</param>
    /// <param name="values">The ONNX values wanted.</param>
    /// <param name="data">The speech.</param>
    /// <param name="threads">Utterances in work at a time; the result does not depend on it.</param>
    /// <param name="progress">Is told when an utterance is done.</param>
    /// <param name="cancellationToken">Ends the work between two utterances.</param>
    /// <returns>A histogram for each value, in the order of <paramref name="values"/>.</returns>
    public static IReadOnlyList<Histogram> Record(
        OnnxFile file, int vocabularySize, IReadOnlyList<string> values, SpeechDataset data, int threads,
        IProgress<EvaluationProgress>? progress, CancellationToken cancellationToken)
    {
        using OnnxSession session = OnnxSession.Open(file.Path, WithOutputs(file, values), vocabularySize, intraOpThreads: 1);
        Histogram[] total = [.. values.Select(_ => new Histogram())];
        ParallelWork.Run(data.Utterances.Count, threads, () => new Recording(session, values, data, total), progress, cancellationToken);
        return total;
    }

    /// <summary>The model with more outputs.</summary>
    private static byte[] WithOutputs(OnnxFile file, IReadOnlyList<string> values)
    {
        ModelProto model = file.ToSelfContained();
        foreach (string value in values.Where(value => model.Graph.Output.All(output => output.Name != value)))
        {
            var tensor = new TypeProto.Types.Tensor { ElemType = (int)TensorProto.Types.DataType.Float };
            model.Graph.Output.Add(new ValueInfoProto { Name = value, Type = new TypeProto { TensorType = tensor } });
        }

        return model.ToByteArray();
    }

    /// <summary>One thread's work: its own histograms, added to the total at the end. Adding them is exact in any order.</summary>
    private sealed class Recording(OnnxSession session, IReadOnlyList<string> values, SpeechDataset data, Histogram[] total) : IParallelWorker
    {
        private readonly Histogram[] own = [.. values.Select(_ => new Histogram())];
        private readonly RunOptions options = new();

        public void Process(int index, CancellationToken cancellationToken)
        {
            float[] pcm = Transcriber.Load(data.Utterances[index], OnnxSpeechModel.ReceptiveField, cancellationToken);
            using IDisposableReadOnlyCollection<OrtValue> outputs = session.Run(OnnxSession.Normalize(pcm), values.ToArray(), options);
            for (int i = 0; i < own.Length; i++)
            {
                own[i].Add(outputs[i].GetTensorDataAsSpan<float>());
            }
        }

        public void Dispose()
        {
            options.Dispose();
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

using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using StableQuant.Audio;
using StableQuant.Calibration.Float;
using StableQuant.Calibration.Import.Onnx;
using StableQuant.Calibration.Quantization;
using StableQuant.Calibration.Speech;

namespace StableQuant.Benchmarks.Models;

/// <summary>Records values of an ONNX file as it stands, for the ranges of a <see cref="StaticPeer"/>.</summary>
internal static class PeerRanges
{
    /// <summary>Records values over speech; one histogram a value, in their order.</summary>
    public static IReadOnlyList<Histogram> Record(OnnxFile file, IReadOnlyList<string> values, SpeechDataset data)
    {
        ModelProto model = file.ToSelfContained();
        foreach (string value in values.Where(value => model.Graph.Output.All(output => output.Name != value)))
        {
            var tensor = new TypeProto.Types.Tensor { ElemType = (int)TensorProto.Types.DataType.Float };
            model.Graph.Output.Add(new ValueInfoProto { Name = value, Type = new TypeProto { TensorType = tensor } });
        }

        using var settings = new SessionOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
        using var session = new InferenceSession(model.ToByteArray(), settings);
        using var options = new RunOptions();
        Histogram[] recorded = [.. values.Select(_ => new Histogram())];
        foreach (Utterance utterance in data.Utterances)
        {
            float[] samples = FloatFrontEnd.Normalized.Apply(AudioFile.Load16k(utterance.AudioPath));
            using OrtValue input = OrtValue.CreateTensorValueFromMemory(samples, [1, samples.Length]);
            using IDisposableReadOnlyCollection<OrtValue> outputs = session.Run(options, [session.InputNames.Single()], [input], values);
            for (int i = 0; i < recorded.Length; i++)
            {
                recorded[i].Add(outputs[i].GetTensorDataAsSpan<float>());
            }
        }

        return recorded;
    }
}

using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using StableQuant.Calibration.Import.Onnx;
using StableQuant.Calibration.Quantization;
using StableQuant.Calibration.Speech;

namespace StableQuant.Benchmarks.Models;

/// <summary>Files of int8 models for ONNX Runtime, made as its own quantizers make them.</summary>
internal static class Peers
{
    /// <summary>Folds constants, as ONNX Runtime's quantizers ask for before they begin.</summary>
    public static void Fold(string source, string target)
    {
        using var options = new SessionOptions
        {
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_BASIC,
            OptimizedModelFilePath = target,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
        };
        options.AddSessionConfigEntry("optimization.disable_specified_optimizers", "ConstantSharing");
        new InferenceSession(source, options).Dispose();
    }

    /// <summary>Writes a <see cref="StaticPeer"/>.</summary>
    /// <param name="folded">The float model, its constants folded.</param>
    /// <param name="target">The file to write.</param>
    /// <param name="data">Speech to record ranges with.</param>
    public static void WriteStatic(string folded, string target, SpeechDataset data)
    {
        OnnxFile file = OnnxFile.Load(folded);
        string[] values = StaticPeer.Values(file.Model.Graph);
        IReadOnlyList<Histogram> recorded = PeerRanges.Record(file, values, data);
        StaticPeer.Write(file.Model, values.Zip(recorded).ToDictionary(pair => pair.First, pair => pair.Second, StringComparer.Ordinal));
        Write(file.Model, target);
    }

    /// <summary>Writes a <see cref="DynamicPeer"/>.</summary>
    /// <param name="folded">The float model, its constants folded.</param>
    /// <param name="target">The file to write.</param>
    public static void WriteDynamic(string folded, string target)
    {
        ModelProto model = OnnxFile.Load(folded).Model;
        DynamicPeer.Write(model);
        Write(model, target);
    }

    private static void Write(ModelProto model, string path)
    {
        using FileStream stream = File.Create(path);
        model.WriteTo(stream);
    }
}

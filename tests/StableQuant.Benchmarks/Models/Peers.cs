using System.Globalization;
using System.Runtime.InteropServices;
using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using StableQuant.Calibration.Export;
using StableQuant.Calibration.Float;
using StableQuant.Calibration.Import;
using StableQuant.Calibration.Import.Onnx;
using StableQuant.Calibration.Quantization;
using StableQuant.Calibration.Speech;

namespace StableQuant.Benchmarks.Models;

/// <summary>Files of models for ONNX Runtime: int8 ones, made as its own quantizers make them, and float ones of checkpoints.</summary>
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

    /// <summary>Writes a float model of a Hugging Face folder as ONNX, with the constants in a file beside it.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="target">The file to write.</param>
    /// <param name="data">The file for the constants, which must stay in that one's folder.</param>
    public static void WriteFloat(string folder, string target, string data)
    {
        FloatModel model = CheckpointImporter.Import(folder);
        using var weights = new FloatWeights(model);
        WrittenGraph written = FloatGraph.Write(model, weights, [model.Operations[^1].Name]);
        ModelProto onnx = ModelProto.Parser.ParseFrom(written.Model);
        using (FileStream stream = File.Create(data))
        {
            foreach ((string name, NativeTensor value) in written.Weights)
            {
                onnx.Graph.Input.Remove(onnx.Graph.Input.Single(input => input.Name == name));
                onnx.Graph.Initializer.Add(External(name, value, Path.GetFileName(data), stream.Position));
                stream.Write(MemoryMarshal.AsBytes(value.Elements));
            }
        }

        Write(onnx, target);
    }

    private static TensorProto External(string name, NativeTensor value, string file, long offset)
    {
        var tensor = new TensorProto { Name = name, DataType = (int)TensorProto.Types.DataType.Float, DataLocation = TensorProto.Types.DataLocation.External };
        tensor.Dims.AddRange(value.Shape);
        tensor.ExternalData.Add(
        [
            new StringStringEntryProto { Key = "location", Value = file },
            new StringStringEntryProto { Key = "offset", Value = offset.ToString(CultureInfo.InvariantCulture) },
            new StringStringEntryProto { Key = "length", Value = ((long)value.Elements.Length * sizeof(float)).ToString(CultureInfo.InvariantCulture) },
        ]);
        return tensor;
    }

    private static void Write(ModelProto model, string path)
    {
        using FileStream stream = File.Create(path);
        model.WriteTo(stream);
    }
}

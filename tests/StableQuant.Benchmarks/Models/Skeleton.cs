using System.Globalization;
using System.Text.Json;
using Google.Protobuf;
using StableQuant.Calibration.Import.Onnx;

namespace StableQuant.Benchmarks.Models;

/// <summary>
/// Models without their weights: the metadata entry <c>stripped</c> of a <c>.skel.onnx</c> is a JSON object, tensor name →
/// [dimensions, type, mean, standard deviation]. Filled with seeded normal values they are as fast as the real model, as
/// speed does not depend on the values.
/// </summary>
internal static class Skeleton
{
    /// <summary>What the name of a skeleton's file ends in.</summary>
    public const string Ending = ".skel.onnx";

    private const string Metadata = "stripped";
    private const int Seed = 1;

    /// <summary>What stands before the name of a tensor that is the output of a Constant node.</summary>
    private const string ConstantPrefix = "const:";

    /// <summary>Fills a skeleton into a new file.</summary>
    /// <exception cref="InvalidDataException">It is no skeleton.</exception>
    public static void Fill(string source, string target)
    {
        ModelProto model = ModelProto.Parser.ParseFrom(File.ReadAllBytes(source));
        Fill(model);
        using FileStream stream = File.Create(target);
        model.WriteTo(stream);
    }

    /// <summary>Fills a skeleton. The same file gives the same bytes, everywhere.</summary>
    /// <exception cref="InvalidDataException">It is no skeleton.</exception>
    public static void Fill(ModelProto model)
    {
        StringStringEntryProto entry = model.MetadataProps.FirstOrDefault(p => p.Key == Metadata)
            ?? throw new InvalidDataException($"no skeleton: the model has no metadata entry '{Metadata}'.");
        using JsonDocument stripped = JsonDocument.Parse(entry.Value);
        var random = new Random(Seed);
        foreach ((string name, TensorProto tensor) in Tensors(model.Graph))
        {
            if (stripped.RootElement.TryGetProperty(name, out JsonElement statistics))
            {
                Fill(tensor, name, statistics, random);
            }
        }

        model.MetadataProps.Remove(entry);
    }

    private static IEnumerable<(string Name, TensorProto Tensor)> Tensors(GraphProto graph) =>
        graph.Initializer.Select(tensor => (tensor.Name, tensor)).Concat(
            from node in graph.Node
            where node.OpType == "Constant"
            from attribute in node.Attribute
            where attribute.T is not null
            select (ConstantPrefix + node.Output[0], attribute.T));

    private static void Fill(TensorProto tensor, string name, JsonElement statistics, Random random)
    {
        long[] dimensions = [.. statistics[0].EnumerateArray().Select(d => d.GetInt64())];
        string type = statistics[1].GetString()!;
        double mean = statistics[2].GetDouble();
        double deviation = statistics[3].GetDouble();
        int count = checked((int)dimensions.Aggregate(1L, (product, d) => product * d));

        byte[] bytes = type switch
        {
            // Quantized weights come with scales, which must be positive.
            "float32" when name.Contains("scale", StringComparison.Ordinal) => NormalValues.Draw(count, random, x => MathF.Abs((float)(mean + deviation * x)) + 1e-5f),
            "float32" => NormalValues.Draw(count, random, x => (float)(mean + deviation * x)),
            "int8" => NormalValues.Draw(count, random, x => (sbyte)Math.Clamp(Math.Round(mean + deviation * x), -127, 127)),
            "uint8" => NormalValues.Draw(count, random, x => (byte)Math.Clamp(Math.Round(mean + deviation * x), 0, 255)),
            "int32" => NormalValues.Draw(count, random, _ => (int)Math.Round(mean)),
            "int64" => NormalValues.Draw(count, random, _ => (long)Math.Round(mean)),
            _ => throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture, $"skeleton: '{name}' is of type {type}, which is not known here.")),
        };
        tensor.Dims.Clear();
        tensor.Dims.Add(dimensions);
        tensor.RawData = UnsafeByteOperations.UnsafeWrap(bytes);
    }
}

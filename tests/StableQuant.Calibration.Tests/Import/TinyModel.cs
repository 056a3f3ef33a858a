using System.Runtime.InteropServices;
using Google.Protobuf;
using StableQuant.Calibration.Float;
using StableQuant.Calibration.Import;
using StableQuant.Calibration.Import.Onnx;

namespace StableQuant.Calibration.Tests.Import;

/// <summary>The untrained miniatures in Models/, with an input and the logits that PyTorch gave for it.</summary>
internal static class TinyModel
{
    public const string GroupNorm = "w2v2group-ts17";
    public const string LayerNorm = "w2v2layer-ts17";

    public static string PathOf(string name) => Path.Combine(AppContext.BaseDirectory, "Models", name + ".onnx");

    public static float[] Input(string name) => Floats(name + ".input.f32");

    public static float[] Logits(string name) => Floats(name + ".logits.f32");

    public static ModelProto Load(string name) => ModelProto.Parser.ParseFrom(File.ReadAllBytes(PathOf(name)));

    /// <summary>Imports an edited model from a file of its own.</summary>
    public static FloatModel Import(ModelProto model)
    {
        using TemporaryFolder folder = new();
        return OnnxImporter.Import(folder.Write("edited.onnx", model.ToByteArray()));
    }

    /// <summary>Imports a model that must be refused.</summary>
    public static ImportException Refused(ModelProto model) => Should.Throw<ImportException>(() => Import(model));

    /// <summary>The largest difference from PyTorch's logits, as a share of the largest logit.</summary>
    public static double Difference(FloatModel model, string name, float factor = 1)
    {
        float[] logits = new ReferenceExecutor(model).Run(Input(name), out int frames);
        float[] expected = [.. Logits(name).Select(l => l * factor)];
        frames.ShouldBe(62);
        logits.Length.ShouldBe(expected.Length);
        return logits.Zip(expected, (a, b) => Math.Abs(a - b)).Max() / expected.Max(Math.Abs);
    }

    private static float[] Floats(string file) =>
        MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Models", file))).ToArray();
}

using System.Globalization;
using StableQuant.Audio;
using StableQuant.Calibration.Calibrate;
using StableQuant.Calibration.Compile;
using StableQuant.Calibration.Import;
using StableQuant.Calibration.Import.Onnx;
using StableQuant.Calibration.Quantization;
using StableQuant.Graph;
using Xunit.Abstractions;

namespace StableQuant.Calibration.Tests.Simulate;

/// <summary>Operation by operation: words are deaf to small errors, the values within the model are not.</summary>
[Trait("Ring", "Full")]
public sealed class OperationTests(ITestOutputHelper output)
{
    private static readonly OnnxFile File = OnnxFile.Load(TestFiles.FloatCommands);
    private static readonly IReadOnlyDictionary<string, string> Values = OnnxImporter.Import(File).OnnxValues;
    private static readonly (ModelDescription Description, byte[] Weights) Model = Calibrated();
    private static readonly ModelDescription Description = Model.Description;
    private static readonly float[] Pcm = AudioFile.Load16k(Path.Combine(Path.GetDirectoryName(TestFiles.Recordings)!, "0000.wav"));

    // What the tests ask for: simulated once with the description's grids and once without, compiled once each.
    private static readonly string[] Operations =
    [
        "conv0.gelu", "conv1", "conv2", "conv4", "conv5", "conv6", "projection.norm", "projection", "position", "encoder.norm", "block0.query", "block0.key", "block0.value",
        "block0.attention", "block0.output", "block0.gelu", "block0.down", "block0.norm", "block5.norm", "head",
    ];
    private static readonly Dictionary<string, float[]> Expected = Simulated(Description, Operations);
    private static readonly Dictionary<string, float[]> Unquantized = Simulated(Description with { Operations = new([]) }, Operations);
    private static readonly Dictionary<string, float[]> Made = [];

    // A value in the middle between two steps goes one way in the compiled model and the other in the simulation, whose
    // sums run in another order. It is one value in a hundred thousand behind the first convolution; each one tips over
    // others, about three times as many a layer, until they are everywhere. In the convolutions that is under a
    // twentieth of what the grids do (measured: 0.0001 to 0.050), in the transformer up to a fifth (0.06 to 0.20).
    private const double InConvolutions = 0.1;
    private const double InTransformer = 0.3;

    [Fact]
    public void Before_the_first_grid_only_float32_rounds()
    {
        float[] expected = Expected["conv0.gelu"];
        MeanDifference(Compiled("conv0.gelu"), expected).ShouldBeLessThan(1e-6 * expected.Average(x => Math.Abs((double)x)));
    }

    [Theory]
    [InlineData("conv1", 0.001)]
    [InlineData("conv2", 0.005)]
    [InlineData("conv6", InConvolutions)]
    [InlineData("projection", InConvolutions)]
    [InlineData("position", InConvolutions)]
    [InlineData("encoder.norm", InConvolutions)]
    [InlineData("block0.query", InConvolutions)]
    [InlineData("block0.attention", InTransformer)]
    [InlineData("block0.output", InTransformer)]
    [InlineData("block0.down", InTransformer)]
    [InlineData("block0.norm", InTransformer)]
    [InlineData("block5.norm", InTransformer)]
    [InlineData("head", InTransformer)]
    public void An_operation_makes_what_its_simulation_makes(string name, double allowed) =>
        Deviation(Expected, name).ShouldBeLessThan(allowed);

    [Theory]
    [InlineData("conv1.gelu.u8", 1.1f, "conv1", "conv2", InConvolutions)]
    [InlineData("conv4.gelu.u8", 1.1f, "conv4", "conv5", InConvolutions)]
    [InlineData("projection.norm.u8", 2f, "projection.norm", "projection", InConvolutions)]
    [InlineData("projection.u8", 4f, "projection", "position", InConvolutions)]
    [InlineData("encoder.norm.u8", 4f, "encoder.norm", "block0.query", InConvolutions)]
    [InlineData("block0.query.u8", 16f, "block0.query", "block0.attention", InTransformer)]
    [InlineData("block0.key.s8", 32f, "block0.key", "block0.attention", InTransformer)]
    [InlineData("block0.value.s8", 16f, "block0.value", "block0.attention", InTransformer)]
    [InlineData("block0.attention.u8", 8f, "block0.attention", "block0.output", InTransformer)]
    [InlineData("block0.gelu.u8", 8f, "block0.gelu", "block0.down", InTransformer)]
    public void Another_grid_in_one_place_is_noticed_behind_it(string name, float factor, string before, string behind, double allowed)
    {
        ModelDescription altered = Description.WithGrids(q => q.Name == name ? q with { Scale = q.Scale * factor } : q);
        Dictionary<string, float[]> simulated = Simulated(altered, before, behind);
        Deviation(simulated, before).ShouldBeLessThan(allowed);
        Deviation(simulated, behind).ShouldBeGreaterThan(allowed);
    }

    /// <summary>The mean difference between the compiled model and a simulation, in parts of what the activations' grids do there.</summary>
    private double Deviation(Dictionary<string, float[]> simulated, string operation)
    {
        float[] expected = Expected[operation];
        double quantization = MeanDifference(expected, Unquantized[operation]);
        double ours = MeanDifference(Compiled(operation), simulated[operation]);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{operation}: {ours:E2} from the simulation, of {quantization:E2} by the grids: {ours / quantization:F4}"));
        return ours / quantization;
    }

    // Values by their operations' names, of one utterance.
    private static Dictionary<string, float[]> Simulated(ModelDescription description, params string[] operations)
    {
        string[] values = [.. operations.Select(operation => Values[operation])];
        using var simulated = new OnnxRunner(SimulatedModel.Build(File, Values, description, values));
        return operations.Zip(simulated.Values(Pcm, values), (operation, made) => (operation, rows: Rows(made.Values, made.Shape, Description.Channels(operation))))
            .ToDictionary(made => made.operation, made => made.rows);
    }

    /// <summary>By max, whatever the sample ships: the bounds above are measured on those grids.</summary>
    private static (ModelDescription Description, byte[] Weights) Calibrated()
    {
        using var folder = new TempFolder();
        string path = Path.Combine(folder.Path, "max.sqmodel");
        Descriptions.Calibrate(path, request => request with { Method = CalibrationMethod.Max });
        return (SqModelFile.Read(path), System.IO.File.ReadAllBytes(SqModelFile.WeightsPath(path)));
    }

    private static float[] Compiled(string operation)
    {
        if (Made.TryGetValue(operation, out float[]? before))
        {
            return before;
        }

        using CompiledModelSource source = CompiledModelSource.Compile(new QuantizedModel(Description.CutAfter(operation), Model.Weights), operation);
        using ISpeechModel model = source.Create(maxSeconds: 30);
        var made = new float[model.FrameCount(Pcm.Length) * model.VocabularySize];
        model.Logits(Pcm, made);
        return Made[operation] = made;
    }

    private static double MeanDifference(float[] first, float[] second)
    {
        second.Length.ShouldBe(first.Length);
        return first.Zip(second, (x, y) => Math.Abs((double)x - y)).Average();
    }

    /// <summary>[frames, channels], from [1, frames, channels], [1, channels, frames] or [1, heads, frames, head size].</summary>
    private static float[] Rows(float[] values, long[] shape, int channels)
    {
        if (shape.Length == 3 && shape[2] == channels)
        {
            return values;
        }

        // Channels in front are heads of one channel.
        int size = shape.Length == 4 ? (int)shape[3] : 1;
        int frames = values.Length / channels;
        var rows = new float[values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            int head = i / (frames * size);
            int frame = i / size % frames;
            rows[frame * channels + head * size + i % size] = values[i];
        }

        return rows;
    }
}

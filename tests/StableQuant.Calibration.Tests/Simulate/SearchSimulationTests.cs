using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using StableQuant.Calibration.Export;
using StableQuant.Calibration.Float;
using StableQuant.Calibration.Import;
using StableQuant.Calibration.Import.Checkpoint;
using StableQuant.Calibration.Quantization;
using StableQuant.Calibration.Simulate;
using StableQuant.Calibration.Tests.Import;
using StableQuant.Graph;

namespace StableQuant.Calibration.Tests.Simulate;

/// <summary>The graph that the search of calibration runs, against PyTorch's logits and against rounding done by hand.</summary>
public sealed class SearchSimulationTests
{
    [Theory]
    [InlineData(TinyModel.GroupNorm)]
    [InlineData(TinyModel.LayerNorm)]
    public void With_nothing_quantized_it_is_the_float_model(string name)
    {
        FloatModel model = OnnxImporter.Import(TinyModel.PathOf(name));
        float[] logits = Run(model, QuantizedParts.None, model.Operations[^1].Name, [], (Operation.Audio, TinyModel.Input(name), [1, 20011]));
        Difference(logits, TinyModel.Logits(name)).ShouldBeLessThan(1e-4);
    }

    // Of all kinds of attention and of front ends: what relative positions are looked up in is twice as long as what attends.
    [Theory]
    [InlineData("conformer-relative")]
    [InlineData("conformer-rotary")]
    [InlineData("hubert-group")]
    [InlineData("parakeet")]
    [InlineData("sew")]
    [InlineData("w2v-bert-adapter2")]
    [InlineData("wavlm-base")]
    public void A_graph_that_begins_before_any_layer_ends_alike(string name)
    {
        FloatModel model = CheckpointImporter.Import(TestFiles.Model($"checkpoints/{name}"));
        (string, float[], long[]) input = FloatGraph.Input(model.FrontEnd, InputOf(name));
        string logits = model.Operations[^1].Name;
        float[] expected = Values(model, [logits], [], input)[0].Value;
        string[] layers = [.. model.Operations.Where(o => o is Product).Select(o => o.Layer).Distinct()];
        layers.Length.ShouldBeGreaterThan(5);
        foreach (string layer in layers.Skip(1))
        {
            int first = model.Operations.ToList().FindIndex(o => o.Layer == layer);
            HashSet<string> before = [model.FrontEnd.Value, .. model.Operations.Take(first).Select(o => o.Name)];
            string[] given = [.. model.Operations.Skip(first).SelectMany(o => o.Inputs).Where(before.Contains).Distinct()];
            (string Name, float[] Value, long[] Shape)[] values = Values(model, given, [], input);
            Difference(Values(model, [logits], given, values)[0].Value, expected).ShouldBeLessThan(1e-5, layer);
        }
    }

    [Theory]
    [InlineData(Outliers.Clip)]
    [InlineData(Outliers.Keep)]
    public void A_gridded_operand_is_rounded_as_kernels_round_it(Outliers outliers)
    {
        FloatModel model = OnnxImporter.Import(TinyModel.PathOf(TinyModel.LayerNorm));
        Linear head = (Linear)model.Operations[^1];
        FloatParameters parameters = model.Parameters[head.Name];
        var grid = new QuantizationGrid(QuantizedType.U8, 0.02f, 100, outliers, 90, "");
        var parts = new QuantizedParts(new Dictionary<string, QuantizationGrid> { [head.Input] = grid }, new HashSet<string>(), new HashSet<string>());

        // One frame: on the grid, between two steps, on a tie, and far beyond both ends.
        float[] values = [.. Enumerable.Range(0, head.InputChannels).Select(i => (i % 5) switch { 0 => 0.04f, 1 => 0.033f, 2 => -0.0499f, 3 => 9f, _ => -7f })];
        double Rounded(float x)
        {
            double steps = Math.Round(x * (double)(1 / grid.Scale), MidpointRounding.ToEven);
            return grid.Scale * (double)(outliers == Outliers.Clip ? Math.Clamp(steps, -100, 155) : steps);
        }

        double[] expected = [.. Enumerable.Range(0, head.OutputChannels).Select(output =>
            Enumerable.Range(0, head.InputChannels).Sum(input => Rounded(values[input]) * parameters.Weight[output * head.InputChannels + input]) + (parameters.Bias?[output] ?? 0))];
        float[] logits = Run(model, parts, head.Name, [head.Input], (head.Input, values, [1, 1, head.InputChannels]));
        Difference(logits, [.. expected.Select(e => (float)e)]).ShouldBeLessThan(1e-5);
    }

    [Fact]
    public void A_dithered_operand_is_rounded_as_kernels_round_it()
    {
        FloatModel model = OnnxImporter.Import(TinyModel.PathOf(TinyModel.LayerNorm));
        Linear head = (Linear)model.Operations[^1];
        FloatParameters parameters = model.Parameters[head.Name];
        var grid = new QuantizationGrid(QuantizedType.U8, 0.0625f, 99, Outliers.Keep, 90, "").Dithered();
        var parts = new QuantizedParts(new Dictionary<string, QuantizationGrid> { [head.Input] = grid }, new HashSet<string>(), new HashSet<string>());

        // Steps of an eighth: with dither, no sum is a tie.
        const int Frames = 1500;
        int channels = head.InputChannels;
        float[] values = [.. Enumerable.Range(0, Frames * channels).Select(i => (i * 7 % 4001 - 2000) / 128f)];
        double Rounded(int i)
        {
            long place = ((long)(i / channels) * 0x9E3779B9 % 0x100000000 / 0x400000 + i % channels) % 1024;
            double dither = Enumerable.Range(1, 10).Sum(bit => (place >> (bit - 1) & 1) / Math.Pow(2, bit)) + 1 / 2048.0 - 0.5;
            return 0.0625 * Math.Round(values[i] * 16.0 + dither);
        }

        double[] rounded = [.. Enumerable.Range(0, values.Length).Select(Rounded)];
        rounded.Where((r, i) => r != 0.0625 * Math.Round(values[i] * 16.0)).Count().ShouldBeGreaterThan(values.Length / 5);
        double[] expected = [.. Enumerable.Range(0, Frames * head.OutputChannels).Select(i =>
            Enumerable.Range(0, channels).Sum(c => rounded[i / head.OutputChannels * channels + c] * parameters.Weight[i % head.OutputChannels * channels + c]) + (parameters.Bias?[i % head.OutputChannels] ?? 0))];
        float[] logits = Run(model, parts, head.Name, [head.Input], (head.Input, values, [1, Frames, channels]));
        Difference(logits, [.. expected.Select(e => (float)e)]).ShouldBeLessThan(1e-5);
    }

    // What PyTorch was given: samples or features.
    private static float[] InputOf(string name)
    {
        string own = TestFiles.Model($"checkpoints/{name}/reference.input.f32");
        return MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(File.Exists(own) ? own : TestFiles.Model("checkpoints/reference.input.f32"))).ToArray();
    }

    private static (string Name, float[] Value, long[] Shape)[] Values(FloatModel model, string[] wanted, string[] given, params (string, float[], long[])[] inputs)
    {
        using var constants = new FloatWeights(model);
        using SimulationSession session = Simulation.Open(model, constants, new QuantizedWeights(model, leastSquares: false), QuantizedParts.None, wanted, given);
        using IDisposableReadOnlyCollection<OrtValue> results = session.Run(inputs, wanted);
        return [.. wanted.Select((value, i) => (value, results[i].GetTensorDataAsSpan<float>().ToArray(), results[i].GetTensorTypeAndShape().Shape))];
    }

    private static float[] Run(FloatModel model, QuantizedParts parts, string output, string[] from, params (string, float[], long[])[] inputs)
    {
        using var constants = new FloatWeights(model);
        using SimulationSession session = Simulation.Open(model, constants, new QuantizedWeights(model, leastSquares: false), parts, [output], from);
        using IDisposableReadOnlyCollection<OrtValue> results = session.Run(inputs, [output]);
        return results[0].GetTensorDataAsSpan<float>().ToArray();
    }

    private static double Difference(float[] actual, float[] expected)
    {
        actual.Length.ShouldBe(expected.Length);
        return actual.Zip(expected, (a, b) => Math.Abs(a - b)).Max() / expected.Max(Math.Abs);
    }
}

using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using StableQuant.Calibration.Float;
using StableQuant.Calibration.Import;

namespace StableQuant.Calibration.Tests.Import.Checkpoint;

/// <summary>
/// Every member's encoder with every head: from what its CTC form, whose logits are PyTorch's, makes of a projection, plain loops make what the head makes.
/// </summary>
public sealed class MemberHeadTests : IDisposable
{
    private const int Size = 6, Classes = 3;
    private const string Bert = "w2v-bert-adapter2", Conformer = "conformer-relative", Rotary = "conformer-rotary", WavLM = "wavlm-base";

    private readonly TemporaryFolder folder = new();
    private readonly Random random = new(5);
    private readonly Dictionary<string, (long[] Shape, float[] Values)> head = [];

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(Bert, false)]
    [InlineData(Bert, true)]
    [InlineData(Conformer, false)]
    [InlineData(Rotary, false)]
    [InlineData(WavLM, false)]
    public void An_utterance_is_classified_by_the_mean_of_its_frames(string member, bool isWeighted)
    {
        float[][] frames = Projected(member, "projector");
        (float[] weights, float[] bias) = Layer("classifier", Classes, Size);
        if (isWeighted)
        {
            // Of two blocks there are three hidden states, and of these the last is all.
            head["layer_weights"] = ([3], [-200, -200, 0]);
        }

        (FloatModel model, float[] actual) = Run(member, "ForSequenceClassification", new() { ["classifier_proj_size"] = Size, ["use_weighted_layer_sum"] = isWeighted });
        model.Head.ShouldBe(HeadKind.Classes);
        Compare(actual, Linear([.. Enumerable.Range(0, Size).Select(i => frames.Average(frame => (double)frame[i]))], weights, bias));
    }

    [Theory]
    [InlineData(Bert)]
    [InlineData(Conformer)]
    [InlineData(WavLM)]
    public void Frames_are_classified_one_by_one(string member)
    {
        float[][] frames = Projected(member, "classifier");
        (FloatModel model, float[] actual) = Run(member, "ForAudioFrameClassification", []);
        model.Head.ShouldBe(HeadKind.FrameClasses);
        Compare(actual, [.. frames.SelectMany(frame => frame).Select(x => (double)x)]);
    }

    [Theory]
    [InlineData(Bert)]
    [InlineData(Conformer)]
    [InlineData(WavLM)]
    public void An_x_vector_is_of_the_mean_and_the_deviation_of_its_frames(string member)
    {
        float[][] frames = Projected(member, "projector");
        (float[] weights, float[] bias) = Layer("tdnn.0.kernel", Size, Size);
        (float[] ofStatistics, float[] vectorBias) = Layer("feature_extractor", Classes, 2 * Size);

        // What classifies the speakers of its training.
        Layer("classifier", Classes, Classes);
        head["objective.weight"] = ([Classes, 2], new float[2 * Classes]);
        double[][] made = [.. frames.Select(frame => Linear([.. frame.Select(x => (double)x)], weights, bias).Select(x => Math.Max(x, 0)).ToArray())];
        double[] means = [.. Enumerable.Range(0, Size).Select(i => made.Average(frame => frame[i]))];
        double[] deviations = [.. means.Select((mean, i) => Math.Sqrt(made.Sum(frame => Math.Pow(frame[i] - mean, 2)) / (made.Length - 1)))];
        (FloatModel model, float[] actual) = Run(member, "ForXVector", new()
        {
            ["tdnn_dim"] = new JsonArray(Size), ["tdnn_kernel"] = new JsonArray(1), ["tdnn_dilation"] = new JsonArray(1), ["xvector_output_dim"] = Classes,
        });
        model.Head.ShouldBe(HeadKind.Embedding);
        Compare(actual, Linear([.. means, .. deviations], ofStatistics, vectorBias));
    }

    // What the CTC form makes of the layer, which the head has under another name.
    private float[][] Projected(string member, string module)
    {
        Layer("lm_head", Size, 32);
        (_, float[] logits) = Run(member, "ForCTC", new() { ["vocab_size"] = Size });
        foreach (string part in new[] { ".weight", ".bias" })
        {
            head.Remove("lm_head" + part, out (long[], float[]) values).ShouldBeTrue();
            head[module + part] = values;
        }

        return [.. logits.Chunk(Size)];
    }

    private (float[] Weights, float[] Bias) Layer(string module, int outputs, int inputs)
    {
        float[] Values(int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() - 0.5f)];
        (float[] weights, float[] bias) = (Values(outputs * inputs), Values(outputs));
        (head[module + ".weight"], head[module + ".bias"]) = (([outputs, inputs], weights), ([outputs], bias));
        return (weights, bias);
    }

    private static double[] Linear(double[] input, float[] weights, float[] bias) =>
        [.. bias.Select((b, output) => b + input.Select((x, i) => x * weights[(output * input.Length) + i]).Sum())];

    private static void Compare(float[] actual, double[] expected)
    {
        actual.Length.ShouldBe(expected.Length);
        (actual.Zip(expected, (a, b) => Math.Abs(a - b)).Max() / expected.Max(Math.Abs)).ShouldBeLessThan(1e-5);
    }

    // A member's encoder without adapters, and the head.
    private (FloatModel Model, float[] Outputs) Run(string member, string ending, Dictionary<string, JsonNode> settings)
    {
        string from = TestFiles.Model("checkpoints/" + member);
        JsonObject config = JsonNode.Parse(File.ReadAllText(Path.Combine(from, "config.json")))!.AsObject();
        config["architectures"] = new JsonArray(config["architectures"]![0]!.GetValue<string>().Replace("ForCTC", ending, StringComparison.Ordinal));
        (config["add_adapter"], config["use_intermediate_ffn_before_adapter"]) = (false, false);
        foreach ((string name, JsonNode value) in settings)
        {
            config[name] = value;
        }

        folder.Write("config.json", Encoding.UTF8.GetBytes(config.ToJsonString()));
        folder.Write("model.safetensors", Safetensors(File.ReadAllBytes(Path.Combine(from, "model.safetensors"))));
        FloatModel model = CheckpointImporter.Import(folder.Path);
        string input = Path.Combine(from, "reference.input.f32");
        float[] read = MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(File.Exists(input) ? input : TestFiles.Model("checkpoints/reference.input.f32"))).ToArray();
        return (model, new ReferenceExecutor(model).Run(read, out _));
    }

    private byte[] Safetensors(byte[] file)
    {
        int bytes = (int)BitConverter.ToUInt64(file);
        var header = new JsonObject();
        var data = new List<byte>();
        void Add(string name, string type, IEnumerable<long> shape, ReadOnlySpan<byte> values)
        {
            header[name] = new JsonObject
            {
                ["dtype"] = type, ["shape"] = new JsonArray([.. shape.Select(size => JsonValue.Create(size))]), ["data_offsets"] = new JsonArray(data.Count, data.Count + values.Length),
            };
            data.AddRange(values);
        }

        foreach (JsonProperty tensor in JsonDocument.Parse(file.AsMemory(8, bytes)).RootElement.EnumerateObject())
        {
            if (!tensor.Name.StartsWith("__", StringComparison.Ordinal) && !tensor.Name.StartsWith("lm_head", StringComparison.Ordinal)
                && !tensor.Name.Contains(".adapter.", StringComparison.Ordinal) && !tensor.Name.Contains("intermediate_ffn", StringComparison.Ordinal))
            {
                int[] offsets = [.. tensor.Value.GetProperty("data_offsets").EnumerateArray().Select(offset => offset.GetInt32())];
                Add(tensor.Name, tensor.Value.GetProperty("dtype").GetString()!, tensor.Value.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64()), file.AsSpan(8 + bytes)[offsets[0]..offsets[1]]);
            }
        }

        foreach ((string name, (long[] shape, float[] values)) in head)
        {
            Add(name, "F32", shape, MemoryMarshal.AsBytes(values.AsSpan()));
        }

        return TinyCheckpoint.File(header.ToJsonString(), [.. data]);
    }
}

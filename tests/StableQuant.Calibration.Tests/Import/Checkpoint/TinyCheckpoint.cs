using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using StableQuant.Calibration.Float;
using StableQuant.Calibration.Import;
using StableQuant.Graph;

namespace StableQuant.Calibration.Tests.Import.Checkpoint;

/// <summary>A tensor to write.</summary>
internal sealed record Values(long[] Shape, float[] Data);

/// <summary>
/// A checkpoint made of an exported miniature, to be varied: the weights of the ONNX file under the names that the transformers library
/// gives them. What the importer makes of it must be what PyTorch computed.
/// </summary>
internal sealed class TinyCheckpoint : IDisposable
{
    private readonly string model;
    private readonly TemporaryFolder folder = new();

    /// <summary>Takes the weights of a miniature in Models/, one with layer norms and pre-norm blocks or without both.</summary>
    public TinyCheckpoint(string model = TinyModel.GroupNorm)
    {
        this.model = model;
        FloatModel exported = OnnxImporter.Import(TinyModel.PathOf(model));
        bool isPreNorm = exported.Operations.Any(o => o.Name == "conv1.norm");
        string prefix = model.StartsWith("hubert", StringComparison.Ordinal) ? "hubert" : "wav2vec2";
        foreach (Operation operation in exported.Operations.Where(o => exported.Parameters.ContainsKey(o.Name) && o.Name != "position.projection"))
        {
            string module = Module(operation.Name);
            FloatParameters parameters = exported.Parameters[operation.Name];
            Tensors.Add($"{(module == "lm_head" ? "" : prefix + ".")}{module}.weight", Weight(operation, parameters.Weight));

            // The ONNX importer leaves out a bias of zeros; in a checkpoint the convolutions alone may lack one.
            bool isFeature = operation is Convolution && operation.Name != "position";
            if ((parameters.Bias ?? (isFeature ? null : new float[Outputs(operation)])) is { } bias)
            {
                Tensors.Add($"{(module == "lm_head" ? "" : prefix + ".")}{module}.bias", new Values([bias.Length], bias));
            }
        }

        Config = new JsonObject
        {
            ["model_type"] = prefix,
            ["architectures"] = new JsonArray(prefix == "hubert" ? "HubertForCTC" : "Wav2Vec2ForCTC"),
            ["conv_dim"] = new JsonArray(32, 32, 32, 32, 32, 32, 32),
            ["conv_bias"] = exported.Parameters["conv1"].Bias is not null,
            ["feat_extract_norm"] = isPreNorm ? "layer" : "group",
            ["do_stable_layer_norm"] = isPreNorm,
            ["hidden_size"] = ((Linear)exported.Operations.Single(o => o.Name == "projection")).OutputChannels,
            ["num_hidden_layers"] = exported.Operations.OfType<Attention>().Count(),
            ["num_attention_heads"] = exported.Operations.OfType<Attention>().First().Heads,
            ["intermediate_size"] = ((Linear)exported.Operations.Single(o => o.Name == "block0.up")).OutputChannels,
            ["num_conv_pos_embeddings"] = ((Convolution)exported.Operations.Single(o => o.Name == "position")).Kernel,
            ["num_conv_pos_embedding_groups"] = ((Convolution)exported.Operations.Single(o => o.Name == "position")).Groups,
            ["vocab_size"] = ((Linear)exported.Operations[^1]).OutputChannels,
        };
    }

    public JsonObject Config { get; }

    /// <summary>The tensors by their names.</summary>
    public SortedDictionary<string, Values> Tensors { get; } = new(StringComparer.Ordinal);

    /// <summary>What stands in the header beside the tensors.</summary>
    public Dictionary<string, string> Metadata { get; } = new() { ["format"] = "pt" };

    /// <summary>F32, F16 or BF16.</summary>
    public string Type { get; set; } = "F32";

    /// <summary>Files that the tensors are dealt to.</summary>
    public int Shards { get; set; } = 1;

    public string Path => folder.Path;

    /// <summary>The name of a file of the folder.</summary>
    public string this[string name] => folder[name];

    /// <summary>Writes the folder and imports it.</summary>
    public FloatModel Import()
    {
        Write();
        return CheckpointImporter.Import(Path);
    }

    /// <summary>Writes the folder, which must be refused.</summary>
    public string Refused() => Should.Throw<ImportException>(Import).Message;

    /// <summary>The largest difference from PyTorch's logits, as a share of the largest logit.</summary>
    public double Difference() => TinyModel.Difference(Import(), model);

    public void Rename(string from, string to)
    {
        Tensors.Remove(from, out Values? values).ShouldBeTrue();
        Tensors.Add(to, values!);
    }

    public void Write()
    {
        folder.Write("config.json", Encoding.UTF8.GetBytes(Config.ToJsonString()));
        if (Shards == 1)
        {
            folder.Write("model.safetensors", Safetensors(Tensors));
            return;
        }

        var map = new JsonObject();
        foreach ((int shard, KeyValuePair<string, Values>[] part) in Tensors.Select((tensor, i) => (tensor, i)).GroupBy(t => t.i % Shards).Select(g => (g.Key, g.Select(t => t.tensor).ToArray())))
        {
            string name = $"model-{shard + 1:00000}-of-{Shards:00000}.safetensors";
            folder.Write(name, Safetensors(part));
            foreach ((string tensor, _) in part)
            {
                map[tensor] = name;
            }
        }

        folder.Write("model.safetensors.index.json", Encoding.UTF8.GetBytes(new JsonObject { ["weight_map"] = map }.ToJsonString()));
    }

    public void Dispose() => folder.Dispose();

    /// <summary>A file with a header and tensors' bytes as they are.</summary>
    public static byte[] File(string header, ReadOnlySpan<byte> data)
    {
        byte[] json = Encoding.UTF8.GetBytes(header);
        return [.. BitConverter.GetBytes((ulong)json.Length), .. json, .. data];
    }

    private byte[] Safetensors(IEnumerable<KeyValuePair<string, Values>> tensors)
    {
        var header = new JsonObject { ["__metadata__"] = JsonSerializer.SerializeToNode(Metadata) };
        var data = new List<byte>();
        foreach ((string name, Values values) in tensors)
        {
            int start = data.Count;
            data.AddRange(Type switch
            {
                "F16" => MemoryMarshal.AsBytes<Half>([.. values.Data.Select(v => (Half)v)]),
                "BF16" => MemoryMarshal.AsBytes<ushort>([.. values.Data.Select(v => (ushort)(BitConverter.SingleToUInt32Bits(v) >> 16))]),
                _ => MemoryMarshal.AsBytes(values.Data.AsSpan()),
            });
            header[name] = new JsonObject
            {
                ["dtype"] = Type,
                ["shape"] = new JsonArray([.. values.Shape.Select(s => JsonValue.Create(s))]),
                ["data_offsets"] = new JsonArray(start, data.Count),
            };
        }

        return File(header.ToJsonString(), CollectionsMarshal.AsSpan(data));
    }

    // Ours are [outputs, kernel, inputs], PyTorch's [outputs, inputs, kernel].
    private static Values Weight(Operation operation, float[] weight)
    {
        if (operation is not Convolution c)
        {
            return new Values(operation is Linear l ? [l.OutputChannels, l.InputChannels] : [weight.Length], weight);
        }

        int inputs = c.InputChannels / c.Groups;
        var values = new float[weight.Length];
        for (int i = 0; i < values.Length; i++)
        {
            int output = i / (inputs * c.Kernel), input = i / c.Kernel % inputs, tap = i % c.Kernel;
            values[i] = weight[(((output * c.Kernel) + tap) * inputs) + input];
        }

        return new Values([c.OutputChannels, inputs, c.Kernel], values);
    }

    private static int Outputs(Operation operation) => operation is Product product ? product.OutputChannels : ((Norm)operation).Channels;

    private static string Module(string name)
    {
        string[] parts = name.Split('.', 2);
        string part = parts.Length > 1 ? parts[1] : "";
        return parts[0] switch
        {
            "projection" => part == "norm" ? "feature_projection.layer_norm" : "feature_projection.projection",
            "position" => "encoder.pos_conv_embed.conv",
            "encoder" => "encoder.layer_norm",
            "head" => "lm_head",
            { } conv when conv.StartsWith("conv", StringComparison.Ordinal) => $"feature_extractor.conv_layers.{conv[4..]}.{(part == "norm" ? "layer_norm" : "conv")}",
            { } block => $"encoder.layers.{block[5..]}." + part switch
            {
                "query" => "attention.q_proj",
                "key" => "attention.k_proj",
                "value" => "attention.v_proj",
                "output" => "attention.out_proj",
                "attention.norm" => "layer_norm",
                "up" => "feed_forward.intermediate_dense",
                "down" => "feed_forward.output_dense",
                _ => "final_layer_norm",
            },
        };
    }
}

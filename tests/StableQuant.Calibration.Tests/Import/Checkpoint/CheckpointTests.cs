using System.Runtime.InteropServices;
using System.Text.Json;
using StableQuant.Calibration.Float;
using StableQuant.Calibration.Import;
using StableQuant.Calibration.Import.Onnx;
using StableQuant.Graph;

namespace StableQuant.Calibration.Tests.Import.Checkpoint;

/// <summary>Checkpoints in all forms that people publish, against what PyTorch computed with them.</summary>
public class CheckpointTests
{
    [Theory]
    [InlineData("hubert-group")]
    [InlineData("hubert-stable")]
    [InlineData("w2v2-odd")]
    [InlineData("data2vec")]
    [InlineData("unispeech")]
    [InlineData("wavlm-base")]
    [InlineData("conformer-relative")]
    [InlineData("mms-adapter")]
    [InlineData("sew")]
    [InlineData("w2v2-addadapter", 13)]
    [InlineData("w2v2-classify", 1)]
    [InlineData("w2v2-frames")]
    [InlineData("w2v2-hidden")]
    public void A_checkpoint_saved_by_transformers_gives_the_logits_of_PyTorch(string name, int madeFrames = 49)
    {
        FloatModel model = CheckpointImporter.Import(TestFiles.Model($"checkpoints/{name}"));
        float[] expected = Floats($"{name}/reference.output.f32");
        float[] logits = new ReferenceExecutor(model).Run(Floats("reference.input.f32"), out int frames);
        frames.ShouldBe(madeFrames);
        logits.Length.ShouldBe(expected.Length);
        logits.Zip(expected, (a, b) => Math.Abs(a - b)).Max().ShouldBeLessThan(1e-5f * expected.Max(Math.Abs));
        model.Name.ShouldBe(name);
    }

    // Members that other input is theirs: features, and with adapters that have an attention; and rotary positions, whose frequencies are in the folder;
    // and a kernel of positions that would make one frame more than the pool.
    [Theory]
    [InlineData("sew-odd-kernel", 79)]
    [InlineData("w2v-bert-adapter2", 13)]
    [InlineData("conformer-rotary", 49)]
    public void A_checkpoint_gives_the_logits_of_PyTorch_on_its_own_input(string name, int madeFrames)
    {
        FloatModel model = CheckpointImporter.Import(TestFiles.Model($"checkpoints/{name}"));
        float[] expected = Floats($"{name}/reference.output.f32");
        float[] logits = new ReferenceExecutor(model).Run(Floats($"{name}/reference.input.f32"), out int frames);
        frames.ShouldBe(madeFrames);
        logits.Zip(expected, (a, b) => Math.Abs(a - b)).Max().ShouldBeLessThan(1e-5f * expected.Max(Math.Abs));
    }

    [Fact]
    public void Rotary_positions_are_those_of_the_base_where_a_folder_has_no_frequencies()
    {
        string folder = TestFiles.Model("checkpoints/conformer-rotary");
        FloatModel stored = CheckpointImporter.Import(folder);
        using var checkpoint = new TemporaryFolder();
        checkpoint.Write("config.json", File.ReadAllBytes(Path.Combine(folder, "config.json")));
        checkpoint.Write("model.safetensors", Without(File.ReadAllBytes(Path.Combine(folder, "model.safetensors")), "wav2vec2_conformer.encoder.embed_positions.inv_freq"));
        FloatModel computed = CheckpointImporter.Import(checkpoint.Path);
        computed.Parameters["sinusoids"].Weight.ShouldBe(stored.Parameters["sinusoids"].Weight);
        computed.Parameters["sinusoids"].Weight[1].ShouldBe(MathF.Pow(10000, -1 / 8f), tolerance: 1e-7f);
    }

    // By another name a tensor is no part of the model: one that training alone needed.
    private static byte[] Without(byte[] safetensors, string tensor)
    {
        byte[] from = System.Text.Encoding.UTF8.GetBytes(tensor), to = System.Text.Encoding.UTF8.GetBytes("wav2vec2_conformer.masked_spec_embed".PadRight(tensor.Length, '_'));
        int at = safetensors.AsSpan().IndexOf(from);
        at.ShouldBeGreaterThan(0);
        to.CopyTo(safetensors, at);
        return safetensors;
    }

    [Theory]
    [InlineData(TinyModel.GroupNorm)]
    [InlineData(TinyModel.LayerNorm)]
    [InlineData("hubert-ts17")]
    public void A_checkpoint_is_the_same_model_as_its_export(string name)
    {
        using var checkpoint = new TinyCheckpoint(name);
        FloatModel imported = checkpoint.Import(), exported = OnnxImporter.Import(TinyModel.PathOf(name));
        static string Text(Operation operation) => (operation with { Source = "" }).ToString();
        imported.Operations.Select(Text).ShouldBe(exported.Operations.Select(Text));
        imported.Parameters.Keys.Order().ShouldBe(exported.Parameters.Keys.Order());
        foreach ((string operation, FloatParameters parameters) in imported.Parameters)
        {
            parameters.Weight.ShouldBe(exported.Parameters[operation].Weight, operation);
            (parameters.Bias ?? []).Where(b => b != 0).ShouldBe((exported.Parameters[operation].Bias ?? []).Where(b => b != 0), operation);
        }
    }

    // The miniature's own file has the adapters and the head of English.
    [Fact]
    public void Adapters_and_head_of_a_language_are_read_from_its_file()
    {
        string folder = TestFiles.Model("checkpoints/mms-adapter");
        FloatModel english = CheckpointImporter.Import(folder), german = CheckpointImporter.Import(folder, language: "deu");
        german.Operations.Select(o => o.Name).ShouldBe(english.Operations.Select(o => o.Name));
        string[] other = [.. german.Parameters.Keys.Where(name => !german.Parameters[name].Weight.AsSpan().SequenceEqual(english.Parameters[name].Weight))];
        string[] parts = ["norm", "down", "up"];
        other.ShouldBe(["head", .. parts.SelectMany(part => new[] { $"block0.adapter.{part}", $"block1.adapter.{part}" })], ignoreOrder: true);

        // The same weights as those that a reader of its own finds in the file.
        using var checkpoint = new TemporaryFolder();
        foreach (string file in new[] { "config.json", "preprocessor_config.json", "vocab.json" })
        {
            checkpoint.Write(file, File.ReadAllBytes(Path.Combine(folder, file)));
        }

        byte[] model = File.ReadAllBytes(Path.Combine(folder, "model.safetensors")), adapter = File.ReadAllBytes(Path.Combine(folder, "adapter.deu.safetensors"));
        checkpoint.Write("model.safetensors", Replaced(model, adapter));
        FloatModel expected = CheckpointImporter.Import(checkpoint.Path);
        foreach ((string name, FloatParameters parameters) in german.Parameters)
        {
            parameters.Weight.ShouldBe(expected.Parameters[name].Weight, name);
            parameters.Bias.ShouldBe(expected.Parameters[name].Bias, name);
        }
    }

    [Fact]
    public void A_language_that_is_not_there_is_an_error_that_lists_those_that_are() =>
        Should.Throw<ImportException>(() => CheckpointImporter.Import(TestFiles.Model("checkpoints/mms-adapter"), language: "fra"))
            .Message.ShouldContain("has no adapter.fra.safetensors, the adapters of the language 'fra'; there are those of deu, eng");

    [Theory]
    [InlineData("../eng")]
    [InlineData("a/b")]
    public void A_language_is_no_path(string language) =>
        Should.Throw<ImportException>(() => CheckpointImporter.Import(TestFiles.Model("checkpoints/mms-adapter"), language: language));

    // A safetensors file with the tensors of another of the same names and shapes.
    private static byte[] Replaced(byte[] file, byte[] other)
    {
        byte[] result = [.. file];
        (JsonElement own, int start) = Header(file);
        (JsonElement replacing, int otherStart) = Header(other);
        foreach (JsonProperty tensor in replacing.EnumerateObject().Where(t => t.Name != "__metadata__"))
        {
            int[] from = [.. tensor.Value.GetProperty("data_offsets").EnumerateArray().Select(o => o.GetInt32())];
            int to = own.GetProperty(tensor.Name).GetProperty("data_offsets")[0].GetInt32();
            other.AsSpan(otherStart + from[0], from[1] - from[0]).CopyTo(result.AsSpan(start + to));
        }

        return result;

        static (JsonElement, int) Header(byte[] bytes)
        {
            int length = (int)BitConverter.ToInt64(bytes);
            return (JsonDocument.Parse(bytes.AsMemory(8, length)).RootElement, 8 + length);
        }
    }

    [Theory]
    [InlineData("gelu_new", "gelu-tanh")]
    [InlineData("gelu_pytorch_tanh", "gelu-tanh")]
    [InlineData("relu", "relu")]
    [InlineData("silu", "silu")]
    [InlineData("swish", "silu")]
    public void Config_names_the_activations(string named, string kind)
    {
        using var checkpoint = new TinyCheckpoint();
        checkpoint.Config["hidden_act"] = named;
        checkpoint.Config["feat_extract_activation"] = named;
        FloatModel model = checkpoint.Import();
        model.Operations.OfType<Activation>().ShouldAllBe(a => a.Kind == kind);
        model.Operations.ShouldContain(o => o.Name == $"block0.{kind.Split('-', StringSplitOptions.None)[0]}");
    }

    [Theory]
    [InlineData("F32", 1e-5)]
    [InlineData("F16", 1e-3)]
    [InlineData("BF16", 2e-2)]
    public void Each_type_of_weights_is_read_as_precisely_as_it_is(string type, double precision)
    {
        using var checkpoint = new TinyCheckpoint { Type = type };
        checkpoint.Difference().ShouldBeLessThan(precision);
        FloatModel model = CheckpointImporter.Import(checkpoint.Path);
        float bits = type == "F32" ? 0 : model.Parameters["block0.up"].Weight.Count(w => type == "F16" ? (float)(Half)w != w : (BitConverter.SingleToUInt32Bits(w) & 0xFFFF) != 0);
        bits.ShouldBe(0);
    }

    [Fact]
    public void Weights_may_lie_in_several_files()
    {
        using var checkpoint = new TinyCheckpoint { Shards = 5 };
        checkpoint.Difference().ShouldBeLessThan(1e-5);
    }

    [Theory]
    [InlineData("weight_g", "weight_v", 2)]
    [InlineData("weight_g", "weight_v", 0)]
    [InlineData("parametrizations.weight.original0", "parametrizations.weight.original1", 2)]
    [InlineData("parametrizations.weight.original0", "parametrizations.weight.original1", 0)]
    public void Lengths_and_directions_of_the_positional_convolution_make_its_weights(string gain, string direction, int axis)
    {
        const string Conv = "wav2vec2.encoder.pos_conv_embed.conv.";
        using var checkpoint = new TinyCheckpoint();
        checkpoint.Tensors.Remove(Conv + "weight", out Values? weight).ShouldBeTrue();

        // Lengths along the axis, and directions that are longer by a factor of their own.
        long[] shape = weight!.Shape;
        int Place(int i) => axis == 0 ? i / (int)(shape[1] * shape[2]) : i % (int)shape[2];
        var squares = new double[shape[axis]];
        for (int i = 0; i < weight.Data.Length; i++)
        {
            squares[Place(i)] += (double)weight.Data[i] * weight.Data[i];
        }

        checkpoint.Tensors[Conv + gain] = new Values(axis == 0 ? [shape[0], 1, 1] : [1, 1, shape[2]], [.. squares.Select(s => (float)Math.Sqrt(s))]);
        checkpoint.Tensors[Conv + direction] = new Values(shape, [.. weight.Data.Select((w, i) => w * (1 + Place(i)))]);
        checkpoint.Difference().ShouldBeLessThan(1e-5);
    }

    [Fact]
    public void A_batch_norm_before_the_positional_convolution_makes_a_second_projection()
    {
        const string Model = "hubertbn-ts17";
        ModelProto exported = TinyModel.Load(Model);
        using var checkpoint = new TinyCheckpoint(Model);
        checkpoint.Config["conv_pos_batch_norm"] = true;
        foreach (string part in new[] { "weight", "bias", "running_mean", "running_var" })
        {
            TensorProto tensor = exported.Graph.Initializer.Single(t => t.Name.EndsWith($"batch_norm.{part}", StringComparison.Ordinal));
            float[] values = MemoryMarshal.Cast<byte, float>(tensor.RawData.Span).ToArray();
            checkpoint.Tensors[$"hubert.encoder.pos_conv_embed.batch_norm.{part}"] = new Values([values.Length], values);
        }

        checkpoint.Difference().ShouldBeLessThan(1e-5);
        FloatModel twin = OnnxImporter.Import(TinyModel.PathOf(Model));
        CheckpointImporter.Import(checkpoint.Path).Operations.Select(o => o.Name).ShouldBe(twin.Operations.Select(o => o.Name));
    }

    [Fact]
    public void The_prefix_of_the_member_may_be_missing()
    {
        using var checkpoint = new TinyCheckpoint();
        foreach (string name in checkpoint.Tensors.Keys.Where(name => name.StartsWith("wav2vec2.", StringComparison.Ordinal)).ToArray())
        {
            checkpoint.Rename(name, name["wav2vec2.".Length..]);
        }

        checkpoint.Difference().ShouldBeLessThan(1e-5);
    }

    [Fact]
    public void Tied_weights_are_found_under_the_name_that_the_header_gives()
    {
        const string Left = "wav2vec2.encoder.layers.0.attention.q_proj.weight", Right = "wav2vec2.encoder.layers.1.attention.q_proj.weight";
        using var untied = new TinyCheckpoint();
        untied.Tensors[Right] = untied.Tensors[Left];
        FloatModel expected = untied.Import();
        using var tied = new TinyCheckpoint();
        tied.Tensors.Remove(Right);
        tied.Metadata[Right] = Left;
        tied.Import().Parameters["block1.query"].Weight.ShouldBe(expected.Parameters["block1.query"].Weight);
    }

    [Fact]
    public void A_head_without_a_bias_has_none()
    {
        using var checkpoint = new TinyCheckpoint();
        checkpoint.Tensors.Remove("lm_head.bias").ShouldBeTrue();
        checkpoint.Difference().ShouldBeLessThan(1e-5);
        CheckpointImporter.Import(checkpoint.Path).Parameters["head"].Bias.ShouldBeNull();
    }

    [Theory]
    [InlineData("masked_spec_embed")]
    [InlineData("wav2vec2.masked_spec_embed")]
    [InlineData("quantizer.codevectors")]
    [InlineData("project_q.weight")]
    [InlineData("project_hid.bias")]
    public void What_only_training_needs_is_passed_over(string tensor)
    {
        using var checkpoint = new TinyCheckpoint();
        checkpoint.Tensors[tensor] = new Values([2], [1, 2]);
        checkpoint.Difference().ShouldBeLessThan(1e-5);
    }

    [Fact]
    public void Defaults_are_those_of_the_library()
    {
        using var checkpoint = new TinyCheckpoint();
        foreach (string setting in new[] { "architectures", "conv_bias", "feat_extract_norm", "do_stable_layer_norm", "vocab_size" })
        {
            checkpoint.Config.Remove(setting);
        }

        checkpoint.Config["hidden_act"] = null;
        checkpoint.Difference().ShouldBeLessThan(1e-5);
    }

    [Theory]
    [InlineData("""{"do_normalize": true}""", true)]
    [InlineData("""{"do_normalize": false, "sampling_rate": 16000, "feature_size": 1}""", false)]
    [InlineData("{}", true)]
    public void The_preprocessor_says_whether_samples_are_normalised(string json, bool isNormalised)
    {
        using var checkpoint = new TinyCheckpoint();
        checkpoint.Write();
        File.WriteAllText(checkpoint["preprocessor_config.json"], json);
        var notes = new List<string>();
        (((WaveformFrontEnd)CheckpointImporter.Import(checkpoint.Path, notes.Add).FrontEnd).Epsilon is not null).ShouldBe(isNormalised);

        // Newer versions of the library write one file for all of a processor's parts.
        File.Delete(checkpoint["preprocessor_config.json"]);
        File.WriteAllText(checkpoint["processor_config.json"], $$"""{"feature_extractor": {{json}}, "processor_class": "Wav2Vec2Processor"}""");
        (((WaveformFrontEnd)CheckpointImporter.Import(checkpoint.Path, notes.Add).FrontEnd).Epsilon is not null).ShouldBe(isNormalised);
        notes.ShouldBeEmpty();
    }

    [Fact]
    public void A_missing_or_strange_preprocessor_is_said()
    {
        using var checkpoint = new TinyCheckpoint();
        checkpoint.Write();
        var notes = new List<string>();
        ((WaveformFrontEnd)CheckpointImporter.Import(checkpoint.Path, notes.Add).FrontEnd).Epsilon.ShouldNotBeNull();
        notes.ShouldHaveSingleItem().ShouldBe($"{checkpoint.Path} has no preprocessor_config.json: samples are shifted and scaled to zero mean and unit variance, as most of these models take them.");
        File.WriteAllText(checkpoint["preprocessor_config.json"], """{"feature_extractor_type": "ASTFeatureExtractor"}""");
        CheckpointImporter.Import(checkpoint.Path, notes.Add);
        notes[1].ShouldContain("names a ASTFeatureExtractor; it is read as a Wav2Vec2FeatureExtractor");
    }

    private static float[] Floats(string file) => MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(TestFiles.Model($"checkpoints/{file}"))).ToArray();
}

using System.Text;
using StableQuant.Calibration.Import;

namespace StableQuant.Calibration.Tests.Import.Checkpoint;

/// <summary>Checkpoints that cannot be read, or must not: one error each, which names the file, the place and the mend.</summary>
public class RefusedCheckpointTests
{
    [Theory]
    [InlineData("WavLMForSequenceToSequence", "wavlm", "WavLMForSequenceToSequence, whose head is not supported; WavLMForCTC, WavLMForSequenceClassification, ")]
    [InlineData("SEWDForCTC", "sew-d", "SEWDForCTC, which is not supported")]
    [InlineData("ParakeetForRNNT", "parakeet_rnnt", "ParakeetForRNNT, which is not supported")]
    [InlineData("BertModel", "bert", "BertModel, which is not supported")]
    [InlineData("Wav2Vec2ForMaskedLM", "wav2vec2", "Wav2Vec2ForMaskedLM, whose head is not supported")]
    [InlineData("HubertForCTC", "wav2vec2", "HubertForCTC, whose head is not supported; Wav2Vec2ForCTC, ")]
    public void A_model_of_another_kind_is_named(string architecture, string type, string named)
    {
        using var checkpoint = new TinyCheckpoint();
        checkpoint.Config["architectures"] = new System.Text.Json.Nodes.JsonArray(architecture);
        checkpoint.Config["model_type"] = type;
        string why = checkpoint.Refused();
        why.ShouldStartWith(checkpoint["config.json"]);
        why.ShouldContain(named);
    }

    [Theory]
    [InlineData("hidden_act", "\"tanhshrink\"", "hidden_act: is 'tanhshrink'; supported are gelu")]
    [InlineData("feat_extract_norm", "\"batch\"", "feat_extract_norm: is 'batch'; group and layer are known")]
    [InlineData("hidden_size", "\"32\"", "hidden_size: is \"32\", not a whole number")]
    [InlineData("hidden_size", "-1", "hidden_size: is -1, not a whole number from 1")]
    [InlineData("hidden_size", "4294967297", "hidden_size: is 4294967297, not a whole number from 1")]
    [InlineData("num_attention_heads", "0", "num_attention_heads: is 0, not a whole number")]
    [InlineData("num_attention_heads", "3", "num_attention_heads: does not divide hidden_size")]
    [InlineData("num_conv_pos_embedding_groups", "5", "num_conv_pos_embedding_groups: does not divide hidden_size")]
    [InlineData("conv_dim", "[]", "conv_dim: conv_dim, conv_kernel and conv_stride are not of the same length")]
    [InlineData("conv_kernel", "[10, 3]", "conv_dim: conv_dim, conv_kernel and conv_stride are not of the same length")]
    [InlineData("conv_kernel", "[10, 3, 3, 3, 3, 2, \"2\"]", "conv_kernel: is \"2\", not a whole number")]
    [InlineData("layer_norm_eps", "0", "layer_norm_eps: is 0, not a number between")]
    [InlineData("conv_bias", "1", "conv_bias: is 1, not true or false")]
    [InlineData("intermediate_size", "65", "tensor 'wav2vec2.encoder.layers.0.feed_forward.intermediate_dense.weight': has the shape [128, 64], but config.json asks for [65, 64]")]
    [InlineData("num_hidden_layers", "3", "tensor 'encoder.layers.2.attention.q_proj.weight': is missing, though config.json asks for it")]
    [InlineData("num_hidden_layers", "1", "tensors 'encoder.layers.1.attention.k_proj.bias', 'encoder.layers.1.attention.k_proj.weight'")]
    [InlineData("vocab_size", "40", "tensor 'lm_head.weight': has the shape [32, 64], but config.json asks for [40, 64]")]
    public void A_setting_that_does_not_fit_is_named(string setting, string value, string why)
    {
        using var checkpoint = new TinyCheckpoint();
        checkpoint.Config[setting] = System.Text.Json.Nodes.JsonNode.Parse(value);
        checkpoint.Refused().ShouldContain(why);
    }

    [Theory]
    [InlineData("Wav2Vec2ConformerForCTC", "wav2vec2-conformer", "position_embeddings_type", "\"relative_key\"", "position_embeddings_type: is 'relative_key'; relative, rotary and null are supported")]
    [InlineData("Wav2Vec2BertForCTC", "wav2vec2-bert", "position_embeddings_type", "\"alibi\"", "position_embeddings_type: is 'alibi'; relative_key, relative, rotary and null are supported")]
    [InlineData("Wav2Vec2BertForCTC", "wav2vec2-bert", "position_embeddings_type", "1", "position_embeddings_type: is 1, not a text")]
    [InlineData("Wav2Vec2BertForCTC", "wav2vec2-bert", "conv_depthwise_kernel_size", "8", "conv_depthwise_kernel_size: is even")]
    [InlineData("Wav2Vec2BertForCTC", "wav2vec2-bert", "left_max_position_embeddings", "-1", "left_max_position_embeddings: is -1, not a whole number from 0")]
    [InlineData("Wav2Vec2BertForCTC", "wav2vec2-bert", "num_attention_heads", "3", "num_attention_heads: does not divide hidden_size")]
    [InlineData("Wav2Vec2BertForCTC", "wav2vec2-bert", "add_adapter", "\"yes\"", "tensor 'feature_projection.layer_norm.weight': is missing")]
    public void A_setting_of_a_conformer_that_does_not_fit_is_named(string architecture, string type, string setting, string value, string why)
    {
        using var checkpoint = new TinyCheckpoint();
        checkpoint.Config["architectures"] = new System.Text.Json.Nodes.JsonArray(architecture);
        checkpoint.Config["model_type"] = type;
        checkpoint.Config[setting] = System.Text.Json.Nodes.JsonNode.Parse(value);
        checkpoint.Refused().ShouldContain(why);
    }

    [Fact]
    public void A_tensor_that_belongs_to_no_part_is_named()
    {
        using var checkpoint = new TinyCheckpoint();
        checkpoint.Tensors["wav2vec2.encoder.rel_attn_embed.weight"] = new Values([1], [1]);
        checkpoint.Refused().ShouldContain("tensor 'encoder.rel_attn_embed.weight': belong to no part of the model");
    }

    [Fact]
    public void A_tensor_under_two_names_is_refused()
    {
        using var checkpoint = new TinyCheckpoint();
        checkpoint.Tensors["encoder.layer_norm.weight"] = checkpoint.Tensors["wav2vec2.encoder.layer_norm.weight"];
        checkpoint.Refused().ShouldContain("comes twice");
    }

    [Fact]
    public void Lengths_that_fit_no_axis_are_refused()
    {
        const string Conv = "wav2vec2.encoder.pos_conv_embed.conv.weight";
        using var checkpoint = new TinyCheckpoint();
        checkpoint.Rename(Conv, Conv + "_v");
        checkpoint.Tensors[Conv + "_g"] = new Values([1, 1, 3], [1, 1, 1]);
        checkpoint.Refused().ShouldContain("no lengths along one axis");
    }

    [Theory]
    [InlineData("pytorch_model.bin", "a pickle that could run any code")]
    [InlineData("pytorch_model.bin.index.json", "save_pretrained")]
    [InlineData(null, "has no model.safetensors and no model.safetensors.index.json; download the whole folder")]
    public void A_folder_without_safetensors_says_how_to_get_them(string? other, string mend)
    {
        using var checkpoint = new TinyCheckpoint();
        checkpoint.Write();
        File.Delete(checkpoint["model.safetensors"]);
        if (other is not null)
        {
            File.WriteAllText(checkpoint[other], "x");
        }

        Should.Throw<ImportException>(() => CheckpointImporter.Import(checkpoint.Path)).Message.ShouldContain(mend);
    }

    [Theory]
    [InlineData(null, "there is no such file; download the whole folder")]
    [InlineData("", "is empty or no plain file")]
    [InlineData("[]", "is no JSON object")]
    [InlineData("{", "cannot be read as JSON")]
    [InlineData("\u0000", "cannot be read as JSON")]
    public void A_config_that_cannot_be_read_is_named(string? config, string why)
    {
        using var checkpoint = new TinyCheckpoint();
        checkpoint.Write();
        File.Delete(checkpoint["config.json"]);
        if (config is not null)
        {
            File.WriteAllText(checkpoint["config.json"], config);
        }

        string message = Should.Throw<ImportException>(() => CheckpointImporter.Import(checkpoint.Path)).Message;
        message.ShouldStartWith(checkpoint["config.json"]);
        message.ShouldContain(why);
    }

    [Fact]
    public void A_config_nested_without_end_is_refused()
    {
        using var checkpoint = new TinyCheckpoint();
        checkpoint.Write();
        File.WriteAllText(checkpoint["config.json"], new string('[', 1_000_000));
        Should.Throw<ImportException>(() => CheckpointImporter.Import(checkpoint.Path)).Message.ShouldContain("cannot be read as JSON");
    }

    [Fact]
    public void A_config_with_a_byte_order_mark_is_read()
    {
        using var checkpoint = new TinyCheckpoint();
        checkpoint.Write();
        File.WriteAllText(checkpoint["config.json"], checkpoint.Config.ToJsonString(), new UTF8Encoding(encoderShouldEmitUTF8Identifier: true));
        CheckpointImporter.Import(checkpoint.Path).Operations[^1].Name.ShouldBe("head");
    }

    [Theory]
    [InlineData("""{"sampling_rate": 8000}""", "sampling_rate: is 8000; models that hear 16000 samples a second are supported")]
    [InlineData("""{"feature_size": 80}""", "feature_size: is 80; this kind of model reads samples")]
    [InlineData("""{"do_normalize": "yes"}""", "do_normalize: is \"yes\", not true or false")]
    [InlineData("no", "cannot be read as JSON")]
    public void A_preprocessor_of_another_model_is_named(string json, string why)
    {
        using var checkpoint = new TinyCheckpoint();
        checkpoint.Write();
        File.WriteAllText(checkpoint["preprocessor_config.json"], json);
        string message = Should.Throw<ImportException>(() => CheckpointImporter.Import(checkpoint.Path)).Message;
        message.ShouldStartWith(checkpoint["preprocessor_config.json"]);
        message.ShouldContain(why);
    }

    [Theory]
    [InlineData("../secret.safetensors")]
    [InlineData("..")]
    [InlineData("/etc/hostname")]
    [InlineData("sub/model.safetensors")]
    [InlineData("sub\\\\model.safetensors")]
    [InlineData("C:model.safetensors")]
    [InlineData("")]
    public void A_shard_out_of_the_folder_is_not_opened(string shard)
    {
        using var checkpoint = new TinyCheckpoint();
        checkpoint.Write();
        File.Delete(checkpoint["model.safetensors"]);
        File.WriteAllText(checkpoint["model.safetensors.index.json"], $$"""{"weight_map": {"lm_head.weight": "{{shard}}"} }""");
        Should.Throw<ImportException>(() => CheckpointImporter.Import(checkpoint.Path)).Message.ShouldContain("is no plain name of a file of this folder, so it is not read");
    }

    [Theory]
    [InlineData("{}", "has no weight_map")]
    [InlineData("""{"weight_map": 1}""", "has no weight_map")]
    [InlineData("""{"weight_map": {"a": 1}}""", "has no weight_map")]
    [InlineData("""{"weight_map": {"a": "none.safetensors"}}""", "none.safetensors: there is no such file")]
    [InlineData("""{"weight_map": {"a": "shard.safetensors"}}""", "tensor 'a': is not in shard.safetensors")]
    public void An_index_that_does_not_fit_is_named(string index, string why)
    {
        using var checkpoint = new TinyCheckpoint();
        checkpoint.Write();
        File.Move(checkpoint["model.safetensors"], checkpoint["shard.safetensors"]);
        File.WriteAllText(checkpoint["model.safetensors.index.json"], index);
        Should.Throw<ImportException>(() => CheckpointImporter.Import(checkpoint.Path)).Message.ShouldContain(why);
    }

    [Fact]
    public void The_links_of_a_download_cache_are_followed_and_others_are_not()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        using var checkpoint = new TinyCheckpoint();
        checkpoint.Write();
        using var cache = new TemporaryFolder();
        string blobs = Directory.CreateDirectory(cache["models--owner--commands/blobs"]).FullName;
        string snapshot = Directory.CreateDirectory(cache["models--owner--commands/snapshots/0123"]).FullName;
        File.Move(checkpoint["config.json"], Path.Combine(blobs, "aa"));
        File.Move(checkpoint["model.safetensors"], Path.Combine(blobs, "bb"));
        File.CreateSymbolicLink(Path.Combine(snapshot, "config.json"), "../../blobs/aa");
        File.CreateSymbolicLink(Path.Combine(snapshot, "model.safetensors"), "../../blobs/bb");
        CheckpointImporter.Import(snapshot).Name.ShouldBe("commands");

        File.Move(Path.Combine(blobs, "bb"), cache["elsewhere"]);
        File.CreateSymbolicLink(Path.Combine(blobs, "bb"), cache["elsewhere"]);
        Should.Throw<ImportException>(() => CheckpointImporter.Import(snapshot)).Message.ShouldContain("is a symbolic link out of the folder");
        File.Delete(Path.Combine(blobs, "bb"));
        File.CreateSymbolicLink(Path.Combine(blobs, "bb"), "bb");
        Should.Throw<ImportException>(() => CheckpointImporter.Import(snapshot)).Message.ShouldContain("circle of symbolic links");
    }
}

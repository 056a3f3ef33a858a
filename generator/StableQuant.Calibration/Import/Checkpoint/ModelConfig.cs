using System.Globalization;

namespace StableQuant.Calibration.Import.Checkpoint;

/// <summary>What <c>config.json</c> says about the sizes and forms of a model; defaults are those of the transformers library.</summary>
internal sealed record ModelConfig
{
    /// <summary>Channels of each convolution of the feature extractor.</summary>
    public required IReadOnlyList<int> ConvDim { get; init; }

    /// <summary>Taps of each.</summary>
    public required IReadOnlyList<int> ConvKernel { get; init; }

    /// <summary>Frames between two outputs of each.</summary>
    public required IReadOnlyList<int> ConvStride { get; init; }

    /// <summary>Whether they have biases.</summary>
    public required bool ConvBias { get; init; }

    /// <summary>Whether each is followed by a layer norm; otherwise the first alone is followed by a group norm.</summary>
    public required bool ConvLayerNorm { get; init; }

    /// <summary>The function behind the feature extractor's and the positional convolutions.</summary>
    public required string ConvActivation { get; init; }

    /// <summary>Whether a layer norm comes before the projection.</summary>
    public required bool ProjectionNorm { get; init; }

    /// <summary>Channels between blocks.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>Blocks.</summary>
    public required int Layers { get; init; }

    /// <summary>Heads of an attention; they divide <see cref="HiddenSize"/>.</summary>
    public required int Heads { get; init; }

    /// <summary>Channels within a feed-forward half.</summary>
    public required int IntermediateSize { get; init; }

    /// <summary>The function within a feed-forward half.</summary>
    public required string HiddenActivation { get; init; }

    /// <summary>Whether a norm comes before each half of a block, not after it.</summary>
    public required bool PreNorm { get; init; }

    /// <summary>
    /// Whether the last term of a weighted sum of layers comes behind the norm that ends an encoder of pre-norm blocks: so had transformers before
    /// its version 5, and a checkpoint means what the version meant that wrote it.
    /// </summary>
    public required bool NormsLastState { get; init; }

    /// <summary>Added to variances, but for the feature extractor's.</summary>
    public required float Epsilon { get; init; }

    /// <summary>Taps of a positional convolution.</summary>
    public required int PositionKernel { get; init; }

    /// <summary>Its groups; they divide <see cref="HiddenSize"/>.</summary>
    public required int PositionGroups { get; init; }

    /// <summary>Positional convolutions, one behind the other, each with a norm; null for one without.</summary>
    public required int? PositionDepth { get; init; }

    /// <summary>Whether a batch norm comes before the positional convolution.</summary>
    public required bool PositionBatchNorm { get; init; }

    /// <summary>Channels within the adapter that ends a block; null for blocks without one.</summary>
    public required int? BlockAdapterSize { get; init; }

    /// <summary>Strided convolutions with gates behind the encoder; 0 for none.</summary>
    public required int AdapterLayers { get; init; }

    /// <summary>Taps of each.</summary>
    public required int AdapterKernel { get; init; }

    /// <summary>Frames between two outputs of each.</summary>
    public required int AdapterStride { get; init; }

    /// <summary>Channels behind the encoder, which the head reads.</summary>
    public required int OutputSize { get; init; }

    /// <summary>Outputs of the head.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>Reads and checks the settings that the members of the wav2vec 2.0 family share.</summary>
    /// <param name="folder">The checkpoint.</param>
    /// <param name="json">Its config.json.</param>
    /// <param name="isData2Vec">Whether its form is that of data2vec: norms behind all convolutions, a stack of positional ones.</param>
    /// <param name="convolutions">The member's own defaults of conv_dim, conv_kernel and conv_stride; null for those of wav2vec 2.0.</param>
    /// <exception cref="ImportException">A setting is malformed, or asks for something that is not supported.</exception>
    public static ModelConfig Read(CheckpointFolder folder, ConfigReader json, bool isData2Vec, (int[] Dim, int[] Kernel, int[] Stride)? convolutions = null)
    {
        string file = folder.Shown(CheckpointFolder.ConfigFile);
        string norm = json.Text("feat_extract_norm", "group");
        (int[] dim, int[] kernel, int[] stride) = convolutions ?? ([512, 512, 512, 512, 512, 512, 512], [10, 3, 3, 3, 3, 2, 2], [5, 2, 2, 2, 2, 2, 2]);
        ModelConfig config = new()
        {
            ConvDim = json.Numbers("conv_dim", dim),
            ConvKernel = json.Numbers("conv_kernel", kernel),
            ConvStride = json.Numbers("conv_stride", stride),
            ConvBias = json.Flag("conv_bias", false),
            ConvLayerNorm = isData2Vec || norm == "layer",
            ConvActivation = json.Text("feat_extract_activation", "gelu"),
            ProjectionNorm = json.Flag("feat_proj_layer_norm", true),
            HiddenSize = json.Number("hidden_size", 768),
            Layers = json.Number("num_hidden_layers", 12),
            Heads = json.Number("num_attention_heads", 12),
            IntermediateSize = json.Number("intermediate_size", 3072),
            HiddenActivation = json.Text("hidden_act", "gelu"),
            PreNorm = !isData2Vec && json.Flag("do_stable_layer_norm", false),
            NormsLastState = json.Text("transformers_version") is { } version && int.TryParse(version.Split('.')[0], NumberStyles.None, CultureInfo.InvariantCulture, out int major) && major < 5,
            Epsilon = json.Float("layer_norm_eps", 1e-5f),
            PositionKernel = isData2Vec ? json.Number("conv_pos_kernel_size", 19) : json.Number("num_conv_pos_embeddings", 128),
            PositionGroups = json.Number("num_conv_pos_embedding_groups", 16),
            PositionDepth = isData2Vec ? json.Number("num_conv_pos_embeddings", 5) : null,
            PositionBatchNorm = !isData2Vec && json.Flag("conv_pos_batch_norm", false),
            VocabularySize = json.Number("vocab_size", 32),
            BlockAdapterSize = json.Has("adapter_attn_dim") ? json.Number("adapter_attn_dim", 0) : null,
            AdapterLayers = json.Flag("add_adapter", false) ? json.Number("num_adapter_layers", 3) : 0,
            AdapterKernel = json.Number("adapter_kernel_size", 3),
            AdapterStride = json.Number("adapter_stride", 2),
            OutputSize = json.Flag("add_adapter", false) ? json.Number("output_hidden_size", json.Number("hidden_size", 768)) : json.Number("hidden_size", 768),
        };

        void Check(bool holds, string place, string why)
        {
            if (!holds)
            {
                throw new ImportException(file, place, why);
            }
        }

        Check(norm is "group" or "layer", "feat_extract_norm", $"is '{norm}'; group and layer are known");
        Check(config.ConvDim.Count > 0 && config.ConvKernel.Count == config.ConvDim.Count && config.ConvStride.Count == config.ConvDim.Count, "conv_dim", "conv_dim, conv_kernel and conv_stride are not of the same length");
        Check(config.HiddenSize % config.Heads == 0, "num_attention_heads", "does not divide hidden_size");
        Check(config.HiddenSize % config.PositionGroups == 0, "num_conv_pos_embedding_groups", "does not divide hidden_size");
        return config;
    }
}

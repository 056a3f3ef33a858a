namespace StableQuant.Calibration.Import.Checkpoint;

/// <summary>What the modules of a conformer block are called, and which of them have biases.</summary>
/// <param name="FirstNorm">The norm before the first feed-forward half.</param>
/// <param name="First">That half.</param>
/// <param name="AttentionNorm">The norm before the attention.</param>
/// <param name="Query">Within it, <c>self_attn</c>, the layer that makes queries.</param>
/// <param name="Key">The one that makes keys.</param>
/// <param name="Value">The one that makes values.</param>
/// <param name="Output">The one behind it.</param>
/// <param name="Position">The one that makes positions.</param>
/// <param name="KeyBias">What is added to queries that meet keys.</param>
/// <param name="PositionBias">What is added to queries that meet positions.</param>
/// <param name="ConvolutionNorm">The norm before the convolutions.</param>
/// <param name="Convolution">The convolutions.</param>
/// <param name="BatchNorm">Of these, the norm behind the depthwise one.</param>
/// <param name="SecondNorm">The norm before the second feed-forward half.</param>
/// <param name="Second">That half.</param>
/// <param name="Up">Of a half, the layer that widens.</param>
/// <param name="Down">Of a half, the layer that narrows.</param>
/// <param name="Norm">The norm at the end.</param>
internal sealed record ConformerModules(
    string FirstNorm, string First, string AttentionNorm, string Query, string Key, string Value, string Output, string Position, string KeyBias, string PositionBias,
    string ConvolutionNorm, string Convolution, string BatchNorm, string SecondNorm, string Second, string Up, string Down, string Norm)
{
    /// <summary>Whether linear layers have biases.</summary>
    public bool HasBias { get; init; } = true;

    /// <summary>Whether convolutions have biases.</summary>
    public bool HasConvolutionBias { get; init; }

    /// <summary>As Wav2Vec2-Conformer and Wav2Vec2-BERT have them.</summary>
    public static ConformerModules Wav2Vec2 { get; } = new(
        "ffn1_layer_norm", "ffn1", "self_attn_layer_norm", "linear_q", "linear_k", "linear_v", "linear_out", "linear_pos",
        "pos_bias_u", "pos_bias_v", "conv_module.layer_norm", "conv_module", "batch_norm", "ffn2_layer_norm", "ffn2", "intermediate_dense", "output_dense", "final_layer_norm");

    /// <summary>As FastConformers have them.</summary>
    public static ConformerModules FastConformer { get; } = new(
        "norm_feed_forward1", "feed_forward1", "norm_self_att", "q_proj", "k_proj", "v_proj", "o_proj", "relative_k_proj",
        "bias_u", "bias_v", "norm_conv", "conv", "norm", "norm_feed_forward2", "feed_forward2", "linear1", "linear2", "norm_out");
}

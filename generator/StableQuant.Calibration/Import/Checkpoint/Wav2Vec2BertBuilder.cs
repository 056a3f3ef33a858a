using System.Globalization;
using StableQuant.Graph;

namespace StableQuant.Calibration.Import.Checkpoint;

/// <summary>
/// Builds Wav2Vec2-BERT (w2v-BERT 2.0): a norm and a projection of log-mel features, conformer blocks that see no later frame but by their
/// attention, and, where it has them, adapters with a stride.
/// </summary>
internal static class Wav2Vec2BertBuilder
{
    // The feed-forward half behind the blocks has its own, whatever config.json says.
    private const string IntermediateActivation = "relu";

    /// <summary>Builds a model.</summary>
    /// <exception cref="ImportException">A setting is malformed, or asks for something that is not supported.</exception>
    public static void Build(ModelBuilder model, CheckpointFolder folder, ConfigReader json)
    {
        string file = folder.Shown(CheckpointFolder.ConfigFile);
        int hidden = json.Number("hidden_size", 1024), features = json.Number("feature_projection_input_dim", BertFeatures.Channels);
        ConformerShape shape = ConformerShape.Read(
            file, json,
            [("relative_key", ConformerPositions.RelativeKey), ("relative", ConformerPositions.Relative), ("rotary", ConformerPositions.Rotary)],
            (hidden, json.Number("intermediate_size", 4096), json.Number("num_attention_heads", 16)), json.Text("hidden_act", "swish"), json.Float("layer_norm_eps", 1e-5f)) with { IsCausal = true };

        string stream = model.LayerNorm("projection.norm", "feature_projection.layer_norm", Operation.Features, features, shape.Epsilon);
        stream = model.Linear("projection", "feature_projection.projection", stream, features, hidden);
        var blocks = new ConformerBlocks(model, shape);
        int layers = json.Number("num_hidden_layers", 24);
        for (int block = 0; block < layers; block++)
        {
            model.HiddenState(stream, layers);
            stream = blocks.Build(block, stream);
        }

        model.HiddenState(stream, layers);
        if (json.Flag("use_intermediate_ffn_before_adapter", false))
        {
            stream = blocks.Half("intermediate", "intermediate_ffn", IntermediateActivation, stream, stream);
        }

        (stream, int channels) = json.Flag("add_adapter", false) ? Adapters(model, file, json, shape, stream) : (stream, hidden);
        Wav2Vec2Builder.Head(model, hidden, json.Number("vocab_size", 32), stream, channels);
    }

    private static (string Stream, int Channels) Adapters(ModelBuilder model, string file, ConfigReader json, ConformerShape shape, string stream)
    {
        int channels = json.Number("output_hidden_size", shape.HiddenSize), layers = json.Number("num_adapter_layers", 1);
        if (channels % shape.Heads != 0)
        {
            throw new ImportException(file, "num_attention_heads", "does not divide output_hidden_size");
        }

        if (channels != shape.HiddenSize)
        {
            stream = model.Linear("adapter.projection", "adapter.proj", stream, shape.HiddenSize, channels);
            stream = model.LayerNorm("adapter.norm", "adapter.proj_layer_norm", stream, channels, shape.Epsilon);
        }

        ConformerShape own = shape with { HiddenSize = channels };
        (int kernel, int stride, string activation) = (json.Number("adapter_kernel_size", 3), json.Number("adapter_stride", 2), json.Text("adapter_act", "relu"));
        for (int i = 0; i < layers; i++)
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"adapter{i}"), module = string.Create(CultureInfo.InvariantCulture, $"adapter.layers.{i}");
            stream = Adapter(model, own, name, module, stream, kernel, stride, activation);
        }

        return (stream, channels);
    }

    // Two convolutions that make fewer frames, of which one is what the attention of the other is added to.
    private static string Adapter(ModelBuilder model, ConformerShape shape, string name, string module, string stream, int kernel, int stride, string activation)
    {
        int channels = shape.HiddenSize;
        string Strided(string part, string norm, string convolution)
        {
            string normed = model.LayerNorm($"{name}.{part}.norm", $"{module}.{norm}", stream, channels, shape.Epsilon);
            var form = new Convolution(name, module, normed, channels, 2 * channels, kernel, stride, stride / 2, stride / 2, 1);
            return model.Gate($"{name}.{part}.glu", $"{module}.activation", model.Convolution($"{name}.{part}.convolution", $"{module}.{convolution}", form, hasBias: true));
        }

        string residual = Strided("residual", "residual_layer_norm", "residual_conv"), read = Strided("attention", "self_attn_layer_norm", "self_attn_conv");
        string attention = module + ".self_attn";
        string Layer(string role, string part, string input) => model.Linear($"{name}.{role}", $"{attention}.{part}", input, channels, channels);
        string attended = model.Attention(
            name + ".attention", attention, Layer("query", "linear_q", read), Layer("key", "linear_k", read), Layer("value", "linear_v", read), channels, shape.Heads);
        string sum = model.Sum(name + ".attention.add", residual, Layer("output", "linear_out", attended));
        string normed = model.LayerNorm(name + ".norm", module + ".ffn_layer_norm", sum, channels, shape.Epsilon);
        string up = model.Linear(name + ".up", module + ".ffn.intermediate_dense", normed, channels, shape.IntermediateSize);
        string activated = model.Activation(name, "adapter_act", activation, up);
        return model.Sum(name + ".add", sum, model.Linear(name + ".down", module + ".ffn.output_dense", activated, shape.IntermediateSize, channels));
    }
}

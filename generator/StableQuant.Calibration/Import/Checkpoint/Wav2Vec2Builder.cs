using System.Globalization;
using StableQuant.Calibration.Float;
using StableQuant.Graph;

namespace StableQuant.Calibration.Import.Checkpoint;

/// <summary>Builds wav2vec 2.0, HuBERT, UniSpeech, UniSpeech-SAT, data2vec-audio and WavLM, which share all parts but their positions.</summary>
internal static class Wav2Vec2Builder
{
    // The feature extractor's norms have their own, whatever config.json says.
    private const float ConvolutionEpsilon = 1e-5f;

    /// <summary>Builds a model with one positional convolution.</summary>
    public static void Build(ModelBuilder model, CheckpointFolder folder, ConfigReader json) => Build(model, ModelConfig.Read(folder, json, isData2Vec: false));

    /// <summary>Builds a model with a stack of them.</summary>
    public static void BuildData2Vec(ModelBuilder model, CheckpointFolder folder, ConfigReader json) => Build(model, ModelConfig.Read(folder, json, isData2Vec: true));

    /// <summary>Builds a model with one positional convolution, and attention with biases for distances.</summary>
    public static void BuildWavLM(ModelBuilder model, CheckpointFolder folder, ConfigReader json) =>
        Build(model, ModelConfig.Read(folder, json, isData2Vec: false), RelativeBiasBuilder.Read(folder, json));

    private static void Build(ModelBuilder model, ModelConfig config, RelativeBiasBuilder? biases = null)
    {
        string stream = FeatureExtractor(model, config);
        stream = Projection(model, config, stream);
        stream = PositionBuilder.Build(model, config, stream);
        if (!config.PreNorm)
        {
            stream = EncoderNorm(model, config, stream);
        }

        for (int block = 0; block < config.Layers; block++)
        {
            model.HiddenState(stream, config.Layers);
            stream = EncoderBlock(model, config, biases, block, stream);
        }

        string last = stream;
        if (config.PreNorm)
        {
            stream = EncoderNorm(model, config, stream);
        }

        model.HiddenState(config.NormsLastState ? stream : last, config.Layers);
        Head(model, config, AdapterBuilder.Build(model, config, stream));
    }

    /// <summary>The head.</summary>
    public static void Head(ModelBuilder model, ModelConfig config, string stream) => Head(model, config.HiddenSize, config.VocabularySize, stream, config.OutputSize);

    /// <summary>The head: for CTC the layer that makes the logits.</summary>
    /// <param name="model">The model.</param>
    /// <param name="hidden">Channels of the blocks, a weighted sum of which some heads read.</param>
    /// <param name="vocabulary">Tokens, where no language has its own.</param>
    /// <param name="stream">The last value.</param>
    /// <param name="channels">Its channels.</param>
    public static void Head(ModelBuilder model, int hidden, int vocabulary, string stream, int channels)
    {
        const string Module = "lm_head";
        if (model.Head.Kind != HeadKind.Ctc)
        {
            model.Head.Build(model, model.Weighted is null ? channels : hidden, model.Weighted ?? stream);
            return;
        }

        int outputs = model.Tensors.HasLanguage ? (int)model.Tensors.Require(Module + ".weight", -1, channels).Shape[0] : vocabulary;
        model.Linear("head", Module, stream, channels, outputs, needsBias: false);
    }

    /// <summary>The convolutions from the audio on.</summary>
    public static string FeatureExtractor(ModelBuilder model, ModelConfig config)
    {
        string stream = Operation.Audio;
        int channels = 1;
        for (int i = 0; i < config.ConvDim.Count; i++)
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"conv{i}"), module = string.Create(CultureInfo.InvariantCulture, $"feature_extractor.conv_layers.{i}");
            var shape = new Convolution(name, module, stream, channels, config.ConvDim[i], config.ConvKernel[i], config.ConvStride[i], 0, 0, 1);
            stream = model.Convolution(name, module + ".conv", shape, config.ConvBias);
            channels = config.ConvDim[i];
            if (config.ConvLayerNorm)
            {
                stream = model.LayerNorm(name + ".norm", module + ".layer_norm", stream, channels, ConvolutionEpsilon);
            }
            else if (i == 0)
            {
                stream = model.GroupNorm(name + ".norm", module + ".layer_norm", stream, channels, ConvolutionEpsilon);
            }

            stream = model.Activation(name, "feat_extract_activation", config.ConvActivation, stream);
        }

        return stream;
    }

    /// <summary>Builds the projection of what they make.</summary>
    public static string Projection(ModelBuilder model, ModelConfig config, string features)
    {
        const string Module = "feature_projection";
        int channels = config.ConvDim[^1];
        string normed = config.ProjectionNorm ? model.LayerNorm("projection.norm", Module + ".layer_norm", features, channels, config.Epsilon) : features;
        return model.Linear("projection", Module + ".projection", normed, channels, config.HiddenSize);
    }

    /// <summary>The norm before the blocks, or behind them.</summary>
    public static string EncoderNorm(ModelBuilder model, ModelConfig config, string stream) =>
        model.LayerNorm("encoder.norm", "encoder.layer_norm", stream, config.HiddenSize, config.Epsilon);

    /// <summary>A block.</summary>
    public static string EncoderBlock(ModelBuilder model, ModelConfig config, RelativeBiasBuilder? biases, int index, string stream)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"block{index}"), module = string.Create(CultureInfo.InvariantCulture, $"encoder.layers.{index}");
        int hidden = config.HiddenSize;
        string AttentionNorm(string value) => model.LayerNorm(name + ".attention.norm", module + ".layer_norm", value, hidden, config.Epsilon);
        string FinalNorm(string value) => model.LayerNorm(name + ".norm", module + ".final_layer_norm", value, hidden, config.Epsilon);

        string read = config.PreNorm ? AttentionNorm(stream) : stream;
        string query = model.Linear(name + ".query", module + ".attention.q_proj", read, hidden, hidden);
        string key = model.Linear(name + ".key", module + ".attention.k_proj", read, hidden, hidden);
        string value = model.Linear(name + ".value", module + ".attention.v_proj", read, hidden, hidden);
        string attention = biases is null
            ? model.Attention(name + ".attention", module + ".attention", query, key, value, hidden, config.Heads)
            : biases.Attention(model, name, module + ".attention", read, query, key, value, hidden, config.Heads);
        string output = model.Linear(name + ".output", module + ".attention.out_proj", attention, hidden, hidden);
        stream = model.Sum(name + ".attention.add", stream, output);
        stream = config.PreNorm ? stream : AttentionNorm(stream);

        read = config.PreNorm ? FinalNorm(stream) : stream;
        string up = model.Linear(name + ".up", module + ".feed_forward.intermediate_dense", read, hidden, config.IntermediateSize);
        string activated = model.Activation(name, "hidden_act", config.HiddenActivation, up);
        string down = model.Linear(name + ".down", module + ".feed_forward.output_dense", activated, config.IntermediateSize, hidden);
        stream = model.Sum(name + ".add", stream, down);
        return !config.PreNorm ? FinalNorm(stream)
            : config.BlockAdapterSize is { } size ? AdapterBuilder.InBlock(model, config, name, module, stream, size)
            : stream;
    }
}

using System.Globalization;
using StableQuant.Calibration.Float;
using StableQuant.Graph;

namespace StableQuant.Calibration.Import.Checkpoint;

/// <summary>
/// Builds Wav2Vec2-Conformer: wav2vec 2.0's feature extractor and projection, and blocks of a feed-forward half, attention with relative
/// positions, a depthwise convolution over time, and another feed-forward half.
/// </summary>
internal sealed class ConformerBuilder
{
    private const float BatchNormEpsilon = 1e-5f;

    private readonly ModelBuilder model;
    private readonly ModelConfig config;
    private readonly int kernel;

    private ConformerBuilder(ModelBuilder model, ModelConfig config, int kernel) => (this.model, this.config, this.kernel) = (model, config, kernel);

    /// <summary>Builds a model.</summary>
    /// <exception cref="ImportException">Its positions are of another kind.</exception>
    public static void Build(ModelBuilder model, CheckpointFolder folder, ConfigReader json)
    {
        ModelConfig config = ModelConfig.Read(folder, json, isData2Vec: false);
        string file = folder.Shown(CheckpointFolder.ConfigFile), positions = json.Text("position_embeddings_type", "relative");
        if (positions != "relative")
        {
            throw new ImportException(file, "position_embeddings_type", $"is '{positions}'; relative is supported");
        }

        int kernel = json.Number("conv_depthwise_kernel_size", 31);
        if (kernel % 2 == 0 || config.HiddenSize % 2 != 0)
        {
            throw new ImportException(file, kernel % 2 == 0 ? "conv_depthwise_kernel_size" : "hidden_size", kernel % 2 == 0 ? "is even" : "is odd");
        }

        // Only models without relative positions convolve to tell where a frame is.
        model.Tensors.PassOver("encoder.pos_conv_embed.");
        string stream = Wav2Vec2Builder.FeatureExtractor(model, config);
        stream = Wav2Vec2Builder.Projection(model, config, stream);
        var builder = new ConformerBuilder(model, config, kernel);
        for (int block = 0; block < config.Layers; block++)
        {
            model.HiddenState(stream, config.Layers);
            stream = builder.Block(block, stream);
        }

        string last = stream;
        stream = Wav2Vec2Builder.EncoderNorm(model, config, stream);
        model.HiddenState(config.NormsLastState ? stream : last, config.Layers);
        Wav2Vec2Builder.Head(model, config, stream);
    }

    private string Block(int index, string stream)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"block{index}"), module = string.Create(CultureInfo.InvariantCulture, $"encoder.layers.{index}");
        stream = Feed(name + ".first", module + ".ffn1", stream);
        stream = Attention(name, module, stream);
        stream = Convolution(name + ".convolution", module + ".conv_module", stream);
        stream = Feed(name + ".second", module + ".ffn2", stream);
        return Norm(name + ".norm", module + ".final_layer_norm", stream);
    }

    private string Norm(string name, string module, string input) => model.LayerNorm(name, module, input, config.HiddenSize, config.Epsilon);

    // Half of it is added.
    private string Feed(string name, string module, string stream)
    {
        (int hidden, int inner) = (config.HiddenSize, config.IntermediateSize);
        string read = Norm(name + ".norm", module + "_layer_norm", stream);
        string up = model.Linear(name + ".up", module + ".intermediate_dense", read, hidden, inner);
        string activated = model.Activation(name, "hidden_act", config.HiddenActivation, up);
        StoredTensor weight = model.Tensors.Require(module + ".output_dense.weight", hidden, inner), bias = model.Tensors.Require(module + ".output_dense.bias", hidden);
        string down = model.Linear(name + ".down", module + ".output_dense", activated, inner, hidden, () => new FloatParameters(Halved(weight.Read()), Halved(bias.Read())));
        return model.Sum(name + ".add", stream, down);
    }

    private string Attention(string name, string module, string stream)
    {
        (int hidden, int heads) = (config.HiddenSize, config.Heads);
        int size = hidden / heads;
        string attention = module + ".self_attn", read = Norm(name + ".attention.norm", module + ".self_attn_layer_norm", stream);
        StoredTensor weight = model.Tensors.Require(attention + ".linear_q.weight", hidden, hidden), bias = model.Tensors.Require(attention + ".linear_q.bias", hidden);
        StoredTensor positions = model.Tensors.Require(attention + ".linear_pos.weight", hidden, hidden);
        StoredTensor ofKeys = model.Tensors.Require(attention + ".pos_bias_u", heads, size), ofPositions = model.Tensors.Require(attention + ".pos_bias_v", heads, size);
        float scale = (float)Math.Pow(size, -0.5);

        string query = model.Linear(
            name + ".query", attention + ".linear_q", read, hidden, hidden, () => new FloatParameters(weight.Read(), [.. bias.Read().Zip(ofKeys.Read(), (b, u) => b + u)]));
        string key = model.Linear(name + ".key", attention + ".linear_k", read, hidden, hidden);
        string value = model.Linear(name + ".value", attention + ".linear_v", read, hidden, hidden);
        const string Waves = "sinusoids";
        string waves = model.Has(Waves) ? Waves : model.Sinusoids(Waves, read, hidden);
        FloatParameters Positions() => RelativePositionWeights.Positions(positions.Read());
        string position = model.Linear(name + ".position", attention + ".linear_pos", waves, hidden, 2 * hidden, Positions);
        string biases = model.Linear(name + ".position.bias", attention + ".pos_bias_v", waves, hidden, 2 * heads, () =>
            RelativePositionWeights.Biases(Positions(), [.. ofPositions.Read().Zip(ofKeys.Read(), (v, u) => (double)v - u)], heads, scale));
        string attended = model.Attention(new RelativeAttention(name + ".attention", attention, query, key, value, position, biases, heads, size, scale));
        string output = model.Linear(name + ".output", attention + ".linear_out", attended, hidden, hidden);
        return model.Sum(name + ".attention.add", stream, output);
    }

    private string Convolution(string name, string module, string stream)
    {
        int hidden = config.HiddenSize;
        Convolution Shape(string input, int inputs, int outputs, int taps, int groups) => new(name, module, input, inputs, outputs, taps, 1, taps / 2, taps / 2, groups);
        string read = Norm(name + ".norm", module + ".layer_norm", stream);
        string wide = model.Convolution(name + ".in", module + ".pointwise_conv1", Shape(read, hidden, 2 * hidden, 1, 1), hasBias: false);
        string gated = model.Gate(name + ".glu", module + ".glu", wide);

        StoredTensor weight = model.Tensors.Require(module + ".depthwise_conv.weight", hidden, 1, kernel);
        StoredTensor Of(string part) => model.Tensors.Require(module + ".batch_norm." + part, hidden);
        StoredTensor gains = Of("weight"), shifts = Of("bias"), means = Of("running_mean"), variances = Of("running_var");
        model.Tensors.PassOver(module + ".batch_norm.num_batches_tracked");
        string convolved = model.Convolution(name, module + ".depthwise_conv", Shape(gated, hidden, hidden, kernel, hidden), () =>
        {
            (float[] weights, float[] bias) = (weight.Read(), shifts.Read());
            float[] gain = gains.Read(), mean = means.Read(), variance = variances.Read();
            for (int channel = 0; channel < hidden; channel++)
            {
                double factor = gain[channel] / Math.Sqrt(variance[channel] + (double)BatchNormEpsilon);
                foreach (ref float w in weights.AsSpan(channel * kernel, kernel))
                {
                    w = (float)(w * factor);
                }

                bias[channel] = (float)(bias[channel] - (mean[channel] * factor));
            }

            return new FloatParameters(weights, bias);
        });

        string activated = model.Activation(name, "hidden_act", config.HiddenActivation, convolved);
        string narrow = model.Convolution(name + ".out", module + ".pointwise_conv2", Shape(activated, hidden, hidden, 1, 1), hasBias: false);
        return model.Sum(name + ".add", stream, narrow);
    }

    private static float[] Halved(float[] values) => [.. values.Select(v => v / 2)];
}

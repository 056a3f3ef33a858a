using System.Globalization;
using StableQuant.Calibration.Float;
using StableQuant.Graph;

namespace StableQuant.Calibration.Import.Checkpoint;

/// <summary>Builds what tells a model where in time a frame is: one convolution over many frames, or a stack of smaller ones, added to the stream.</summary>
internal static class PositionBuilder
{
    private const string Module = "encoder.pos_conv_embed";
    private const string Projection = "feature_projection.projection";
    private const float Epsilon = 1e-5f;

    /// <summary>Builds it; returns the sum's name.</summary>
    public static string Build(ModelBuilder model, ModelConfig config, string stream)
    {
        string positional = config.PositionDepth is { } depth ? Stack(model, config, stream, depth) : Single(model, config, stream);
        return model.Sum("position.add", stream, positional);
    }

    /// <summary>One convolution and its activation; returns the latter's name.</summary>
    /// <param name="model">Receives them.</param>
    /// <param name="config">The sizes.</param>
    /// <param name="stream">What is read.</param>
    /// <param name="stride">Frames from one output to the next; 1 where their number is kept.</param>
    public static string Single(ModelBuilder model, ModelConfig config, string stream, int stride = 1)
    {
        string read = config.PositionBatchNorm ? BatchNormed(model, config) : stream;
        Convolution shape = Shape(config, read, stride);
        long inputs = shape.InputChannels / shape.Groups;
        const string Conv = Module + ".conv";
        StoredTensor bias = model.Tensors.Require(Conv + ".bias", config.HiddenSize);

        // Before PyTorch 2.0, since then, and folded.
        (string gain, string direction)? named =
            model.Tensors.Has(Conv + ".weight_g") ? (Conv + ".weight_g", Conv + ".weight_v")
            : model.Tensors.Has(Conv + ".parametrizations.weight.original0") ? (Conv + ".parametrizations.weight.original0", Conv + ".parametrizations.weight.original1")
            : null;
        Func<float[]> weight;
        if (named is { } parts)
        {
            StoredTensor gain = model.Tensors.Require(parts.gain, -1, -1, -1);
            StoredTensor direction = model.Tensors.Require(parts.direction, shape.OutputChannels, inputs, shape.Kernel);
            weight = WeightNorm.Of(gain, direction);
        }
        else
        {
            weight = model.Tensors.Require(Conv + ".weight", shape.OutputChannels, inputs, shape.Kernel).Read;
        }

        string convolved = model.Convolution("position", Conv, shape, weight, bias);
        return model.Activation("position", "feat_extract_activation", config.ConvActivation, convolved);
    }

    private static string Stack(ModelBuilder model, ModelConfig config, string stream, int depth)
    {
        for (int i = 0; i < depth; i++)
        {
            string name = i == 0 ? "position" : string.Create(CultureInfo.InvariantCulture, $"position{i}");
            stream = model.Convolution(name, string.Create(CultureInfo.InvariantCulture, $"{Module}.layers.{i}.conv"), Shape(config, stream), hasBias: true);
            stream = model.LayerNorm(name + ".norm", null, stream, config.HiddenSize, Epsilon);
            stream = model.Activation(name, "feat_extract_activation", config.ConvActivation, stream);
        }

        return stream;
    }

    // Of the outputs for so much padding on both sides the last may be dropped: there are as many frames as before, or one for each whole stride.
    private static Convolution Shape(ModelConfig config, string input, int stride = 1)
    {
        int left = config.PositionKernel / 2, right = config.PositionKernel - left - stride;
        return new Convolution("position", Module, input, config.HiddenSize, config.HiddenSize, config.PositionKernel, stride, left, right, config.PositionGroups);
    }

    // The convolution pads with zeros behind the norm, so this cannot be folded into it; it is folded into a projection of its own.
    private static string BatchNormed(ModelBuilder model, ModelConfig config)
    {
        const string Norm = Module + ".batch_norm";
        int channels = config.HiddenSize, inputs = config.ConvDim[^1];
        StoredTensor Vector(string part) => model.Tensors.Require(Norm + part, channels);
        StoredTensor gains = Vector(".weight"), shifts = Vector(".bias"), means = Vector(".running_mean"), variances = Vector(".running_var");
        StoredTensor weight = model.Tensors.Require(Projection + ".weight", channels, inputs), bias = model.Tensors.Require(Projection + ".bias", channels);
        string features = model.InputOf("projection");
        return model.Linear("position.projection", Norm, features, inputs, channels, () =>
        {
            float[] gain = gains.Read(), shift = shifts.Read(), mean = means.Read(), variance = variances.Read();
            float[] weights = weight.Read(), biases = bias.Read();
            for (int channel = 0; channel < channels; channel++)
            {
                double factor = gain[channel] / Math.Sqrt(variance[channel] + (double)Epsilon);
                foreach (ref float w in weights.AsSpan(channel * inputs, inputs))
                {
                    w = (float)(w * factor);
                }

                biases[channel] = (float)(((biases[channel] - mean[channel]) * factor) + shift[channel]);
            }

            return new FloatParameters(weights, biases);
        });
    }
}

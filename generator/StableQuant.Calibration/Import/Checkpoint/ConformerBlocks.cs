using System.Globalization;
using StableQuant.Calibration.Float;
using StableQuant.Graph;

namespace StableQuant.Calibration.Import.Checkpoint;

/// <summary>Builds conformer blocks: a feed-forward half, attention, a depthwise convolution over time, and another feed-forward half.</summary>
/// <param name="model">Receives them.</param>
/// <param name="shape">Their sizes and forms.</param>
internal sealed class ConformerBlocks(ModelBuilder model, ConformerShape shape)
{
    private const float BatchNormEpsilon = 1e-5f;

    private readonly ConformerAttention attention = new(model, shape);

    /// <summary>Builds a block; returns its result.</summary>
    public string Build(int index, string stream)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"block{index}"), module = string.Create(CultureInfo.InvariantCulture, $"encoder.layers.{index}");
        stream = Feed(name + ".first", module + ".ffn1", stream);
        stream = attention.Build(name, module, stream);
        stream = Convolution(name + ".convolution", module + ".conv_module", stream);
        stream = Feed(name + ".second", module + ".ffn2", stream);
        return Norm(name + ".norm", module + ".final_layer_norm", stream);
    }

    private string Norm(string name, string module, string input) => model.LayerNorm(name, module, input, shape.HiddenSize, shape.Epsilon);

    private string Feed(string name, string module, string stream) =>
        Half(name, module, shape.HiddenActivation, stream, Norm(name + ".norm", module + "_layer_norm", stream));

    /// <summary>Builds a feed-forward half, of which a half is added; returns the sum.</summary>
    /// <param name="name">The name of its parts.</param>
    /// <param name="module">Its module.</param>
    /// <param name="activation">The function within.</param>
    /// <param name="stream">What it is added to.</param>
    /// <param name="read">What it reads.</param>
    public string Half(string name, string module, string activation, string stream, string read)
    {
        (int hidden, int inner) = (shape.HiddenSize, shape.IntermediateSize);
        string up = model.Linear(name + ".up", module + ".intermediate_dense", read, hidden, inner);
        string activated = model.Activation(name, "hidden_act", activation, up);
        StoredTensor weight = model.Tensors.Require(module + ".output_dense.weight", hidden, inner), bias = model.Tensors.Require(module + ".output_dense.bias", hidden);
        string down = model.Linear(name + ".down", module + ".output_dense", activated, inner, hidden, () => new FloatParameters(Halved(weight.Read()), Halved(bias.Read())));
        return model.Sum(name + ".add", stream, down);
    }

    private string Convolution(string name, string module, string stream)
    {
        int hidden = shape.HiddenSize;
        Convolution Shape(string input, int inputs, int outputs) => new(name, module, input, inputs, outputs, 1, 1, 0, 0, 1);
        string read = Norm(name + ".norm", module + ".layer_norm", stream);
        string wide = model.Convolution(name + ".in", module + ".pointwise_conv1", Shape(read, hidden, 2 * hidden), hasBias: false);
        string gated = model.Gate(name + ".glu", module + ".glu", wide);
        string convolved = shape.IsCausal ? Causal(name, module, gated) : Centered(name, module, gated);
        string activated = model.Activation(name, "hidden_act", shape.HiddenActivation, convolved);
        string narrow = model.Convolution(name + ".out", module + ".pointwise_conv2", Shape(activated, hidden, hidden), hasBias: false);
        return model.Sum(name + ".add", stream, narrow);
    }

    private Convolution Depthwise(string name, string module, string input, int padLeft) =>
        new(name, module, input, shape.HiddenSize, shape.HiddenSize, shape.Kernel, 1, padLeft, shape.Kernel - 1 - padLeft, shape.HiddenSize);

    private string Causal(string name, string module, string input) => Norm(
        name + ".depthwise.norm", module + ".depthwise_layer_norm",
        model.Convolution(name, module + ".depthwise_conv", Depthwise(name, module, input, shape.Kernel - 1), hasBias: false));

    // The batch norm behind it is part of its weights.
    private string Centered(string name, string module, string input)
    {
        (int hidden, int kernel) = (shape.HiddenSize, shape.Kernel);
        StoredTensor weight = model.Tensors.Require(module + ".depthwise_conv.weight", hidden, 1, kernel);
        StoredTensor Of(string part) => model.Tensors.Require(module + ".batch_norm." + part, hidden);
        StoredTensor gains = Of("weight"), shifts = Of("bias"), means = Of("running_mean"), variances = Of("running_var");
        model.Tensors.PassOver(module + ".batch_norm.num_batches_tracked");
        return model.Convolution(name, module + ".depthwise_conv", Depthwise(name, module, input, kernel / 2), () =>
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
    }

    private static float[] Halved(float[] values) => [.. values.Select(v => v / 2)];
}

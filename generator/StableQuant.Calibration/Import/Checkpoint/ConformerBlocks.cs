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
        ConformerModules modules = shape.Modules;
        string Of(string part) => $"{module}.{part}";
        stream = Half(name + ".first", Of(modules.First), shape.HiddenActivation, stream, Norm(name + ".first.norm", Of(modules.FirstNorm), stream));
        stream = attention.Build(name, module, stream);
        stream = Convolution(name + ".convolution", Of(modules.ConvolutionNorm), Of(modules.Convolution), stream);
        stream = Half(name + ".second", Of(modules.Second), shape.HiddenActivation, stream, Norm(name + ".second.norm", Of(modules.SecondNorm), stream));
        return Norm(name + ".norm", Of(modules.Norm), stream);
    }

    private string Norm(string name, string module, string input) => model.LayerNorm(name, module, input, shape.HiddenSize, shape.Epsilon);

    /// <summary>Builds a feed-forward half, of which a half is added; returns the sum.</summary>
    /// <param name="name">The name of its parts.</param>
    /// <param name="module">Its module.</param>
    /// <param name="activation">The function within.</param>
    /// <param name="stream">What it is added to.</param>
    /// <param name="read">What it reads.</param>
    public string Half(string name, string module, string activation, string stream, string read)
    {
        (int hidden, int inner) = (shape.HiddenSize, shape.IntermediateSize);
        string up = model.Linear(name + ".up", $"{module}.{shape.Modules.Up}", read, hidden, inner, shape.Modules.HasBias);
        string activated = model.Activation(name, "hidden_act", activation, up), last = $"{module}.{shape.Modules.Down}";
        StoredTensor weight = model.Tensors.Require(last + ".weight", hidden, inner);
        StoredTensor? bias = shape.Modules.HasBias ? model.Tensors.Require(last + ".bias", hidden) : null;
        string down = model.Linear(name + ".down", last, activated, inner, hidden, () => new FloatParameters(Halved(weight.Read()), bias is null ? null : Halved(bias.Read())));
        return model.Sum(name + ".add", stream, down);
    }

    private string Convolution(string name, string normModule, string module, string stream)
    {
        (int hidden, bool hasBias) = (shape.HiddenSize, shape.Modules.HasConvolutionBias);
        Convolution Shape(string input, int inputs, int outputs) => new(name, module, input, inputs, outputs, 1, 1, 0, 0, 1);
        string read = Norm(name + ".norm", normModule, stream);
        string wide = model.Convolution(name + ".in", module + ".pointwise_conv1", Shape(read, hidden, 2 * hidden), hasBias);
        string gated = model.Gate(name + ".glu", module + ".glu", wide);
        string convolved = shape.IsCausal ? Causal(name, module, gated) : Centered(name, module, gated);
        string activated = model.Activation(name, "hidden_act", shape.HiddenActivation, convolved);
        string narrow = model.Convolution(name + ".out", module + ".pointwise_conv2", Shape(activated, hidden, hidden), hasBias);
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
        StoredTensor? own = shape.Modules.HasConvolutionBias ? model.Tensors.Require(module + ".depthwise_conv.bias", hidden) : null;
        string norm = $"{module}.{shape.Modules.BatchNorm}.";
        StoredTensor Of(string part) => model.Tensors.Require(norm + part, hidden);
        StoredTensor gains = Of("weight"), shifts = Of("bias"), means = Of("running_mean"), variances = Of("running_var");
        model.Tensors.PassOver(norm + "num_batches_tracked");
        return model.Convolution(name, module + ".depthwise_conv", Depthwise(name, module, input, kernel / 2), () =>
        {
            (float[] weights, float[] bias) = (weight.Read(), shifts.Read());
            float[] gain = gains.Read(), mean = means.Read(), variance = variances.Read(), before = own?.Read() ?? new float[hidden];
            for (int channel = 0; channel < hidden; channel++)
            {
                double factor = gain[channel] / Math.Sqrt(variance[channel] + (double)BatchNormEpsilon);
                foreach (ref float w in weights.AsSpan(channel * kernel, kernel))
                {
                    w = (float)(w * factor);
                }

                bias[channel] = (float)(bias[channel] + ((before[channel] - mean[channel]) * factor));
            }

            return new FloatParameters(weights, bias);
        });
    }

    private static float[] Halved(float[] values) => [.. values.Select(v => v / 2)];
}

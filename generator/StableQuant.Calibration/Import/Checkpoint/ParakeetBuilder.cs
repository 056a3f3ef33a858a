using System.Globalization;
using System.Numerics;
using StableQuant.Calibration.Float;
using StableQuant.Graph;

namespace StableQuant.Calibration.Import.Checkpoint;

/// <summary>
/// Builds Parakeet-CTC (NVIDIA NeMo's FastConformer): convolutions over time and bands with a stride, which join in a projection, conformer blocks
/// with relative positions, and a head.
/// </summary>
internal static class ParakeetBuilder
{
    // Norms have it, whatever config.json says.
    private const float Epsilon = 1e-5f;

    private const string Subsampling = "encoder.subsampling.";

    /// <summary>Builds a model.</summary>
    /// <exception cref="ImportException">A setting is malformed, or asks for something that is not supported.</exception>
    public static void Build(ModelBuilder model, CheckpointFolder folder, ConfigReader json)
    {
        string file = folder.Shown(CheckpointFolder.ConfigFile);
        ConfigReader encoder = json.Within("encoder_config");
        ConformerShape shape = Shape(file, encoder);
        string stream = Subsample(model, file, encoder, shape.HiddenSize);
        var blocks = new ConformerBlocks(model, shape);
        int layers = encoder.Number("num_hidden_layers", 24);
        for (int block = 0; block < layers; block++)
        {
            stream = blocks.Build(block, stream);
        }

        int tokens = json.Number("vocab_size", 1025);
        StoredTensor weight = model.Tensors.Require("ctc_head.weight", tokens, shape.HiddenSize, 1), bias = model.Tensors.Require("ctc_head.bias", tokens);
        model.Linear("head", "ctc_head", stream, shape.HiddenSize, tokens, () => new FloatParameters(weight.Read(), bias.Read()));
    }

    private static ConformerShape Shape(string file, ConfigReader encoder)
    {
        (int hidden, int heads, int kernel) = (encoder.Number("hidden_size", 1024), encoder.Number("num_attention_heads", 8), encoder.Number("conv_kernel_size", 9));
        if (hidden % heads != 0 || hidden % 2 != 0 || kernel % 2 == 0)
        {
            throw new ImportException(file, kernel % 2 == 0 ? "conv_kernel_size" : "hidden_size", kernel % 2 == 0 ? "is even" : hidden % 2 != 0 ? "is odd" : "is not divided by num_attention_heads");
        }

        return encoder.Number("num_key_value_heads", heads) != heads ? throw new ImportException(file, "num_key_value_heads", "is not num_attention_heads; heads that share keys are not supported") : new ConformerShape
        {
            HiddenSize = hidden,
            IntermediateSize = encoder.Number("intermediate_size", 4096),
            Heads = heads,
            HiddenActivation = encoder.Text("hidden_act", "silu"),
            Epsilon = Epsilon,
            Kernel = kernel,
            Positions = ConformerPositions.Relative,
            Modules = ConformerModules.FastConformer with { HasBias = encoder.Flag("attention_bias", true), HasConvolutionBias = encoder.Flag("convolution_bias", true) },
        };
    }

    // The first convolution, and then for each halving one of each channel and one of one tap.
    private static string Subsample(ModelBuilder model, string file, ConfigReader encoder, int hidden)
    {
        (int bands, int channels, int factor) = (encoder.Number("num_mel_bins", ParakeetFeatures.Bands), encoder.Number("subsampling_conv_channels", 256), encoder.Number("subsampling_factor", 8));
        (int kernel, int stride) = (encoder.Number("subsampling_conv_kernel_size", 3), encoder.Number("subsampling_conv_stride", 2));
        if (!BitOperations.IsPow2(factor) || factor == 1 || kernel % 2 == 0)
        {
            throw new ImportException(file, kernel % 2 == 0 ? "subsampling_conv_kernel_size" : "subsampling_factor", kernel % 2 == 0 ? "is even" : "is no power of two");
        }

        string stream = Operation.Features;
        for (int i = 0; i < BitOperations.Log2((uint)factor); i++)
        {
            // Modules between them are activations.
            string name = string.Create(CultureInfo.InvariantCulture, $"subsample{i}");
            string Module(int behind) => string.Create(CultureInfo.InvariantCulture, $"{Subsampling}layers.{(i == 0 ? 0 : (3 * i) - 1) + behind}");
            var convolution = new Convolution2d(name, Module(0), stream, bands, i == 0 ? 1 : channels, channels, kernel, stride, kernel / 2);
            stream = model.Convolution(name, Module(0), convolution);
            bands = bands + (2 * convolution.Padding) >= kernel ? convolution.OutputBands : throw new ImportException(file, "num_mel_bins", "is too small for its subsampling");
            stream = i == 0 ? stream : model.Pointwise(name + ".pointwise", Module(1), stream, channels, channels);
            stream = model.Activation(name, "subsampling", "relu", stream);
        }

        // Scaled as what blocks read is.
        float scale = encoder.Flag("scale_input", true) ? MathF.Sqrt(hidden) : 1;
        StoredTensor weight = model.Tensors.Require(Subsampling + "linear.weight", hidden, (long)channels * bands), bias = model.Tensors.Require(Subsampling + "linear.bias", hidden);
        float[] Scaled(StoredTensor tensor) => [.. tensor.Read().Select(w => w * scale)];
        return model.Convolution(
            "projection", Subsampling + "linear", new Convolution("projection", "", stream, channels, hidden, bands, bands, 0, 0, 1), () => new FloatParameters(Scaled(weight), Scaled(bias)));
    }
}

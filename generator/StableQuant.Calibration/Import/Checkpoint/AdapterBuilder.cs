using System.Globalization;
using StableQuant.Graph;

namespace StableQuant.Calibration.Import.Checkpoint;

/// <summary>Builds adapters: a narrow half at the end of a block, which MMS has one a language of, and strided convolutions with gates behind the encoder.</summary>
internal static class AdapterBuilder
{
    // The adapters' norms have their own, whatever config.json says.
    private const float Epsilon = 1e-5f;

    /// <summary>The adapter that ends a block.</summary>
    public static string InBlock(ModelBuilder model, ModelConfig config, string block, string blockModule, string stream, int size)
    {
        string name = block + ".adapter", module = blockModule + ".adapter_layer";
        string normed = model.LayerNorm(name + ".norm", module + ".norm", stream, config.HiddenSize, Epsilon);
        string down = model.Linear(name + ".down", module + ".linear_1", normed, config.HiddenSize, size);
        string activated = model.Activation(name, "adapter_attn_dim", "relu", down);
        string up = model.Linear(name + ".up", module + ".linear_2", activated, size, config.HiddenSize);
        return model.Sum(name + ".add", stream, up);
    }

    /// <summary>What stands behind the encoder; returns the encoder's own value where nothing does.</summary>
    public static string Build(ModelBuilder model, ModelConfig config, string stream)
    {
        if (config.AdapterLayers == 0)
        {
            return stream;
        }

        int channels = config.OutputSize;
        if (channels != config.HiddenSize)
        {
            stream = model.Linear("adapter.projection", "adapter.proj", stream, config.HiddenSize, channels);
            stream = model.LayerNorm("adapter.norm", "adapter.proj_layer_norm", stream, channels, Epsilon);
        }

        for (int i = 0; i < config.AdapterLayers; i++)
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"adapter{i}"), module = string.Create(CultureInfo.InvariantCulture, $"adapter.layers.{i}.conv");
            var shape = new Convolution(name, module, stream, channels, 2 * channels, config.AdapterKernel, config.AdapterStride, 1, 1, 1);
            stream = model.Gate(name, model.Convolution(name, module, shape, hasBias: true));
        }

        return stream;
    }
}

using System.Globalization;
using StableQuant.Calibration.Float;
using StableQuant.Graph;

namespace StableQuant.Calibration.Import.Checkpoint;

/// <summary>Builds what stands behind an encoder that classifies or embeds: projector, pooling, classifier.</summary>
internal static class HeadBuilder
{
    private const string Relu = "relu";

    /// <summary>One answer an utterance: a projector, the mean of all frames, a classifier.</summary>
    public static void Classes(ModelBuilder model, int channels, string stream)
    {
        int size = model.Json.Number("classifier_proj_size", 256);
        string projected = model.Linear("projector", "projector", stream, channels, size);
        Classifier(model, size, model.Pool(new MeanPool("pool", "pool", projected)));
    }

    /// <summary>An answer a frame: a classifier.</summary>
    public static void FrameClasses(ModelBuilder model, int channels, string stream) => Classifier(model, channels, stream);

    /// <summary>An x-vector: a projector, dilated convolutions, statistics of all frames, a linear layer. What classifies the speakers of its training is left out.</summary>
    public static void XVector(ModelBuilder model, int channels, string stream)
    {
        IReadOnlyList<int> sizes = model.Json.Numbers("tdnn_dim", [512, 512, 512, 512, 1500]);
        IReadOnlyList<int> kernels = model.Json.Numbers("tdnn_kernel", [5, 3, 3, 1, 1]), dilations = model.Json.Numbers("tdnn_dilation", [1, 2, 3, 1, 1]);
        if (sizes.Count == 0 || kernels.Count != sizes.Count || dilations.Count != sizes.Count)
        {
            throw new ImportException(model.ConfigFile, "tdnn_dim", "tdnn_dim, tdnn_kernel and tdnn_dilation are not of the same length");
        }

        stream = model.Linear("projector", "projector", stream, channels, sizes[0]);
        int inputs = sizes[0];
        for (int i = 0; i < sizes.Count; i++)
        {
            stream = Tdnn(model, i, stream, inputs, sizes[i], kernels[i], dilations[i]);
            inputs = sizes[i];
        }

        string pooled = model.Pool(new StatisticsPool("pool", "pool", stream));
        model.Linear("head", "feature_extractor", pooled, 2 * inputs, model.Json.Number("xvector_output_dim", 512));
        model.Tensors.PassOver("classifier.");
        model.Tensors.PassOver("objective.");
    }

    /// <summary>Nothing: what the encoder makes is the embedding.</summary>
    public static void None(ModelBuilder model, int channels, string stream)
    {
    }

    private static void Classifier(ModelBuilder model, int channels, string stream) =>
        model.Linear("head", "classifier", stream, channels, (int)model.Tensors.Require("classifier.weight", -1, channels).Shape[0]);

    // Stored as a linear layer over its window: [outputs, kernel · inputs].
    private static string Tdnn(ModelBuilder model, int index, string stream, int inputs, int outputs, int kernel, int dilation)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"tdnn{index}"), module = string.Create(CultureInfo.InvariantCulture, $"tdnn.{index}.kernel");
        long taps = DilatedWeights.Taps(kernel, dilation);
        if (taps > DilatedWeights.MaxTaps)
        {
            throw new ImportException(model.ConfigFile, "tdnn_dilation", $"spreads a convolution over {taps} frames; {DilatedWeights.MaxTaps} are supported");
        }

        StoredTensor weight = model.Tensors.Require(module + ".weight", outputs, (long)kernel * inputs), bias = model.Tensors.Require(module + ".bias", outputs);
        var shape = new Convolution(name, module, stream, inputs, outputs, (int)taps, 1, 0, 0, 1);
        string made = model.ConvolutionOfTaps(shape, () => new FloatParameters(DilatedWeights.Spread(weight.Read(), kernel, inputs, dilation), bias.Read()));
        return model.Activation(name, "tdnn_dim", Relu, made);
    }
}

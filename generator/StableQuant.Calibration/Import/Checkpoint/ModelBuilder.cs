using StableQuant.Calibration.Float;
using StableQuant.Graph;

namespace StableQuant.Calibration.Import.Checkpoint;

/// <summary>
/// Collects the operations of a model, in the order of computation, with their parameters, which are read from the checkpoint when they are
/// asked for. Names are by role, as <see cref="Recognise.OperationNames"/> has them. Each method returns the name of what it made.
/// </summary>
/// <param name="tensors">The checkpoint's tensors.</param>
/// <param name="json">Its settings.</param>
/// <param name="config">The file that they are from, for messages.</param>
/// <param name="head">Its head.</param>
internal sealed class ModelBuilder(CheckpointTensors tensors, ConfigReader json, string config, CheckpointHead head)
{
    // As the transformers library names them.
    private static readonly Dictionary<string, ActivationFunction> Functions = new(StringComparer.Ordinal)
    {
        ["gelu"] = ActivationFunction.Gelu,
        ["gelu_python"] = ActivationFunction.Gelu,
        ["gelu_new"] = ActivationFunction.GeluTanh,
        ["gelu_pytorch_tanh"] = ActivationFunction.GeluTanh,
        ["gelu_fast"] = ActivationFunction.GeluTanh,
        ["relu"] = ActivationFunction.Relu,
        ["silu"] = ActivationFunction.Silu,
        ["swish"] = ActivationFunction.Silu,
    };

    private readonly List<Operation> operations = [];
    private readonly Dictionary<string, Func<FloatParameters>> parameters = new(StringComparer.Ordinal);

    private WeightedSum? weighted;

    /// <summary>The checkpoint's tensors.</summary>
    public CheckpointTensors Tensors => tensors;

    /// <summary>Its settings.</summary>
    public ConfigReader Json => json;

    /// <summary>The file that they are from, for messages.</summary>
    public string ConfigFile => config;

    /// <summary>Its head.</summary>
    public CheckpointHead Head => head;

    /// <summary>Takes what the next block reads, or behind the last one what it makes: the terms of a weighted sum, where the head reads one.</summary>
    /// <param name="value">The value.</param>
    /// <param name="layers">Blocks of the model.</param>
    public void HiddenState(string value, int layers)
    {
        if (!head.ReadsHiddenStates || !json.Flag("use_weighted_layer_sum", false))
        {
            return;
        }

        weighted ??= new WeightedSum(this, WeightedSum.Softmax(tensors.Require("layer_weights", layers + 1).Read()));
        weighted.Add(value);
    }

    /// <summary>The weighted sum that the head reads; null where it reads the encoder's last value.</summary>
    public string? Weighted => weighted?.Value;

    /// <summary>The first value that an operation reads.</summary>
    public string InputOf(string name) => operations.Single(o => o.Name == name).Inputs[0];

    /// <summary>A convolution with the weights [outputs, inputs / groups, kernel] of a module.</summary>
    public string Convolution(string name, string module, Convolution shape, bool hasBias)
    {
        StoredTensor weight = tensors.Require(module + ".weight", shape.OutputChannels, shape.InputChannels / shape.Groups, shape.Kernel);
        StoredTensor? bias = hasBias ? tensors.Require(module + ".bias", shape.OutputChannels) : null;
        return Convolution(name, module, shape, weight.Read, bias);
    }

    /// <summary>A convolution with weights [outputs, inputs / groups, kernel] that are made from others.</summary>
    public string Convolution(string name, string module, Convolution shape, Func<float[]> weight, StoredTensor? bias) => Add(
        shape with { Name = name, Source = module },
        () => new FloatParameters(TapsFirst(weight(), shape.OutputChannels, shape.Kernel), bias?.Read()));

    /// <summary>A convolution with weights [outputs, inputs / groups, kernel] and biases that are made from others.</summary>
    public string Convolution(string name, string module, Convolution shape, Func<FloatParameters> made) => Add(shape with { Name = name, Source = module }, () =>
    {
        FloatParameters parameters = made();
        return parameters with { Weight = TapsFirst(parameters.Weight, shape.OutputChannels, shape.Kernel) };
    });

    /// <summary>A convolution with weights [outputs, kernel, inputs / groups] and biases that are made from others.</summary>
    public string ConvolutionOfTaps(Convolution shape, Func<FloatParameters> made) => Add(shape, made);

    /// <summary>A convolution over time and bands with the weights [outputs, 1, kernel, kernel] of a module.</summary>
    public string Convolution(string name, string module, Convolution2d shape)
    {
        StoredTensor weight = tensors.Require(module + ".weight", shape.OutputChannels, 1, shape.Kernel, shape.Kernel), bias = tensors.Require(module + ".bias", shape.OutputChannels);
        return Add(shape with { Name = name, Source = module }, () => new FloatParameters(weight.Read(), bias.Read()));
    }

    /// <summary>A linear layer with the weights [outputs, inputs] of a module.</summary>
    public string Linear(string name, string module, string input, int inputs, int outputs, bool needsBias = true)
    {
        StoredTensor weight = tensors.Require(module + ".weight", outputs, inputs);
        StoredTensor? bias = needsBias ? tensors.Require(module + ".bias", outputs) : tensors.Find(module + ".bias", outputs);
        return Linear(name, module, input, inputs, outputs, () => new FloatParameters(weight.Read(), bias?.Read()));
    }

    /// <summary>A linear layer with the weights [outputs, inputs, 1, 1] of a convolution of one tap over time and bands.</summary>
    public string Pointwise(string name, string module, string input, int inputs, int outputs)
    {
        StoredTensor weight = tensors.Require(module + ".weight", outputs, inputs, 1, 1), bias = tensors.Require(module + ".bias", outputs);
        return Linear(name, module, input, inputs, outputs, () => new FloatParameters(weight.Read(), bias.Read()));
    }

    /// <summary>A linear layer with parameters that are made from others.</summary>
    public string Linear(string name, string module, string input, int inputs, int outputs, Func<FloatParameters> made) =>
        Add(new Linear(name, module, input, inputs, outputs), made);

    /// <summary>A layer norm with gain and bias of a module; null for a norm that has none.</summary>
    public string LayerNorm(string name, string? module, string input, int channels, float epsilon) =>
        Add(new LayerNorm(name, module ?? name, input, channels, epsilon), Affine(module, channels));

    /// <summary>A norm of each channel over the utterance.</summary>
    public string GroupNorm(string name, string module, string input, int channels, float epsilon) =>
        Add(new GroupNorm(name, module, input, channels, epsilon), Affine(module, channels));

    /// <summary>An activation function, named behind the layer that it belongs to.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="setting">The setting that names the function.</param>
    /// <param name="function">Its name in config.json.</param>
    /// <param name="input">The value that it is applied to.</param>
    /// <exception cref="ImportException">The function is not one that the graph has.</exception>
    public string Activation(string layer, string setting, string function, string input)
    {
        ActivationFunction found = Functions.TryGetValue(function, out ActivationFunction? known) ? known
            : throw new ImportException(config, setting, $"is '{function}'; supported are {string.Join(", ", Functions.Keys)}");
        return Add(new Activation($"{layer}.{found.Role}", layer, input, found), null);
    }

    /// <summary>A gated linear unit, named behind the layer that it belongs to.</summary>
    public string Gate(string layer, string input) => Add(new GatedLinearUnit($"{layer}.{GatedLinearUnit.KindName}", layer, input), null);

    /// <summary>The mean of so many frames at a time.</summary>
    public string AveragePool(string name, string module, string input, int frames) => Add(new AveragePool(name, module, input, frames), null);

    /// <summary>Each frame as several, as many as another value has.</summary>
    public string Upsample(string name, string module, string input, string like, int factor) => Add(new Upsample(name, module, input, like, factor), null);

    /// <summary>One frame of all.</summary>
    public string Pool(UtterancePool pool) => Add(pool, null);

    /// <summary>A value times a constant.</summary>
    public string Scale(string name, string input, float factor) => Add(new Scale(name, name, input, factor), null);

    /// <summary>A residual connection.</summary>
    public string Sum(string name, string left, string right) => Add(new Add(name, name, left, right), null);

    /// <summary>Multi-head attention with the usual scale.</summary>
    public string Attention(string name, string module, string query, string key, string value, int channels, int heads) =>
        Add(new Attention(name, module, query, key, value, heads, channels / heads, (float)Math.Pow(channels / heads, -0.5)), null);

    /// <summary>Multi-head attention with biases for distances that are made from others.</summary>
    public string Attention(BiasedAttention attention, Func<FloatParameters> made) => Add(attention, made);

    /// <summary>Multi-head attention with products of queries and positions.</summary>
    public string Attention(RelativeAttention attention) => Add(attention, null);

    /// <summary>Multi-head attention with scores of queries for distances.</summary>
    public string Attention(RelativeKeyAttention attention) => Add(attention, null);

    /// <summary>Sines and cosines of the time, in as many frames as a value has; one for all blocks.</summary>
    public string Sinusoids(Sinusoids sinusoids, Func<float[]> frequencies) =>
        Has(sinusoids.Name) ? sinusoids.Name : Add(sinusoids, () => new FloatParameters(frequencies(), null));

    /// <summary>A value with rotary positions.</summary>
    public string Rotary(string name, string module, string input, string waves, int heads) => Add(new Rotary(name, module, input, waves, heads), null);

    /// <summary>The gated linear unit of a value's halves.</summary>
    public string Gate(string name, string module, string input) => Add(new GatedLinearUnit(name, module, input), null);

    /// <summary>Whether there is an operation of this name.</summary>
    public bool Has(string name) => operations.Exists(o => o.Name == name);

    /// <summary>The model.</summary>
    /// <param name="folder">Its folder.</param>
    /// <param name="frontEnd">What is made of the audio.</param>
    /// <param name="fileBytes">Size of its files.</param>
    public FloatModel ToModel(CheckpointFolder folder, Graph.FrontEnd frontEnd, long fileBytes) => new()
    {
        Name = folder.Name,
        Origin = folder.Path,
        FrontEnd = frontEnd,
        FileBytes = fileBytes,
        Head = head.Kind,
        Operations = Needed(),
        Parameters = new ParametersOnDemand(parameters),
    };

    // A weighted sum may leave the encoder's last value unread.
    private List<Operation> Needed()
    {
        HashSet<string> needed = [operations[^1].Name];
        foreach (Operation operation in operations.AsEnumerable().Reverse().Where(o => needed.Contains(o.Name)))
        {
            needed.UnionWith(operation.Inputs);
        }

        foreach (string name in operations.Select(o => o.Name).Where(name => !needed.Contains(name)))
        {
            parameters.Remove(name);
        }

        return [.. operations.Where(o => needed.Contains(o.Name))];
    }

    private Func<FloatParameters> Affine(string? module, int channels)
    {
        if (module is null)
        {
            return () => new FloatParameters([.. Enumerable.Repeat(1f, channels)], new float[channels]);
        }

        StoredTensor gain = tensors.Require(module + ".weight", channels), bias = tensors.Require(module + ".bias", channels);
        return () => new FloatParameters(gain.Read(), bias.Read());
    }

    private string Add(Operation operation, Func<FloatParameters>? made)
    {
        operations.Add(operation);
        if (made is not null)
        {
            parameters.Add(operation.Name, made);
        }

        return operation.Name;
    }

    // From [outputs, inputs, kernel] to [outputs, kernel, inputs].
    private static float[] TapsFirst(float[] weight, int outputs, int kernel)
    {
        int size = weight.Length / outputs, inputs = size / kernel;
        var result = new float[weight.Length];
        for (int output = 0; output < outputs; output++)
        {
            for (int input = 0; input < inputs; input++)
            {
                for (int tap = 0; tap < kernel; tap++)
                {
                    result[(output * size) + (tap * inputs) + input] = weight[(output * size) + (input * kernel) + tap];
                }
            }
        }

        return result;
    }
}

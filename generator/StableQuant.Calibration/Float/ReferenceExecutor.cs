using StableQuant.Graph;

namespace StableQuant.Calibration.Float;

/// <summary>
/// Sees the result of an operation: its name, the values [frames, channels] row by row, and their shape. The values are
/// valid during the call only.
/// </summary>
public delegate void OperationObserver(string name, ReadOnlySpan<float> values, int frames, int channels);

/// <summary>
/// Runs an imported model in plain float32: the reference that says what the model means. Clear rather than fast, though
/// it uses every core.
/// </summary>
public sealed class ReferenceExecutor
{
    private readonly FloatModel model;
    private readonly Dictionary<string, int> lastReader = new(StringComparer.Ordinal);

    /// <summary>Prepares to run a model.</summary>
    public ReferenceExecutor(FloatModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        this.model = model;
        for (int i = 0; i < model.Operations.Count; i++)
        {
            foreach (string input in model.Operations[i].Inputs)
            {
                lastReader[input] = i;
            }
        }
    }

    /// <summary>Called with each operation's result; null for none.</summary>
    public OperationObserver? Observer { get; set; }

    /// <summary>Runs one utterance.</summary>
    /// <param name="inputValues">What the first layer reads: samples at 16 kHz, already normalised as the model expects, or features [frames, channels].</param>
    /// <param name="frames">Number of frames made.</param>
    /// <returns>Logits [frames, vocabulary], row by row.</returns>
    /// <exception cref="ArgumentException">The utterance is shorter than the model's receptive field.</exception>
    public float[] Run(ReadOnlySpan<float> inputValues, out int frames)
    {
        Dictionary<string, Matrix> values = new(StringComparer.Ordinal)
        {
            [model.FrontEnd.Value] = new Matrix(inputValues.ToArray(), inputValues.Length / model.FrontEnd.Channels, model.FrontEnd.Channels),
        };
        Matrix result = values[model.FrontEnd.Value];
        for (int i = 0; i < model.Operations.Count; i++)
        {
            Operation operation = model.Operations[i];
            result = Execute(operation, [.. operation.Inputs.Select(input => values[input])]);
            Observer?.Invoke(operation.Name, result.Data, result.Rows, result.Columns);
            values[operation.Name] = result;
            foreach (string input in operation.Inputs.Where(input => lastReader[input] == i))
            {
                values.Remove(input);
            }
        }

        frames = result.Rows;
        return result.Data;
    }

    private Matrix Execute(Operation operation, Matrix[] inputs) => operation switch
    {
        Convolution convolution => ReferenceProducts.Convolution(convolution, inputs[0], model.Parameters[operation.Name]),
        Convolution2d convolution => ReferenceProducts.Convolution2d(convolution, inputs[0], model.Parameters[operation.Name]),
        Linear => ReferenceProducts.Linear(inputs[0], model.Parameters[operation.Name]),
        LayerNorm norm => ReferenceNorms.Layer(inputs[0], norm.Epsilon, model.Parameters[operation.Name]),
        GroupNorm norm => ReferenceNorms.Group(inputs[0], norm.Epsilon, model.Parameters[operation.Name]),
        Activation activation => ReferenceActivations.Apply(activation.Function, inputs[0]),
        GatedLinearUnit => ReferenceActivations.Gate(inputs[0]),
        AveragePool pool => ReferenceActivations.Pool(inputs[0], pool.Frames),
        MeanPool => ReferencePools.Mean(inputs[0]),
        StatisticsPool => ReferencePools.Statistics(inputs[0]),
        Scale scale => ReferenceActivations.Scale(inputs[0], scale.Factor),
        Upsample upsample => ReferenceActivations.Upsample(inputs[0], inputs[1].Rows, upsample.Factor),
        Add => ReferenceActivations.Add(inputs[0], inputs[1]),
        BiasedAttention attention => ReferenceAttention.Run(attention, inputs[0], inputs[1], inputs[2], inputs[3], model.Parameters[operation.Name]),
        RelativeAttention attention => ReferenceAttention.Run(attention, inputs[0], inputs[1], inputs[2], inputs[3], inputs[4]),
        RelativeKeyAttention attention => ReferenceAttention.Run(attention, inputs[0], inputs[1], inputs[2], inputs[3]),
        Rotary => ReferenceActivations.Turn(inputs[0], inputs[1]),
        Sinusoids s => ReferenceActivations.Waves(s, model.Parameters[operation.Name].Weight, inputs[0].Rows),
        Attention attention => ReferenceAttention.Run(attention, inputs[0], inputs[1], inputs[2]),
        _ => throw new NotSupportedException($"{operation.Name} is a {operation.Kind}, which a float model does not hold."),
    };
}

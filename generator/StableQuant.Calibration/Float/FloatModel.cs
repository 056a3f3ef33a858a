using StableQuant.Graph;

namespace StableQuant.Calibration.Float;

/// <summary>A speech model as imported: its operations and their parameters in float32.</summary>
public sealed record FloatModel
{
    /// <summary>The model's name: the ONNX file's without folder and ending, or the checkpoint folder's.</summary>
    public required string Name { get; init; }

    /// <summary>What is made of the audio before the first operation; zero mean and unit variance by default.</summary>
    public Graph.FrontEnd FrontEnd { get; init; } = FloatFrontEnd.Normalized;

    /// <summary>The operations, each after those it reads; the last one makes the logits, or the embedding. None is quantized.</summary>
    public required IReadOnlyList<Operation> Operations { get; init; }

    /// <summary>Constants of every convolution, linear layer, norm, biased attention and sinusoids, by the operation's name. A checkpoint's are read anew each time they are asked for.</summary>
    public required IReadOnlyDictionary<string, FloatParameters> Parameters { get; init; }

    /// <summary>
    /// For each operation, the ONNX value that holds the same numbers as the operation's result, in whatever order of
    /// axes the exporter chose; empty for a checkpoint.
    /// </summary>
    public IReadOnlyDictionary<string, string> OnnxValues { get; init; } = new Dictionary<string, string>();

    /// <summary>Whether the file's weights, and so what it computes, are in half precision.</summary>
    public bool IsHalf { get; init; }

    /// <summary>What the outputs are, as far as the files tell: an ONNX file does not tell logits of tokens and of classes apart.</summary>
    public HeadKind Head { get; init; }

    /// <summary>What the file makes of the logits.</summary>
    public ModelOutput Output { get; init; }

    /// <summary>What of the file was read in another way than it says, a sentence each.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
    /// <summary>The file or folder that it was imported from, as it was given, or its name: what messages say.</summary>
    public string Origin
    {
        get => field ?? Name;
        init;
    }

    /// <summary>Size of the files that it was imported from, in bytes.</summary>
    public long FileBytes { get; init; }

    /// <summary>Logits of a frame.</summary>
    public int LogitCount
    {
        get
        {
            var shapes = new ValueShapes(FrontEnd);
            foreach (Operation operation in Operations)
            {
                shapes.Add(operation);
            }

            return shapes.ChannelsOf(Operations[^1].Name);
        }
    }

    /// <summary>Number of float parameters.</summary>
    public long ParameterCount => Parameters.Values.Sum(p => (long)p.Weight.Length + (p.Bias?.Length ?? 0));
}

/// <summary>The constants of one operation.</summary>
/// <param name="Weight">
/// Linear: [outputs, inputs]. Convolution: [outputs, kernel, inputs of one group], so that a window of channels-last
/// frames is contiguous; in two dimensions [outputs, kernel, kernel], time before bands. Norm: the gain [channels]. Biased attention: the biases [heads, distances], from the furthest behind on. Sinusoids: the
/// frequencies, in radians a frame.
/// </param>
/// <param name="Bias">[outputs] or [channels]; null for none. Biased attention: the gates' gains [heads].</param>
public sealed record FloatParameters(float[] Weight, float[]? Bias);

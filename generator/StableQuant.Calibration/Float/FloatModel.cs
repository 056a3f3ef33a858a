using StableQuant.Graph;

namespace StableQuant.Calibration.Float;

/// <summary>A speech model as imported: its operations and their parameters in float32.</summary>
public sealed class FloatModel
{
    /// <summary>The model's name: the ONNX file's without folder and ending, or the checkpoint folder's.</summary>
    public required string Name { get; init; }

    /// <summary>The operations, each after those it reads; the last one makes the logits. None is quantized.</summary>
    public required IReadOnlyList<Operation> Operations { get; init; }

    /// <summary>Weights of every convolution, linear layer and norm, by the operation's name.</summary>
    public required IReadOnlyDictionary<string, FloatParameters> Parameters { get; init; }

    /// <summary>
    /// For each operation, the ONNX value that holds the same numbers as the operation's result, in whatever order of
    /// axes the exporter chose: what calibration records.
    /// </summary>
    public IReadOnlyDictionary<string, string> OnnxValues { get; init; } = new Dictionary<string, string>();

    /// <summary>Whether the file's weights, and so what it computes, are in half precision.</summary>
    public bool IsHalf { get; init; }

    /// <summary>What the file makes of the logits.</summary>
    public ModelOutput Output { get; init; }

    /// <summary>What of the file was read in another way than it says, a sentence each.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Number of float parameters.</summary>
    public long ParameterCount => Parameters.Values.Sum(p => (long)p.Weight.Length + (p.Bias?.Length ?? 0));
}

/// <summary>The constants of one operation.</summary>
/// <param name="Weight">
/// Linear: [outputs, inputs]. Convolution: [outputs, kernel, inputs of one group], so that a window of channels-last
/// frames is contiguous. Norm: the gain [channels].
/// </param>
/// <param name="Bias">[outputs] or [channels]; null for none.</param>
public sealed record FloatParameters(float[] Weight, float[]? Bias);

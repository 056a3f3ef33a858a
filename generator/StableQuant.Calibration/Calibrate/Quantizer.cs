using System.Security.Cryptography;
using StableQuant.Calibration.Import;
using StableQuant.Graph;

namespace StableQuant.Calibration.Calibrate;

/// <summary>
/// Turns a float model into a quantized one: a grid where a value enters integer products, int8 weights, and the weights
/// file that holds them.
/// </summary>
public static class Quantizer
{
    private const int SampleRate = 16000;

    /// <summary>Added to an utterance's variance, as the models' own feature extractors do.</summary>
    private const float NormalizationEpsilon = 1e-7f;

    /// <summary>The values of a float model that enter products, and the integer type that each needs.</summary>
    public static IReadOnlyDictionary<string, QuantizedType> Operands(FloatModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        var operands = new Dictionary<string, QuantizedType>(StringComparer.Ordinal);
        foreach (Operation operation in model.Operations)
        {
            foreach ((string input, QuantizedType type) in OperandsOf(operation))
            {
                if (operands.TryGetValue(input, out QuantizedType known) && known != type)
                {
                    throw new StableQuantException($"{model.Name}: '{input}' is both an activation and a key or value of an attention; this is not supported.");
                }

                operands[input] = type;
            }
        }

        return operands;
    }

    /// <summary>Those of them that an attention reads: queries, keys and values, which keep no outliers.</summary>
    internal static IReadOnlySet<string> InAttention(FloatModel model) =>
        model.Operations.OfType<Attention>().SelectMany(a => a.Inputs).ToHashSet(StringComparer.Ordinal);

    /// <summary>Quantizes a model.</summary>
    /// <param name="model">The float model.</param>
    /// <param name="weights">Its int8 weights.</param>
    /// <param name="grids">A grid for each of its <see cref="Operands"/>.</param>
    /// <param name="vocabulary">What the head's outputs stand for.</param>
    /// <param name="receipt">What to record about the calibration.</param>
    /// <exception cref="StableQuantException">The model's shapes are outside of what kernels are made for.</exception>
    public static QuantizedModel Quantize(FloatModel model, QuantizedWeights weights, IReadOnlyDictionary<string, Grid> grids, Vocabulary vocabulary, Receipt receipt)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentNullException.ThrowIfNull(grids);
        var packer = new WeightsPacker();
        var operations = new List<Operation>();
        var quantized = new HashSet<string>(StringComparer.Ordinal);
        foreach (Operation operation in model.Operations)
        {
            foreach ((string input, _) in OperandsOf(operation))
            {
                if (quantized.Add(input))
                {
                    Grid grid = grids[input];
                    operations.Add(new Quantize(Name(input, grid), input, grid.Type, grid.Scale, grid.ZeroPoint, grid.Outliers, grid.Percentile, grid.Why));
                }
            }

            string Quantized(string input) => Name(input, grids[input]);
            FloatParameters Parameters() => model.Parameters[operation.Name];
            operations.Add(operation switch
            {
                // The audio's own scale is the front end's: its 16-bit samples are exact.
                Convolution { Input: Operation.Audio } c => c with { Packed = packer.Add(weights.Of(c), Parameters().Bias, c.Groups, 1) },
                Convolution c => c with { Input = Quantized(c.Input), Packed = packer.Add(weights.Of(c), Parameters().Bias, c.Groups, grids[c.Input].Scale) },
                Linear l => l with { Input = Quantized(l.Input), Packed = packer.Add(weights.Of(l), Parameters().Bias, 1, grids[l.Input].Scale) },
                Attention a => a with { Query = Quantized(a.Query), Key = Quantized(a.Key), Value = Quantized(a.Value) },
                LayerNorm n => n with { Packed = packer.Add(Parameters().Weight, Parameters().Bias) },
                GroupNorm n => n with { Packed = packer.Add(Parameters().Weight, Parameters().Bias) },
                _ => operation,
            });
        }

        byte[] file = packer.ToArray();
        var description = new ModelDescription(
            model.Name,
            new WeightsFile(Convert.ToHexStringLower(SHA256.HashData(file)), file.Length),
            new AudioFrontEnd(SampleRate, NormalizationEpsilon),
            vocabulary,
            receipt,
            new(operations));
        return new QuantizedModel(Checked(description), file);
    }

    private static IEnumerable<(string Input, QuantizedType Type)> OperandsOf(Operation operation) => operation switch
    {
        Convolution { Input: Operation.Audio } => [],
        Convolution c => [(c.Input, QuantizedType.U8)],
        Linear l => [(l.Input, QuantizedType.U8)],
        Attention a => [(a.Query, QuantizedType.U8), (a.Key, QuantizedType.S8), (a.Value, QuantizedType.S8)],
        _ => [],
    };

    private static string Name(string value, Grid grid) => $"{value}.{grid.Type.ToString().ToLowerInvariant()}";

    // The reader is the one judge of what kernels can do; what it would refuse must not be written.
    private static ModelDescription Checked(ModelDescription description) =>
        DescriptionReader.Read(DescriptionWriter.Write(description), out DescriptionError? error) is not null
            ? description
            : throw new StableQuantException($"{description.Name}: this model cannot be compiled: {error!.Message}");
}

/// <summary>A quantized model before it is written.</summary>
/// <param name="Description">The description.</param>
/// <param name="Weights">The bytes of its weights file.</param>
public sealed record QuantizedModel(ModelDescription Description, byte[] Weights)
{
    /// <summary>The text of the description.</summary>
    public string Text => DescriptionWriter.Write(Description);
}

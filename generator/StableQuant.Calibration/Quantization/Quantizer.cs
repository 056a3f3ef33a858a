using System.Security.Cryptography;
using StableQuant.Calibration.Float;
using StableQuant.Graph;
using StableQuant.Graph.Validation;

namespace StableQuant.Calibration.Quantization;

/// <summary>
/// Turns a float model into a quantized one: a grid where a value enters integer products, int8 weights, and the weights
/// file that holds them. Precision is a property of a layer: those named as float layers keep float32 weights and operands.
/// </summary>
public static class Quantizer
{
    /// <summary>The values of a float model that enter integer products, and the integer type that each needs.</summary>
    /// <param name="model">The float model.</param>
    /// <param name="floatLayers">The layers that stay float32, see <see cref="Operation.Layer"/>; null for none.</param>
    /// <exception cref="StableQuantException">There is no such layer, or a value would need two types.</exception>
    public static IReadOnlyDictionary<string, QuantizedType> Operands(FloatModel model, IReadOnlySet<string>? floatLayers = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        CheckLayers(model, floatLayers);
        var operands = new Dictionary<string, QuantizedType>(StringComparer.Ordinal);
        foreach (Operation operation in Quantized(model, floatLayers))
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
    internal static IReadOnlySet<string> InAttention(FloatModel model, IReadOnlySet<string>? floatLayers = null) =>
        Quantized(model, floatLayers).OfType<Attention>().SelectMany(a => a.Operands).ToHashSet(StringComparer.Ordinal);

    /// <summary>
    /// Those of them whose quiet stretches lie less than a step from silence: what the feature extractor's convolutions, <c>conv1</c> and so on, read, and nothing else does. Behind a layer norm
    /// every frame is as loud as any other; and what the last one reads is better off without dither, as the frames that it makes are read one by one.
    /// </summary>
    internal static IReadOnlySet<string> Quiet(FloatModel model)
    {
        Dictionary<string, Operation> makers = model.Operations.ToDictionary(operation => operation.Name, StringComparer.Ordinal);
        bool IsNormalised(string value) => makers.TryGetValue(value, out Operation? maker) && (maker is LayerNorm || (maker is Activation activation && IsNormalised(activation.Input)));
        static bool IsExtractor(Operation operation) => operation is Convolution && operation.Layer.StartsWith("conv", StringComparison.Ordinal) && operation.Layer.AsSpan("conv".Length).IndexOfAnyExceptInRange('0', '9') < 0;
        ILookup<string, Operation> readers = model.Operations.SelectMany(reader => OperandsOf(reader).Select(operand => (operand.Input, reader))).ToLookup(r => r.Input, r => r.reader, StringComparer.Ordinal);
        return model.Operations.OfType<Convolution>().Where(IsExtractor).SkipLast(1).Select(convolution => convolution.Input)
            .Where(input => readers[input].Any() && readers[input].All(IsExtractor) && !IsNormalised(input)).ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>Quantizes a model.</summary>
    /// <param name="model">The float model.</param>
    /// <param name="weights">Its int8 weights.</param>
    /// <param name="grids">A grid for each of its <see cref="Operands"/>.</param>
    /// <param name="head">What the head's outputs stand for.</param>
    /// <param name="receipt">What to record about the calibration.</param>
    /// <param name="floatLayers">The layers that stay float32, see <see cref="Operation.Layer"/>; null for none.</param>
    /// <exception cref="StableQuantException">There is no such layer, or the model's shapes are outside of what kernels are made for.</exception>
    public static QuantizedModel Quantize(
        FloatModel model, QuantizedWeights weights, IReadOnlyDictionary<string, QuantizationGrid> grids, Head head, Receipt receipt, IReadOnlySet<string>? floatLayers = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentNullException.ThrowIfNull(grids);
        CheckLayers(model, floatLayers);
        var packer = new WeightsPacker();
        var operations = new List<Operation>();
        var quantized = new HashSet<string>(StringComparer.Ordinal);
        foreach (Operation operation in model.Operations)
        {
            bool isFloat = IsFloat(operation, floatLayers);
            foreach ((string input, _) in isFloat ? [] : OperandsOf(operation))
            {
                if (quantized.Add(input))
                {
                    QuantizationGrid grid = grids[input];
                    operations.Add(new Quantize(Name(input, grid), input, grid.Type, grid.Scale, grid.ZeroPoint, grid.Outliers, grid.Percentile, grid.Why) { IsDithered = grid.IsDithered });
                }
            }

            operations.Add(operation switch
            {
                Product p when isFloat => p with { Packed = packer.Add(model.Parameters[p.Name].Weight, model.Parameters[p.Name].Bias, p.OutputChannels, p.PackedGroups) },

                // The audio's own scale is the front end's: its 16-bit samples are exact.
                Product { Input: Operation.Audio } p => p with { Packed = packer.Add(weights.Of(p), model.Parameters[p.Name].Bias, p.Groups, inputScale: 1) },
                Product p => p with
                {
                    Input = Name(p.Input, grids[p.Input]),
                    Packed = packer.Add(weights.Of(p), model.Parameters[p.Name].Bias, p.PackedGroups, grids[p.Input].Scale),
                },
                BiasedAttention a => Named(a, isFloat, grids) with { Packed = packer.Add(a, model.Parameters[a.Name]) },
                RelativeAttention a when !isFloat => Placed(Named(a, isFloat, grids), grids),
                Attention a => Named(a, isFloat, grids),
                Sinusoids s => s with { Packed = packer.AddRotations(model.Parameters[s.Name].Weight) },
                LayerNorm n => n with { Packed = packer.Add(model.Parameters[n.Name].Weight, model.Parameters[n.Name].Bias) },
                GroupNorm n => n with { Packed = packer.Add(model.Parameters[n.Name].Weight, model.Parameters[n.Name].Bias) },
                _ => operation,
            });
        }

        var description = new ModelDescription(model.Name, new WeightsFile("", 0), model.FrontEnd, head, receipt, new(operations));
        byte[] file = packer.Take(ShapeSection.Of(description));
        return new QuantizedModel(Checked(description with { Weights = new WeightsFile(Convert.ToHexStringLower(SHA256.HashData(file)), file.Length) }), file);
    }

    /// <summary>Refuses layers that the model lacks: what a person insists on must not silently stay undone.</summary>
    internal static void CheckLayers(FloatModel model, IReadOnlySet<string>? floatLayers)
    {
        IReadOnlyList<string> layers = model.Layers();
        string? unknown = floatLayers?.Order(StringComparer.Ordinal).FirstOrDefault(layer => !layers.Contains(layer));
        if (unknown is not null)
        {
            throw new StableQuantException($"{model.Name}: has no layer '{unknown}'; its layers are {string.Join(", ", layers)}.");
        }
    }

    private static bool IsFloat(Operation operation, IReadOnlySet<string>? floatLayers) => floatLayers?.Contains(operation.Layer) == true;

    private static IEnumerable<Operation> Quantized(FloatModel model, IReadOnlySet<string>? floatLayers) =>
        model.Operations.Where(operation => !IsFloat(operation, floatLayers));

    private static IEnumerable<(string Input, QuantizedType Type)> OperandsOf(Operation operation) => operation switch
    {
        Product { Input: Operation.Audio } => [],
        Product p => [(p.Input, QuantizedType.U8)],
        Attention a => a.Operands.Select((operand, i) => (operand, i == 0 ? QuantizedType.U8 : QuantizedType.S8)),
        _ => [],
    };

    private static T Named<T>(T a, bool isFloat, IReadOnlyDictionary<string, QuantizationGrid> grids)
        where T : Attention =>
        isFloat ? a : a with { Query = Name(a.Query, grids[a.Query]), Key = Name(a.Key, grids[a.Key]), Value = Name(a.Value, grids[a.Value]) };

    private static RelativeAttention Placed(RelativeAttention a, IReadOnlyDictionary<string, QuantizationGrid> grids) => a with { Position = Name(a.Position, grids[a.Position]) };

    private static string Name(string value, QuantizationGrid grid) => $"{value}.{grid.Type.ToString().ToLowerInvariant()}";

    // What a reader of the description would refuse must not be written: the same judge tells.
    private static ModelDescription Checked(ModelDescription description) => ModelValidator.Check(description) is { } error
        ? throw new StableQuantException($"{description.Name}: this model cannot be compiled: {error.Message}")
        : description;
}

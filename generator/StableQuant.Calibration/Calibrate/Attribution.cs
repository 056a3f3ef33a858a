using StableQuant.Calibration.Float;
using StableQuant.Calibration.Quantization;
using StableQuant.Calibration.Simulate;
using StableQuant.Graph;

namespace StableQuant.Calibration.Calibrate;

/// <summary>
/// Tells which operand of which layer makes a quantized model differ from float: parts of it are quantized alone, all else in float, with the
/// grids that were chosen. First each kind of operand in all layers, then each layer, then each kind of operand in the layers that diverge most.
/// </summary>
/// <param name="model">The float model.</param>
/// <param name="layers">Its int8 layers, in order.</param>
/// <param name="grids">The grids chosen.</param>
/// <param name="simulator">Runs models over the speech to tell it of; its transcripts are the float model's own.</param>
/// <param name="log">Is told how far it is.</param>
internal sealed class Attribution(
    FloatModel model, IReadOnlyList<string> layers, IReadOnlyDictionary<string, QuantizationGrid> grids, Simulator simulator, CalibrationLog log)
{
    /// <summary>Layers whose operands are looked at one by one.</summary>
    private const int Suspects = 3;

    /// <summary>All parts tried: the whole model first, its kinds of operands, its layers in order, then operands of the layers that diverge most.</summary>
    public IReadOnlyList<AttributedPart> Run()
    {
        log.Begin("attribute differences");
        OperandKind[] kinds = Enum.GetValues<OperandKind>();
        List<(string? Layer, OperandKind? Kind)> plan = [(null, null), .. kinds.Select(kind => ((string?)null, (OperandKind?)kind)), .. layers.Select(layer => (layer, (OperandKind?)null))];
        var parts = new List<AttributedPart>();
        for (int i = 0; i < plan.Count; i++)
        {
            log.Report(i, plan.Count);
            if (Try(plan[i].Layer, plan[i].Kind) is { } part)
            {
                parts.Add(part);
            }

            if (i == kinds.Length + layers.Count)
            {
                plan.AddRange(parts.Where(p => p.Layer is not null).OrderByDescending(p => p.Divergence).Take(Suspects)
                    .SelectMany(suspect => kinds.Select(kind => (suspect.Layer, (OperandKind?)kind))));
            }
        }

        log.Report(plan.Count, plan.Count);
        return parts;
    }

    // Null where there is no such operand.
    private AttributedPart? Try(string? layer, OperandKind? kind)
    {
        var operands = new Dictionary<string, QuantizationGrid>(StringComparer.Ordinal);
        var weights = new HashSet<string>(StringComparer.Ordinal);
        var probabilities = new HashSet<string>(StringComparer.Ordinal);
        foreach (Operation operation in model.Operations.Where(o => layer is null ? layers.Contains(o.Layer) : o.Layer == layer))
        {
            foreach ((OperandKind own, string name) in OperandsOf(operation).Where(o => kind is null || o.Kind == kind))
            {
                switch (own)
                {
                    case OperandKind.Weights:
                        weights.Add(name);
                        break;
                    case OperandKind.Probabilities:
                        probabilities.Add(name);
                        break;
                    default:
                        operands[name] = grids[name];
                        break;
                }
            }
        }

        if (operands.Count + weights.Count + probabilities.Count == 0)
        {
            return null;
        }

        SimulationResult result = simulator.Run(new QuantizedParts(operands, weights, probabilities), layer ?? layers[0], []);
        return new AttributedPart(layer, kind, result.WordErrors, result.Divergence);
    }

    // Weights and probabilities go by the operation's name, the others by the value's.
    private static IEnumerable<(OperandKind Kind, string Name)> OperandsOf(Operation operation) => operation switch
    {
        Product { Input: Operation.Audio } p => [(OperandKind.Weights, p.Name)],
        Convolution { IsDepthwise: true } c => [(OperandKind.Weights, c.Name), (OperandKind.DepthwiseInputs, c.Input)],
        Convolution2d c => [(OperandKind.Weights, c.Name), (OperandKind.DepthwiseInputs, c.Input)],
        Convolution c => [(OperandKind.Weights, c.Name), (OperandKind.ConvolutionInputs, c.Input)],
        Linear l => [(OperandKind.Weights, l.Name), (OperandKind.LinearInputs, l.Input)],
        Attention a => [(OperandKind.QueriesAndKeys, a.Query), (OperandKind.QueriesAndKeys, a.Key), (OperandKind.Values, a.Value), (OperandKind.Probabilities, a.Name)],
        _ => [],
    };
}

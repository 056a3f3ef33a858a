using StableQuant.Calibration.Import.Onnx;
using StableQuant.Calibration.Import.Operators;
using StableQuant.Calibration.Import.Tensors;

namespace StableQuant.Calibration.Import.Trace;

/// <summary>
/// The values that depend on stored tensors alone, computed once however often the graph is traced. Weight
/// normalisation, transposed weights and the like fold away here.
/// </summary>
internal sealed class ConstantPool
{
    private readonly Dictionary<string, Tensor> values = new(StringComparer.Ordinal);
    private readonly OnnxFile file;

    /// <summary>Evaluates every node whose inputs are constant.</summary>
    public ConstantPool(OnnxFile file)
    {
        this.file = file;
        HashSet<string> read = new(file.Graph.Nodes.SelectMany(n => n.Inputs), StringComparer.Ordinal);
        foreach (string name in file.Graph.Initializers.Where(read.Contains))
        {
            values[name] = file.Graph.Initializer(name);
        }

        var budget = new GrowthBudget();
        List<OnnxNode> rest = [];
        foreach (OnnxNode node in file.Graph.Nodes)
        {
            if (!node.Inputs.All(i => i.Length == 0 || values.ContainsKey(i)))
            {
                rest.Add(node);
                continue;
            }

            Tensor?[] inputs = [.. node.Inputs.Select(i => i.Length == 0 ? null : values[i])];
            Tensor[] outputs = NodeGuard.Run(file.Path, node, () =>
            {
                Tensor[] made = node.Operator is "Shape" or "Size" ? [StaticEvaluator.Measure(node, inputs[0]!.Shape)] : StaticEvaluator.Evaluate(node, inputs, file.Graph);
                budget.Take(inputs, made);
                return made;
            });
            for (int i = 0; i < Math.Min(outputs.Length, node.Outputs.Count); i++)
            {
                values[node.Outputs[i]] = outputs[i];
            }
        }

        Rest = rest;
    }

    /// <summary>The nodes that are not constant, in topological order.</summary>
    public IReadOnlyList<OnnxNode> Rest { get; }

    /// <summary>A constant value, or null.</summary>
    public Tensor? this[string name] => values.GetValueOrDefault(name);

    /// <summary>The file that the constants are of.</summary>
    public OnnxFile File => file;
}

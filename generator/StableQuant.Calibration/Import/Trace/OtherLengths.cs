using StableQuant.Calibration.Import.Onnx;
using StableQuant.Calibration.Import.Operators;
using StableQuant.Calibration.Import.Recognise;
using StableQuant.Calibration.Import.Tensors;

namespace StableQuant.Calibration.Import.Trace;

/// <summary>
/// What values that depend on lengths alone are in an utterance of another length than the traced one: the nodes that make them are
/// evaluated anew, with other sizes where the traced ones were measured. A trace is of a few frames; what a model knows of distances is not.
/// </summary>
internal sealed class OtherLengths : IOtherLengths
{
    private readonly ConstantPool constants;
    private readonly GraphInputs inputs;
    private readonly int samples;
    private readonly Dictionary<string, OnnxNode> makers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (int[] Shape, int Rows)> measured = new(StringComparer.Ordinal);

    /// <summary>Prepares for a trace.</summary>
    /// <param name="constants">The constants and nodes.</param>
    /// <param name="inputs">The ends of the graph.</param>
    /// <param name="samples">The traced number of samples.</param>
    public OtherLengths(ConstantPool constants, GraphInputs inputs, int samples)
    {
        (this.constants, this.inputs, this.samples) = (constants, inputs, samples);
        foreach (OnnxNode node in constants.Rest)
        {
            foreach (string output in node.Outputs)
            {
                makers[output] = node;
            }
        }
    }

    /// <summary>Remembers what a value that depends on the audio measured.</summary>
    public void Measured(OnnxNode node, DynamicValue value) => measured[node.Outputs[0]] = (value.View.Shape, value.Term.Rows);

    /// <inheritdoc/>
    public Tensor At(string value, int tracedFrames, int frames)
    {
        var known = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        var budget = new GrowthBudget();
        int otherSamples = SampleCounts.Needed(constants, samples, tracedFrames, frames);
        foreach ((string name, TracedValue input) in inputs.At(otherSamples))
        {
            if (input is StaticValue { Tensor: var tensor })
            {
                known[name] = tensor;
            }
        }

        // By hand: a chain of nodes may be longer than a stack is deep.
        var open = new Stack<string>([value]);
        while (open.TryPeek(out string? name))
        {
            if (known.ContainsKey(name) || name.Length == 0 || constants[name] is not null)
            {
                open.Pop();
                continue;
            }

            OnnxNode node = makers.TryGetValue(name, out OnnxNode? maker) ? maker : throw new OperatorException($"needs '{name}' at another length, which depends on the audio; that is not supported");
            if (measured.TryGetValue(name, out (int[] Shape, int Rows) of))
            {
                known[name] = StaticEvaluator.Measure(node, Shape(of.Shape, of.Rows, tracedFrames, frames, otherSamples));
                continue;
            }

            string[] missing = [.. node.Inputs.Where(input => input.Length > 0 && !known.ContainsKey(input) && constants[input] is null)];
            if (missing.Length > 0)
            {
                foreach (string input in missing)
                {
                    open.Push(input);
                }

                continue;
            }

            Tensor?[] operands = [.. node.Inputs.Select(input => input.Length == 0 ? null : Of(input))];
            Tensor[] made = node.Operator is "Shape" or "Size"
                ? [StaticEvaluator.Measure(node, operands[0]!.Shape)]
                : StaticEvaluator.Evaluate(node, operands, constants.File.Graph);
            budget.Take(operands, made);
            for (int i = 0; i < Math.Min(made.Length, node.Outputs.Count); i++)
            {
                known[node.Outputs[i]] = made[i];
            }
        }

        return Of(value);

        Tensor Of(string name) => constants[name] ?? known[name];
    }

    /// <inheritdoc/>
    public (string Rows, Tensor<float> Weights)? Product(string value)
    {
        while (makers.TryGetValue(value, out OnnxNode? node))
        {
            if (node.Operator == "MatMul" && node.Inputs.Count == 2 && constants[node.Inputs[1]] is Tensor<float> { Rank: 2 } weights)
            {
                return (node.Inputs[0], weights);
            }

            if (node.Operator is not ("Reshape" or "Transpose" or "Unsqueeze" or "Squeeze" or "Identity" or "Cast"))
            {
                return null;
            }

            value = node.Inputs[0];
        }

        return null;
    }

    /// <inheritdoc/>
    public (string Places, Tensor<float> Rows)? Gathered(string value)
    {
        while (makers.TryGetValue(value, out OnnxNode? node))
        {
            if (node.Operator == "Gather" && node.Int("axis", 0) == 0 && constants[node.Inputs[0]] is Tensor<float> { Rank: 2 } rows)
            {
                return (node.Inputs[1], rows);
            }

            if (node.Operator is not ("Identity" or "Cast" or "Transpose"))
            {
                return null;
            }

            value = node.Inputs[0];
        }

        return null;
    }

    private int[] Shape(int[] traced, int rows, int tracedFrames, int frames, int otherSamples)
    {
        int otherRows = rows == samples ? otherSamples : rows % tracedFrames == 0 ? frames * (rows / tracedFrames)
            : throw new OperatorException("measures a value at another length, whose frames are neither those of the audio nor those of an attention; that is not supported");
        return [.. traced.Select(size => size == rows ? otherRows : size == tracedFrames ? frames : size)];
    }
}

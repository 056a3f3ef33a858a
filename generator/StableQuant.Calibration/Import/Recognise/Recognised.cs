using StableQuant.Calibration.Float;
using StableQuant.Graph;

namespace StableQuant.Calibration.Import.Recognise;

/// <summary>A recognised model: its terms in the order of computation, and the operations that they become.</summary>
internal sealed class Recognised
{
    private readonly List<OperationTerm> terms;
    private readonly List<Operation> operations;

    /// <summary>Collects what the output needs.</summary>
    public Recognised(OperationTerm output)
    {
        terms = Order(output);
        IReadOnlyDictionary<OperationTerm, string> names = OperationNames.Choose(terms);
        operations = [.. terms.Select(t => ToOperation(t, names))];
    }

    /// <summary>
    /// Gives convolutions whose last frames a graph drops by their number, and so not at every length as many, the padding that makes the
    /// frames of this trace and of another one, where there is one.
    /// </summary>
    public void AgreeOnPadding(Recognised other)
    {
        for (int i = 0; i < Math.Min(terms.Count, other.terms.Count); i++)
        {
            if ((terms[i], other.terms[i]) is (ConvolutionTerm a, ConvolutionTerm b) && a.Shape != b.Shape && a.Shape.CommonPadding(a.Inputs[0].Rows, b.Shape, b.Inputs[0].Rows) is { } padding)
            {
                operations[i] = (Convolution)operations[i] with { PadRight = padding };
                other.operations[i] = (Convolution)other.operations[i] with { PadRight = padding };
            }
        }
    }

    /// <summary>The ONNX node where another trace of the same graph first gave something else; null if nowhere.</summary>
    public string? DiffersFrom(Recognised other)
    {
        for (int i = 0; i < Math.Min(terms.Count, other.terms.Count); i++)
        {
            // What drops no frame at one length is no operation there, and its input's node is named.
            if (operations[i] with { Source = other.operations[i].Source } != other.operations[i] || !SameConstants(terms[i], other.terms[i]))
            {
                return terms[i].Origin.Label;
            }
        }

        return terms.Count == other.terms.Count ? null : terms[^1].Origin.Label;
    }

    /// <summary>The model with its parameters.</summary>
    /// <param name="name">Its name.</param>
    public FloatModel ToModel(string name)
    {
        Dictionary<string, FloatParameters> parameters = new(StringComparer.Ordinal);
        Dictionary<string, string> values = new(StringComparer.Ordinal);
        for (int i = 0; i < terms.Count; i++)
        {
            values[operations[i].Name] = terms[i].Origin.Value;
            FloatParameters? constants = terms[i] switch
            {
                ConvolutionTerm c => c.Weights.ToParameters(c.Shape.Kernel),
                Convolution2dTerm c => c.Weights.ToParameters(1),
                LinearTerm l => l.Weights.ToParameters(1),
                AttentionTerm { Bias: { } bias } => new FloatParameters([.. bias.Biases.Values.SelectMany(h => h)], [.. bias.Gate.Gains.Select(g => (float)g)]),
                SinusoidsTerm s => new FloatParameters(s.Frequencies, null),
                NormTerm n => new FloatParameters([.. n.Gain.Select(g => (float)g)], [.. n.Bias.Select(b => (float)b)]),
                _ => null,
            };
            if (constants is not null)
            {
                parameters[operations[i].Name] = constants;
            }
        }

        return new FloatModel { Name = name, Operations = operations, Parameters = parameters, OnnxValues = values };
    }

    // Depth first, inputs in their order: the same model gives the same order, whichever way it was exported.
    private static List<OperationTerm> Order(OperationTerm output)
    {
        List<OperationTerm> order = [];
        HashSet<OperationTerm> seen = [output];
        Stack<(OperationTerm Term, int Next)> open = new([(output, 0)]);
        while (open.TryPop(out (OperationTerm Term, int Next) top))
        {
            if (top.Next == top.Term.Inputs.Count)
            {
                order.Add(top.Term);
                continue;
            }

            open.Push((top.Term, top.Next + 1));
            OperationTerm input = top.Term.Inputs[top.Next];
            if (input is not InputTerm && seen.Add(input))
            {
                open.Push((input, 0));
            }
        }

        return order;
    }

    private static bool SameConstants(OperationTerm left, OperationTerm right) => (left, right) switch
    {
        (ConvolutionTerm a, ConvolutionTerm b) => a.Weights.SameAs(b.Weights),
        (Convolution2dTerm a, Convolution2dTerm b) => a.Weights.SameAs(b.Weights),
        (LinearTerm a, LinearTerm b) => a.Weights.SameAs(b.Weights),
        (AttentionTerm { Bias: { } a }, AttentionTerm { Bias: { } b }) =>
            a.Gate.Gains.SequenceEqual(b.Gate.Gains) && a.Biases.Values.Zip(b.Biases.Values, (x, y) => x.AsSpan().SequenceEqual(y)).All(same => same),
        (SinusoidsTerm a, SinusoidsTerm b) => a.Frequencies.SequenceEqual(b.Frequencies),
        (NormTerm a, NormTerm b) => a.Gain.SequenceEqual(b.Gain) && a.Bias.SequenceEqual(b.Bias),
        _ => true,
    };

    private static Operation ToOperation(OperationTerm term, IReadOnlyDictionary<OperationTerm, string> names)
    {
        string name = names[term], source = term.Origin.Node;
        return term switch
        {
            ConvolutionTerm c => new Convolution(
                name, source, Input(0), c.Inputs[0].Columns, c.Columns, c.Shape.Kernel, c.Shape.Stride, c.Shape.PadLeft, c.Shape.PadRight, c.Shape.Groups),
            Convolution2dTerm c => new Convolution2d(
                name, source, Input(0), c.Shape.InputBands, c.Shape.InputChannels, c.Columns, c.Shape.Kernel, c.Shape.Stride, c.Shape.Padding),
            LinearTerm l => new Linear(name, source, Input(0), l.Inputs[0].Columns, l.Columns),
            NormTerm { OverTime: true } n => new GroupNorm(name, source, Input(0), n.Columns, n.Epsilon),
            NormTerm n => new LayerNorm(name, source, Input(0), n.Columns, n.Epsilon),
            ActivationTerm a => new Activation(name, source, Input(0), a.Function),
            GateTerm => new GatedLinearUnit(name, source, Input(0)),
            PoolTerm p => new AveragePool(name, source, Input(0), p.Frames),
            MeanPoolTerm => new MeanPool(name, source, Input(0)),
            StatisticsPoolTerm => new StatisticsPool(name, source, Input(0)),
            ScaleTerm s => new Scale(name, source, Input(0), s.Factor),
            UpsampleTerm u => new Upsample(name, source, Input(0), Input(1), u.Factor),
            SumTerm => new Add(name, source, Input(0), Input(1)),
            AttentionTerm { Bias: { Biases: var biases } } a => new BiasedAttention(
                name, source, Input(0), Input(1), Input(2), Input(3), a.Heads, a.Columns / a.Heads, a.Scale, biases.Behind, biases.Ahead),
            AttentionTerm { Positions: not null } a => new RelativeAttention(
                name, source, Input(0), Input(1), Input(2), Input(3), Input(4), a.Heads, a.Columns / a.Heads, a.Scale),
            AttentionTerm { Distances: { } distances } a => new RelativeKeyAttention(
                name, source, Input(0), Input(1), Input(2), Input(3), a.Heads, a.Columns / a.Heads, a.Scale, distances.Behind, distances.Ahead),
            RotaryTerm r => new Rotary(name, source, Input(0), Input(1), r.Heads),
            SinusoidsTerm s => new Sinusoids(name, source, Input(0), s.Columns) { IsInBothDirections = s.IsInBothDirections, IsBFloat16 = s.IsBFloat16 },
            AttentionTerm a => new Attention(name, source, Input(0), Input(1), Input(2), a.Heads, a.Columns / a.Heads, a.Scale),
            _ => throw new InvalidOperationException($"{term.GetType().Name} is no operation."),
        };

        string Input(int input) => term.Inputs[input] is InputTerm read ? read.Value : names[term.Inputs[input]];
    }
}

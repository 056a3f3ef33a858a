using StableQuant.Calibration.Export;
using StableQuant.Calibration.Float;
using StableQuant.Calibration.Quantization;
using StableQuant.Graph;

namespace StableQuant.Calibration.Simulate;

/// <summary>
/// Writes a model as an ONNX graph in which chosen parts are rounded as the int8 kernels round them, in float arithmetic:
/// what the search of calibration runs, through ONNX Runtime. Values keep the operations' names and are [1, frames, channels].
/// </summary>
internal static class Simulation
{
    /// <summary>Writes the graph and loads it.</summary>
    /// <param name="model">The float model.</param>
    /// <param name="constants">Its constants; they must live longer than the session.</param>
    /// <param name="weights">Its int8 weights.</param>
    /// <param name="parts">What is quantized.</param>
    /// <param name="outputs">The values wanted, or the noise of some (<see cref="Noise"/>).</param>
    /// <param name="from">Values that are given, not computed: the graph begins there. Empty for the whole model.</param>
    public static SimulationSession Open(
        FloatModel model, FloatWeights constants, QuantizedWeights weights, QuantizedParts parts, IReadOnlyCollection<string> outputs, IReadOnlyCollection<string> from)
    {
        var writer = new OnnxWriter();
        HashSet<string> needed = Needed(model, outputs.Select(o => o.EndsWith(NoiseEnding, StringComparison.Ordinal) ? o[..^NoiseEnding.Length] : o), from);
        if (needed.Contains(model.FrontEnd.Value))
        {
            FloatGraph.WriteInput(writer, model.FrontEnd);
        }

        foreach (string value in from)
        {
            // Each has sizes of its own: what relative positions are looked up in has twice as many frames as what attends.
            writer.Input(value, "1", value + " frames", value + " channels");
        }

        var shapes = new ValueShapes(model.FrontEnd);
        model.Operations.ToList().ForEach(shapes.Add);
        var rounded = new Dictionary<string, string>(StringComparer.Ordinal);
        string Rounded(string value)
        {
            if (!parts.Grids.TryGetValue(value, out QuantizationGrid? grid))
            {
                return value;
            }

            if (!rounded.TryGetValue(value, out string? name))
            {
                rounded.Add(value, name = Rounding.OfValue(writer, value, shapes.ChannelsOf(value), grid));
            }

            return name;
        }

        var exactly = GraphOperation.Float(writer);
        var roundedly = new GraphOperation(writer, Rounded, (attention, scores) =>
            parts.Probabilities.Contains(attention.Name) ? Rounding.OfSoftmax(writer, scores) : GraphOperation.Softmax(writer, scores));
        var own = new List<NativeTensor>();
        WeightTensors? Constants(Operation operation)
        {
            WeightTensors? exact = constants.Of(operation);
            if (!parts.Weights.Contains(operation.Name))
            {
                return exact;
            }

            var product = (Product)operation;
            own.Add(Rounding.OfWeights(weights, product, parts.Bits.TryGetValue(product.Name, out int bits) ? bits : weights.BitsOf(product)));
            return exact! with { Weight = own[^1] };
        }

        foreach (Operation operation in model.Operations.Where(o => needed.Contains(o.Name) && !from.Contains(o.Name)))
        {
            roundedly.Write(operation, Constants(operation));
            if (outputs.Contains(Noise(operation.Name)))
            {
                Operation exact = operation with { Name = operation.Name + ".exact" };
                exactly.Write(exact, constants.Of(operation));
                WriteNoise(writer, operation.Name, exact.Name, hasFrames: !shapes.StageOf(operation.Name).IsUtterance);
            }
        }

        foreach (string output in outputs)
        {
            writer.Output(output);
        }

        return new SimulationSession(writer.ToGraph(), own);
    }

    /// <summary>
    /// Name of the output that tells how noisy an operation's result is by its own rounding: [2], the squared error against
    /// the same operation without rounding on the same inputs, and the squared deviation of that from each channel's mean.
    /// </summary>
    public static string Noise(string operation) => operation + NoiseEnding;

    private const string NoiseEnding = ".noise";

    // A signal is what differs from the mean over frames; of one frame for the whole utterance it is all.
    private static void WriteNoise(OnnxWriter writer, string rounded, string exact, bool hasFrames)
    {
        string SumOfSquares(string value) => writer.Node("ReduceSumSquare", [value], null, OnnxWriter.Integer("keepdims", 0));
        string error = SumOfSquares(writer.Node("Sub", [rounded, exact]));
        string signal = SumOfSquares(hasFrames ? writer.Node("Sub", [exact, writer.Node("ReduceMean", [exact, writer.Integers(1)])]) : exact);
        string[] both = [.. new[] { error, signal }.Select(sum => writer.Node("Unsqueeze", [sum, writer.Integers(0)]))];
        writer.Node("Concat", both, Noise(rounded), OnnxWriter.Integer("axis", 0));
    }

    private static HashSet<string> Needed(FloatModel model, IEnumerable<string> outputs, IReadOnlyCollection<string> from)
    {
        var needed = new HashSet<string>(outputs, StringComparer.Ordinal);
        foreach (Operation operation in model.Operations.Reverse().Where(o => needed.Contains(o.Name) && !from.Contains(o.Name)))
        {
            needed.UnionWith(operation.Inputs);
        }

        return needed;
    }
}

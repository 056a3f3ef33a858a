using StableQuant.Calibration.Float;
using StableQuant.Graph;

namespace StableQuant.Calibration.Export;

/// <summary>Writes a float model as the ONNX graph that runs it, wherever it was imported from.</summary>
internal static class FloatGraph
{
    /// <summary>Name of the graph's input, the samples as the first layer reads them [1, samples].</summary>
    public const string Input = Operation.Audio;

    /// <summary>Writes the graph.</summary>
    /// <param name="model">The model.</param>
    /// <param name="weights">Its constants.</param>
    /// <param name="outputs">The operations whose results are wanted.</param>
    public static WrittenGraph Write(FloatModel model, FloatWeights weights, IEnumerable<string> outputs)
    {
        var writer = new OnnxWriter();
        writer.Input(Input, "1", "samples");
        var nodes = GraphOperation.Float(writer);
        foreach (Operation operation in model.Operations)
        {
            nodes.Write(operation, weights.Of(operation));
        }

        foreach (string output in outputs)
        {
            writer.Output(output);
        }

        return writer.ToGraph();
    }
}

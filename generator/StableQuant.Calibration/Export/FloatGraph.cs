using StableQuant.Calibration.Float;
using StableQuant.Graph;

namespace StableQuant.Calibration.Export;

/// <summary>Writes a float model as the ONNX graph that runs it, wherever it was imported from.</summary>
internal static class FloatGraph
{
    /// <summary>Writes the graph.</summary>
    /// <param name="model">The model.</param>
    /// <param name="weights">Its constants.</param>
    /// <param name="outputs">The operations whose results are wanted.</param>
    public static WrittenGraph Write(FloatModel model, FloatWeights weights, IEnumerable<string> outputs)
    {
        var writer = new OnnxWriter();
        WriteInput(writer, model.FrontEnd);
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

    /// <summary>Writes the graph's input: samples as the first layer reads them [1, samples], or features [1, frames, channels].</summary>
    public static void WriteInput(OnnxWriter writer, Graph.FrontEnd frontEnd) =>
        writer.Input(frontEnd.Value, frontEnd.Value == Operation.Audio ? ["1", "samples"] : ["1", "frames", "channels"]);

    /// <summary>What the front end made of an utterance, as that input.</summary>
    public static (string Name, float[] Values, long[] Shape) Input(Graph.FrontEnd frontEnd, float[] values) =>
        (frontEnd.Value, values, frontEnd.Value == Operation.Audio ? [1, values.Length] : [1, values.Length / frontEnd.Channels, frontEnd.Channels]);
}

using Microsoft.ML.OnnxRuntime;
using StableQuant.Calibration.Export;
using StableQuant.Calibration.Float;

namespace StableQuant.Calibration.Evaluate;

/// <summary>A float model in ONNX Runtime: what its front end makes in, the results of any of its operations out. For any number of threads.</summary>
/// <param name="model">The model.</param>
/// <param name="weights">Its constants; they must live longer than the session.</param>
/// <param name="outputs">The operations whose results are wanted.</param>
/// <param name="threads">Threads that work on one utterance.</param>
internal sealed class FloatSession(FloatModel model, FloatWeights weights, IReadOnlyCollection<string> outputs, int threads) : IDisposable
{
    private readonly GraphSession session = new(FloatGraph.Write(model, weights, outputs), threads);

    /// <summary>The constants that it reads.</summary>
    public FloatWeights Weights => weights;

    /// <summary>Runs the model on one utterance.</summary>
    /// <param name="input">What the first layer reads, see <see cref="FloatFrontEnd.Apply"/>.</param>
    /// <returns>The results, each [1, frames, channels]; the caller disposes them.</returns>
    /// <exception cref="StableQuantException">ONNX Runtime failed.</exception>
    public IDisposableReadOnlyCollection<OrtValue> Run(float[] input)
    {
        try
        {
            return session.Run([FloatGraph.Input(model.FrontEnd, input)], outputs);
        }
        catch (OnnxRuntimeException e)
        {
            throw new StableQuantException($"{model.Origin}: ONNX Runtime failed: {e.Message.ReplaceLineEndings("\n").Split('\n')[0]}", e);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => session.Dispose();
}

using Microsoft.ML.OnnxRuntime;
using StableQuant.Calibration.Export;
using StableQuant.Calibration.Float;

namespace StableQuant.Calibration.Evaluate;

/// <summary>
/// Compares what the importer made of a model with the model itself: our float executor against ONNX Runtime, on seeded
/// noise of several lengths, or of the one length that the model takes.
/// </summary>
/// <param name="MaxDifference">The largest difference between two logits.</param>
/// <param name="MaxLogit">The largest logit, in magnitude.</param>
public sealed record ExecutorCheck(float MaxDifference, float MaxLogit)
{
    /// <summary>Both compute in float32 and sum in different orders: differences below this share of the largest logit are rounding.</summary>
    private const float Tolerance = 1e-4f;

    // For a model that takes any length. One short, one that is no multiple of a frame, one long enough for attention over many frames.
    private static readonly int[] Lengths = [8000, 17003, 32000];

    /// <summary>A model in half precision rounds every value between its operators to 11 bits, or 8; ours none.</summary>
    private const float HalfTolerance = 2e-2f;

    private bool isHalf;

    /// <summary>Whether the two agree but for rounding.</summary>
    public bool Passed => MaxDifference <= (isHalf ? HalfTolerance : Tolerance) * MaxLogit;

    /// <summary>Runs the comparison.</summary>
    /// <param name="path">The ONNX file, which ONNX Runtime runs as it is, or a checkpoint, which it runs as the graph written of it.</param>
    /// <param name="model">What the importer made of it.</param>
    /// <param name="threads">Threads for ONNX Runtime.</param>
    /// <param name="cancellationToken">Ends the comparison between two lengths.</param>
    public static ExecutorCheck Run(string path, FloatModel model, int threads, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (Directory.Exists(path))
        {
            using var weights = new FloatWeights(model);
            using var written = new FloatSession(model, weights, [model.Operations[^1].Name], threads);
            return Run(path, model, written.Run, Lengths, cancellationToken);
        }

        using OnnxSession session = OnnxSession.Open(path, model.LogitCount, threads);
        using var options = new RunOptions();
        return Run(path, model, noise => session.Run(noise, [session.Logits], options), session.FixedSamples is { } only ? [only] : Lengths, cancellationToken);
    }

    private static ExecutorCheck Run(
        string path, FloatModel model, Func<float[], IDisposableReadOnlyCollection<OrtValue>> reference, int[] lengths, CancellationToken cancellationToken)
    {
        var executor = new ReferenceExecutor(model);
        float maxDifference = 0;
        float maxLogit = 0;
        foreach (int length in lengths)
        {
            cancellationToken.ThrowIfCancellationRequested();
            float[] noise = model.FrontEnd.Apply(Noise(length));
            using IDisposableReadOnlyCollection<OrtValue> results = reference(noise);
            ReadOnlySpan<float> expected = OnnxFloats.Of(results[0]);
            float[] actual = executor.Run(noise, out _);
            Make(model.Output, actual, model.LogitCount);
            if (actual.Length != expected.Length)
            {
                throw new StableQuantException(FormattableString.Invariant(
                    $"{path}: the imported model makes {actual.Length} logits of {length} samples, ONNX Runtime {expected.Length}."));
            }

            for (int i = 0; i < expected.Length; i++)
            {
                // NaN stays the maximum, and then does not pass for agreement.
                maxDifference = Math.Max(maxDifference, Math.Abs(actual[i] - expected[i]));
                maxLogit = Math.Max(maxLogit, Math.Abs(expected[i]));
            }
        }

        return new ExecutorCheck(maxDifference, maxLogit) { isHalf = model.IsHalf };
    }

    // What the file makes of its logits.
    private static void Make(ModelOutput output, float[] logits, int width)
    {
        for (int start = 0; start < logits.Length && output != ModelOutput.Logits; start += width)
        {
            Span<float> row = logits.AsSpan(start, width);
            double sum = 0;
            foreach (float logit in row)
            {
                sum += Math.Exp(logit);
            }

            foreach (ref float logit in row)
            {
                logit = (float)(output == ModelOutput.LogProbabilities ? logit - Math.Log(sum) : Math.Exp(logit) / sum);
            }
        }
    }

    /// <summary>Uniform noise; the seed is the length, so that every run hears the same.</summary>
    private static float[] Noise(int length)
    {
        var random = new Random(length);
        var noise = new float[length];
        for (int i = 0; i < length; i++)
        {
            noise[i] = random.NextSingle() - 0.5f;
        }

        return noise;
    }
}

using StableQuant.Audio;
using StableQuant.Calibration.Float;
using StableQuant.Graph;

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
    /// <param name="path">The ONNX file.</param>
    /// <param name="model">What the importer made of it.</param>
    /// <param name="threads">Threads for ONNX Runtime.</param>
    /// <param name="cancellationToken">Ends the comparison between two lengths.</param>
    public static ExecutorCheck Run(string path, FloatModel model, int threads, CancellationToken cancellationToken = default)
    {
        // What the tokens are called does not matter here, and the model may have come without its vocabulary.
        int width = model.Operations.OfType<Linear>().Last().OutputChannels;
        var anonymous = new Vocabulary(new EquatableArray<string>(Enumerable.Range(0, width).Select(i => FormattableString.Invariant($"<{i}>"))), 0, -1);
        using OnnxSession session = OnnxSession.Open(path, null, width, threads, allowFixedLength: true);
        int[] lengths = session.FixedSamples is { } only ? [only] : Lengths;
        using var reference = new OnnxSpeechModel(session, anonymous, path, (double)lengths.Max() / AudioFile.ModelRate);

        var executor = new ReferenceExecutor(model);
        float maxDifference = 0;
        float maxLogit = 0;
        foreach (int length in lengths)
        {
            cancellationToken.ThrowIfCancellationRequested();
            float[] noise = Noise(length);
            var expected = new float[reference.FrameCount(length) * width];
            reference.Logits(noise, expected);

            float[] actual = executor.Run(OnnxSession.Normalize(noise), out _);
            Make(model.Output, actual, width);
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

using System.Globalization;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace StableQuant.Calibration.Evaluate;

/// <summary>A float speech model in ONNX Runtime: normalised samples in, any of its outputs out. For any number of threads.</summary>
internal sealed class OnnxSession : IDisposable
{
    /// <summary>Added to an utterance's variance, as the models' own feature extractors do.</summary>
    private const double Epsilon = 1e-7;

    private readonly string path;
    private readonly InferenceSession session;
    private readonly OnnxSignature signature;

    private OnnxSession(string path, InferenceSession session, OnnxSignature signature)
    {
        this.path = path;
        this.session = session;
        this.signature = signature;
    }

    /// <summary>The output that holds the logits.</summary>
    public string Logits => signature.Logits;

    /// <summary>The number of samples that the export is fixed to; null if any will do.</summary>
    public int? FixedSamples => signature.FixedSamples;

    /// <summary>Opens a model.</summary>
    /// <param name="path">The ONNX file.</param>
    /// <param name="bytes">What to load in the file's place; null for the file itself.</param>
    /// <param name="vocabularySize">Width of the logits.</param>
    /// <param name="intraOpThreads">Threads that work on one utterance.</param>
    /// <param name="allowFixedLength">Whether the model may be fixed to one length, which no utterance has but by accident.</param>
    /// <exception cref="StableQuantException">The file is missing, is not a model, or takes or makes something else.</exception>
    public static OnnxSession Open(string path, byte[]? bytes, int vocabularySize, int intraOpThreads, bool allowFixedLength = false)
    {
        if (!File.Exists(path))
        {
            throw new StableQuantException(Directory.Exists(path) ? $"{path}: is a folder; name an .onnx file." : $"{path}: there is no such model.");
        }

        InferenceSession? session = null;
        try
        {
            using var options = new SessionOptions
            {
                IntraOpNumThreads = intraOpThreads,
                InterOpNumThreads = 1,
                // Errors come as exceptions; whatever it writes would stand between the lines of a tool's output.
                LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
            };
            session = bytes is null ? new InferenceSession(path, options) : new InferenceSession(bytes, options);
            OnnxSignature signature = OnnxSignature.Of(session, vocabularySize, path);
            if (signature.FixedSamples is { } only && !allowFixedLength)
            {
                throw new StableQuantException(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{path}: takes utterances of exactly {only} samples; export the model with a dynamic length of its input {signature.Audio}."));
            }

            var opened = new OnnxSession(path, session, signature);
            session = null;
            return opened;
        }
        catch (OnnxRuntimeException e)
        {
            throw new StableQuantException($"{path}: not a model that ONNX Runtime can load (truncated or damaged? copy or export it again): {FirstLine(e)}", e);
        }
        finally
        {
            session?.Dispose();
        }
    }

    /// <summary>Shifts and scales an utterance to zero mean and unit variance.</summary>
    /// <exception cref="ArgumentException">A sample is not finite.</exception>
    public static float[] Normalize(ReadOnlySpan<float> pcm)
    {
        double sum = 0;
        foreach (float x in pcm)
        {
            sum += x;
        }

        double mean = sum / pcm.Length;
        double squares = 0;
        foreach (float x in pcm)
        {
            squares += (x - mean) * (x - mean);
        }

        double scale = 1 / Math.Sqrt(squares / pcm.Length + Epsilon);
        if (!double.IsFinite(scale))
        {
            throw new ArgumentException("The utterance holds a sample that is not finite.", nameof(pcm));
        }

        var normalized = new float[pcm.Length];
        for (int i = 0; i < pcm.Length; i++)
        {
            normalized[i] = (float)((pcm[i] - mean) * scale);
        }

        return normalized;
    }

    /// <summary>Runs the model on one utterance.</summary>
    /// <param name="normalized">The samples, normalised.</param>
    /// <param name="outputs">The outputs wanted.</param>
    /// <param name="runOptions">The caller's options.</param>
    /// <returns>The outputs, in that order; the caller disposes them.</returns>
    public IDisposableReadOnlyCollection<OrtValue> Run(float[] normalized, IReadOnlyCollection<string> outputs, RunOptions runOptions)
    {
        var inputs = new Dictionary<string, OrtValue>();
        try
        {
            long[] shape = [1, normalized.Length];
            inputs.Add(signature.Audio, OnnxFloats.Tensor(normalized, signature.AudioType, shape));
            foreach ((string mask, TensorElementType type) in signature.Masks)
            {
                inputs.Add(mask, type switch
                {
                    TensorElementType.Int64 => Ones(1L, shape),
                    TensorElementType.Int32 => Ones(1, shape),
                    TensorElementType.Bool => Ones(true, shape),
                    TensorElementType.Float16 => Ones((Float16)1f, shape),
                    _ => Ones(1f, shape),
                });
            }

            foreach ((string length, TensorElementType type, int rank) in signature.Lengths)
            {
                long[] one = [.. Enumerable.Repeat(1L, rank)];
                inputs.Add(length, type == TensorElementType.Int64
                    ? OrtValue.CreateTensorValueFromMemory(new long[] { normalized.Length }, one)
                    : OrtValue.CreateTensorValueFromMemory(new int[] { normalized.Length }, one));
            }

            return session.Run(runOptions, inputs, outputs);
        }
        catch (OnnxRuntimeException e)
        {
            throw new StableQuantException($"{path}: ONNX Runtime failed: {FirstLine(e)}", e);
        }
        finally
        {
            foreach (OrtValue input in inputs.Values)
            {
                input.Dispose();
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => session.Dispose();

    private static string FirstLine(OnnxRuntimeException e) => e.Message.ReplaceLineEndings("\n").Split('\n')[0];

    private static OrtValue Ones<T>(T one, long[] shape)
        where T : unmanaged
    {
        var ones = new T[shape[0] * shape[1]];
        Array.Fill(ones, one);
        return OrtValue.CreateTensorValueFromMemory(ones, shape);
    }
}

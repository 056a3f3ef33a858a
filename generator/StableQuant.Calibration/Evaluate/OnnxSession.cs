using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace StableQuant.Calibration.Evaluate;

/// <summary>A speech model as it was exported, in ONNX Runtime: what an import is checked against. For any number of threads.</summary>
internal sealed class OnnxSession : IDisposable
{
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
    /// <param name="vocabularySize">Width of the logits.</param>
    /// <param name="intraOpThreads">Threads that work on one utterance.</param>
    /// <exception cref="StableQuantException">The file is missing, is not a model, or takes or makes something else.</exception>
    public static OnnxSession Open(string path, int vocabularySize, int intraOpThreads)
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
            session = new InferenceSession(path, options);
            var opened = new OnnxSession(path, session, OnnxSignature.Of(session, vocabularySize, path));
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

    /// <summary>Runs the model on one utterance.</summary>
    /// <param name="normalized">The samples, normalised, or features [frames, channels].</param>
    /// <param name="outputs">The outputs wanted.</param>
    /// <param name="runOptions">The caller's options.</param>
    /// <returns>The outputs, in that order; the caller disposes them.</returns>
    public IDisposableReadOnlyCollection<OrtValue> Run(float[] normalized, IReadOnlyCollection<string> outputs, RunOptions runOptions)
    {
        var inputs = new Dictionary<string, OrtValue>();
        try
        {
            int frames = normalized.Length / (signature.Channels ?? 1);
            long[] shape = [1, frames];
            inputs.Add(signature.Audio, OnnxFloats.Tensor(normalized, signature.AudioType, signature.Channels is { } channels ? [.. shape, channels] : shape));
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
                    ? OrtValue.CreateTensorValueFromMemory(new long[] { frames }, one)
                    : OrtValue.CreateTensorValueFromMemory(new int[] { frames }, one));
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

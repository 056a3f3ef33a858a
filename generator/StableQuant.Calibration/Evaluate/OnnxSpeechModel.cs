using System.Globalization;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using StableQuant.Graph;
using StableQuant.Runtime;

namespace StableQuant.Calibration.Evaluate;

/// <summary>One instance of a float model that ONNX Runtime runs. Unlike compiled models it allocates memory in its calls.</summary>
internal sealed class OnnxSpeechModel : ISpeechModel
{
    /// <summary>Added to an utterance's variance, as the models' own feature extractors do.</summary>
    private const double Epsilon = 1e-7;

    // Samples between two frames, and samples that make one: the same in all wav2vec 2.0 and HuBERT models.
    private const int FrameStep = 320;
    private const int ReceptiveField = 400;

    private readonly InferenceSession session;
    private readonly OnnxSignature signature;
    private readonly string name;
    private readonly CtcDecoder decoder;
    private readonly RunOptions runOptions = new();
    private readonly float[] samples;

    public OnnxSpeechModel(InferenceSession session, OnnxSignature signature, Vocabulary vocabulary, string name, double maxSeconds)
    {
        this.session = session;
        this.signature = signature;
        this.name = name;
        decoder = new CtcDecoder(new CtcVocabulary([.. vocabulary.Tokens], vocabulary.Blank, vocabulary.WordDelimiter));
        VocabularySize = vocabulary.Tokens.Count;
        samples = new float[checked((int)Math.Ceiling(maxSeconds * SampleRate))];
    }

    /// <inheritdoc/>
    public int SampleRate => 16000;

    /// <inheritdoc/>
    public int MaxSamples => samples.Length;

    /// <inheritdoc/>
    public int MinSamples => ReceptiveField;

    /// <inheritdoc/>
    public int VocabularySize { get; }

    /// <inheritdoc/>
    public string Kernels => "onnxruntime";

    /// <inheritdoc/>
    public int FrameCount(int samples) => samples < ReceptiveField ? 0 : (samples - ReceptiveField) / FrameStep + 1;

    /// <inheritdoc/>
    public int MaxTextLength(int samples) => decoder.MaxTextLength(FrameCount(samples));

    /// <inheritdoc/>
    public int Logits(ReadOnlySpan<float> pcm16k, Span<float> logits)
    {
        if (pcm16k.Length < MinSamples || pcm16k.Length > MaxSamples)
        {
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{name} takes {MinSamples} to {MaxSamples} samples, not {pcm16k.Length}."), nameof(pcm16k));
        }

        int frames = FrameCount(pcm16k.Length);
        if (logits.Length < frames * VocabularySize)
        {
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{frames} frames of {VocabularySize} logits do not fit in {logits.Length} values."), nameof(logits));
        }

        Normalize(pcm16k, samples);
        Run(pcm16k.Length, frames, logits);
        return frames;
    }

    /// <inheritdoc/>
    public int Transcribe(ReadOnlySpan<float> pcm16k, Span<char> text)
    {
        var logits = new float[FrameCount(pcm16k.Length) * VocabularySize];
        return decoder.Decode(logits, Logits(pcm16k, logits), text);
    }

    /// <inheritdoc/>
    public void Dispose() => runOptions.Dispose();

    /// <summary>Shifts and scales an utterance to zero mean and unit variance.</summary>
    internal static void Normalize(ReadOnlySpan<float> pcm, Span<float> result)
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

        for (int i = 0; i < pcm.Length; i++)
        {
            result[i] = (float)((pcm[i] - mean) * scale);
        }
    }

    private void Run(int length, int frames, Span<float> logits)
    {
        var inputs = new Dictionary<string, OrtValue>();
        try
        {
            long[] shape = [1, length];
            inputs.Add(signature.Audio, OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, samples.AsMemory(0, length), shape));
            foreach ((string mask, TensorElementType type) in signature.Masks)
            {
                inputs.Add(mask, type == TensorElementType.Int64 ? Ones(1L, shape) : Ones(1, shape));
            }

            using IDisposableReadOnlyCollection<OrtValue> outputs = session.Run(runOptions, inputs, [signature.Logits]);
            ReadOnlySpan<long> made = outputs[0].GetTensorTypeAndShape().Shape;
            if (made is not [1, long madeFrames, long width] || madeFrames != frames || width != VocabularySize)
            {
                throw new StableQuantException(string.Create(CultureInfo.InvariantCulture, $"{name}: {length} samples made logits [{string.Join(", ", made.ToArray())}], not [1, {frames}, {VocabularySize}] as wav2vec 2.0 and HuBERT models with this vocabulary do."));
            }

            outputs[0].GetTensorDataAsSpan<float>().CopyTo(logits);
        }
        catch (OnnxRuntimeException e)
        {
            throw new StableQuantException($"{name}: ONNX Runtime failed: {OnnxModelSource.FirstLine(e)}", e);
        }
        finally
        {
            foreach (OrtValue input in inputs.Values)
            {
                input.Dispose();
            }
        }
    }

    private static OrtValue Ones<T>(T one, long[] shape)
        where T : unmanaged
    {
        var ones = new T[shape[0] * shape[1]];
        Array.Fill(ones, one);
        return OrtValue.CreateTensorValueFromMemory(ones, shape);
    }
}

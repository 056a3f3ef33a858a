using System.Globalization;
using Microsoft.ML.OnnxRuntime;
using StableQuant.Audio;
using StableQuant.Decoding;
using StableQuant.Graph;

namespace StableQuant.Calibration.Evaluate;

/// <summary>One instance of a float model that ONNX Runtime runs. Unlike compiled models it allocates memory in its calls.</summary>
internal sealed class OnnxSpeechModel : ISpeechModel
{
    // Samples between two frames: the same in all wav2vec 2.0 and HuBERT models.
    private const int FrameStep = 320;

    /// <summary>Samples that make one frame, in all models that are imported.</summary>
    internal const int ReceptiveField = 400;

    private readonly OnnxSession session;
    private readonly string name;
    private readonly CtcDecoder decoder;
    private readonly RunOptions runOptions = new();

    public OnnxSpeechModel(OnnxSession session, Vocabulary vocabulary, string name, double maxSeconds)
    {
        this.session = session;
        this.name = name;
        Vocabulary = new CtcVocabulary([.. vocabulary.Tokens], vocabulary.Blank, vocabulary.WordDelimiter);
        decoder = new CtcDecoder(Vocabulary);
        MaxSamples = checked((int)Math.Ceiling(maxSeconds * SampleRate));
    }

    /// <inheritdoc/>
    public int SampleRate => AudioFile.ModelRate;

    /// <inheritdoc/>
    public int MaxSamples { get; }

    /// <inheritdoc/>
    public int MinSamples => ReceptiveField;

    /// <inheritdoc/>
    public int SamplesPerFrame => FrameStep;

    /// <inheritdoc/>
    public CtcVocabulary Vocabulary { get; }

    /// <inheritdoc/>
    public int VocabularySize => Vocabulary.Count;

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

        Run(OnnxSession.Normalize(pcm16k), frames, logits);
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

    private void Run(float[] normalized, int frames, Span<float> logits)
    {
        using IDisposableReadOnlyCollection<OrtValue> outputs = session.Run(normalized, [session.Logits], runOptions);
        ReadOnlySpan<long> made = outputs[0].GetTensorTypeAndShape().Shape;
        if (made is not [1, long madeFrames, long width] || madeFrames != frames || width != VocabularySize)
        {
            throw new StableQuantException(string.Create(CultureInfo.InvariantCulture, $"{name}: {normalized.Length} samples made logits [{string.Join(", ", made.ToArray())}], not [1, {frames}, {VocabularySize}] as wav2vec 2.0 and HuBERT models with this vocabulary do."));
        }

        OnnxFloats.Of(outputs[0]).CopyTo(logits);
    }
}

using System.Globalization;
using Microsoft.ML.OnnxRuntime;
using StableQuant.Audio;
using StableQuant.Calibration.Float;
using StableQuant.Decoding;
using StableQuant.Graph;

namespace StableQuant.Calibration.Evaluate;

/// <summary>One instance of a float model that ONNX Runtime runs. Unlike compiled models it allocates memory in its calls.</summary>
internal sealed class FloatSpeechModel : ISpeechModel
{
    private readonly FloatSession session;
    private readonly FloatModel model;
    private readonly FrameGeometry geometry;
    private readonly CtcDecoder decoder;

    public FloatSpeechModel(FloatSession session, FloatModel model, Vocabulary vocabulary, double maxSeconds)
    {
        this.session = session;
        this.model = model;
        geometry = new FrameGeometry(model);
        Vocabulary = new CtcVocabulary([.. vocabulary.Tokens], vocabulary.Blank, vocabulary.WordDelimiter);
        decoder = new CtcDecoder(Vocabulary);
        MaxSamples = checked((int)Math.Ceiling(maxSeconds * SampleRate));
    }

    /// <inheritdoc/>
    public int SampleRate => AudioFile.ModelRate;

    /// <inheritdoc/>
    public int MaxSamples { get; }

    /// <inheritdoc/>
    public int MinSamples => geometry.MinSamples;

    /// <inheritdoc/>
    public int SamplesPerFrame => geometry.SamplesPerFrame;

    /// <inheritdoc/>
    public CtcVocabulary Vocabulary { get; }

    /// <inheritdoc/>
    public int VocabularySize => Vocabulary.Count;

    /// <inheritdoc/>
    public string Kernels => "onnxruntime";

    /// <inheritdoc/>
    public int FrameCount(int samples) => samples < MinSamples ? 0 : geometry.Frames(samples);

    /// <inheritdoc/>
    public int MaxTextLength(int samples) => decoder.MaxTextLength(FrameCount(samples));

    /// <inheritdoc/>
    public int Logits(ReadOnlySpan<float> pcm16k, Span<float> logits)
    {
        if (pcm16k.Length < MinSamples || pcm16k.Length > MaxSamples)
        {
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{model.Name} takes {MinSamples} to {MaxSamples} samples, not {pcm16k.Length}."), nameof(pcm16k));
        }

        int frames = FrameCount(pcm16k.Length);
        if (logits.Length < frames * VocabularySize)
        {
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{frames} frames of {VocabularySize} logits do not fit in {logits.Length} values."), nameof(logits));
        }

        using IDisposableReadOnlyCollection<OrtValue> outputs = session.Run(model.FrontEnd.Apply(pcm16k));
        outputs[0].GetTensorDataAsSpan<float>().CopyTo(logits);
        return frames;
    }

    /// <inheritdoc/>
    public int Transcribe(ReadOnlySpan<float> pcm16k, Span<char> text)
    {
        var logits = new float[FrameCount(pcm16k.Length) * VocabularySize];
        return decoder.Decode(logits, Logits(pcm16k, logits), text);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}

using System.Globalization;
using Microsoft.ML.OnnxRuntime;
using StableQuant.Audio;
using StableQuant.Calibration.Float;

namespace StableQuant.Calibration.Evaluate;

/// <summary>What instances of float models that ONNX Runtime runs share. Unlike compiled models they allocate memory in their calls.</summary>
internal abstract class FloatNetwork : ICompiledModel
{
    private readonly FloatSession session;
    private readonly FloatModel model;
    private readonly FrameGeometry geometry;

    protected FloatNetwork(FloatSession session, FloatModel model, double maxSeconds)
    {
        this.session = session;
        this.model = model;
        geometry = new FrameGeometry(model);
        Width = model.LogitCount;
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
    public string Kernels => "onnxruntime";

    /// <summary>Values of a frame.</summary>
    protected int Width { get; }

    /// <inheritdoc/>
    public int FrameCount(int samples) => samples < MinSamples ? 0 : geometry.Frames(samples);

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    /// <summary>Runs the network.</summary>
    /// <param name="pcm16k">The samples.</param>
    /// <param name="outputs">Receives [frames, width] values.</param>
    /// <param name="parameter">What the caller calls them.</param>
    /// <returns>The number of frames.</returns>
    protected int Run(ReadOnlySpan<float> pcm16k, Span<float> outputs, string parameter)
    {
        if (pcm16k.Length < MinSamples || pcm16k.Length > MaxSamples)
        {
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{model.Name} takes {MinSamples} to {MaxSamples} samples, not {pcm16k.Length}."), nameof(pcm16k));
        }

        int frames = FrameCount(pcm16k.Length);
        if (outputs.Length < frames * Width)
        {
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{frames} frames of {Width} values do not fit in {outputs.Length}."), parameter);
        }

        using IDisposableReadOnlyCollection<OrtValue> results = session.Run(model.FrontEnd.Apply(pcm16k));
        results[0].GetTensorDataAsSpan<float>().CopyTo(outputs);
        return frames;
    }
}

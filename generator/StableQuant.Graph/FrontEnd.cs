namespace StableQuant.Graph;

/// <summary>What is made of an utterance before the first layer reads it: one record here for each way.</summary>
/// <param name="SampleRate">Samples a second.</param>
public abstract record FrontEnd(int SampleRate)
{
    /// <summary>The graph's input that it makes: <see cref="Operation.Audio"/> or <see cref="Operation.Features"/>.</summary>
    public abstract string Value { get; }

    /// <summary>Channels of that.</summary>
    public abstract int Channels { get; }

    /// <summary>The stages on the way there, from the samples on; it has as many frames as the last one.</summary>
    public virtual EquatableArray<Stage> Stages => new([Samples]);

    /// <summary>The stage of the samples.</summary>
    protected static Stage Samples { get; } = new(0, 0, 1, 1, 0);
}

/// <summary>
/// The samples themselves, at zero mean and unit variance over the utterance, or as they are. They are carried as 16-bit integers, and gain,
/// mean and deviation are undone by the first convolution.
/// </summary>
/// <param name="SampleRate">See <see cref="FrontEnd"/>.</param>
/// <param name="Epsilon">Added to the utterance's variance; null where samples are taken as they are, −1 … 1.</param>
public sealed record WaveformFrontEnd(int SampleRate, float? Epsilon) : FrontEnd(SampleRate)
{
    /// <inheritdoc/>
    public override string Value => Operation.Audio;

    /// <inheritdoc/>
    public override int Channels => 1;
}

/// <summary>
/// Logarithms of the power in mel bands, frame by frame, each band at zero mean and unit variance over the utterance, as float32. How that is done in
/// detail is a convention that models are trained with.
/// </summary>
/// <param name="SampleRate">See <see cref="FrontEnd"/>.</param>
/// <param name="Convention">Whose details.</param>
/// <param name="Window">Samples of a frame.</param>
/// <param name="Hop">Samples from one frame to the next; at most <paramref name="Window"/>.</param>
/// <param name="FourierSize">Points of the Fourier transform, a power of two; zeros follow the frame's samples.</param>
/// <param name="Preemphasis">What of a sample is taken from the next one, 0 … 1.</param>
/// <param name="Bands">Mel bands.</param>
/// <param name="Low">Where the first band begins, in hertz.</param>
/// <param name="High">Where the last band ends, in hertz.</param>
/// <param name="Floor">What keeps logarithms from silence: added to the power (NeMo), or the least power (Kaldi).</param>
/// <param name="Epsilon">What keeps silence from division: added to the deviation (NeMo), or to the variance (Kaldi).</param>
/// <param name="Stack">Frames that become one, one behind the other in its channels; frames behind the last whole group are dropped.</param>
public sealed record LogMelFrontEnd(
    int SampleRate, LogMelConvention Convention, int Window, int Hop, int FourierSize, float Preemphasis, int Bands, float Low, float High, float Floor, float Epsilon, int Stack)
    : FrontEnd(SampleRate)
{
    /// <summary>The kind's name, for its kernel.</summary>
    public const string KindName = "log-mel";

    /// <inheritdoc/>
    public override string Value => Operation.Features;

    /// <inheritdoc/>
    public override int Channels => checked(Bands * Stack);

    /// <inheritdoc/>
    public override EquatableArray<Stage> Stages
    {
        get
        {
            var frames = new Stage(1, 0, Window, Hop, Convention == LogMelConvention.Nemo ? Window - Hop : 0);
            return Stack == 1 ? new([Samples, frames]) : new([Samples, frames, new Stage(2, 1, Stack, Stack, 0)]);
        }
    }
}

/// <summary>
/// Features that somebody else has made: the model's input is not samples but [frames, channels] as its first layer reads them. So a network can be
/// compared by itself.
/// </summary>
/// <param name="SampleRate">See <see cref="FrontEnd"/>.</param>
/// <param name="Channels">Channels of a frame.</param>
public sealed record GivenFrontEnd(int SampleRate, int Channels) : FrontEnd(SampleRate)
{
    /// <inheritdoc/>
    public override string Value => Operation.Features;

    /// <inheritdoc/>
    public override int Channels { get; } = Channels;

    /// <inheritdoc/>
    public override EquatableArray<Stage> Stages => new([Samples, new Stage(1, 0, Channels, Channels, 0)]);
}

/// <summary>How log-mel features are made in detail.</summary>
public enum LogMelConvention
{
    /// <summary>
    /// As NeMo and its FastConformers: preemphasis over the utterance, of which the first sample stays; frames around each multiple of the hop,
    /// with zeros beyond both ends; a symmetric Hann window; bands of equal area on Slaney's mel scale, triangles in hertz.
    /// </summary>
    Nemo,

    /// <summary>
    /// As Kaldi and w2v-BERT 2.0: samples at the scale of 16-bit integers; whole frames alone, each less its mean, then with preemphasis, whose first
    /// sample counts as its own predecessor; Povey's window; bands of equal height on the logarithmic mel scale, triangles in mel.
    /// </summary>
    Kaldi,
}

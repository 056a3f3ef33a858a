using System.ComponentModel;
using System.Runtime.CompilerServices;
using StableQuant.Layout;

namespace StableQuant.FrontEnd;

/// <summary>
/// How a model's log-mel features are made: its numbers, and the tables that follow from them, which are computed once a program.
/// <see cref="LogMelKernels{TIsa, TInt, TFloat}"/> makes features with them.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed unsafe class LogMel
{
    /// <summary>Samples beyond ± that count as ± that: their powers have to be finite.</summary>
    private const float Loudest = 1 << 30;

    /// <summary>From −1 … 1 to 16-bit integers.</summary>
    private const float KaldiGain = 1 << 15;

    /// <summary>Povey's window is Hann's to this power.</summary>
    private const double PoveyPower = 0.85;

    private LogMel(bool isKaldi, int window, int hop, int fourierSize, float preemphasis, int bands, float low, float high, float floor, float epsilon)
    {
        (IsKaldi, Window, Hop, Preemphasis, Bands, Floor, Epsilon) = (isKaldi, window, hop, preemphasis, bands, floor, epsilon);
        Fourier = new FourierTables(fourierSize);
        int points = fourierSize / 2 + 1;
        Filters = isKaldi
            ? MelFilters.Kaldi(bands, points, FrontEndLayout.SampleRate, low, high)
            : MelFilters.Slaney(bands, points, FrontEndLayout.SampleRate, low, high);
        Shape = new double[window];
        for (int i = 0; i < window; i++)
        {
            // Both windows are symmetric: the sine of half a turn is taken of the half that rises.
            double sine = TableFunctions.Sine(Math.PI * Math.Min(i, window - 1 - i) / (window - 1)), hann = sine * sine;
            Shape[i] = !isKaldi ? hann : hann == 0 ? 0 : TableFunctions.Exp(PoveyPower * TableFunctions.Log(hann));
        }
    }

    /// <summary>Whether the details are Kaldi's; else they are NeMo's.</summary>
    internal bool IsKaldi { get; }

    /// <summary>Samples of a frame.</summary>
    internal int Window { get; }

    /// <summary>Samples from one frame to the next.</summary>
    internal int Hop { get; }

    /// <summary>The Fourier transform.</summary>
    internal FourierTables Fourier { get; }

    /// <summary>What of a sample is taken from the next one.</summary>
    internal float Preemphasis { get; }

    /// <summary>Mel bands.</summary>
    internal int Bands { get; }

    /// <summary>What keeps logarithms from silence.</summary>
    internal float Floor { get; }

    /// <summary>What keeps silence from division.</summary>
    internal float Epsilon { get; }

    /// <summary>The bands' weights.</summary>
    internal MelFilters Filters { get; }

    /// <summary>The window.</summary>
    internal double[] Shape { get; }

    /// <summary>
    /// As NeMo makes them: preemphasis over the utterance; frames around each multiple of the hop, with zeros beyond both ends; a symmetric Hann
    /// window; bands of equal area on Slaney's scale; ln(power + floor); each band divided by its deviation + epsilon.
    /// </summary>
    /// <param name="window">Samples of a frame.</param>
    /// <param name="hop">Samples from one frame to the next.</param>
    /// <param name="fourierSize">Points of the Fourier transform: a power of two, not less than the window.</param>
    /// <param name="preemphasis">What of a sample is taken from the next one.</param>
    /// <param name="bands">Mel bands.</param>
    /// <param name="low">Where the first begins, in hertz.</param>
    /// <param name="high">Where the last one ends.</param>
    /// <param name="floor">Added to the power.</param>
    /// <param name="epsilon">Added to the deviation.</param>
    public static LogMel Nemo(int window, int hop, int fourierSize, float preemphasis, int bands, float low, float high, float floor, float epsilon) =>
        new(false, window, hop, fourierSize, preemphasis, bands, low, high, floor, epsilon);

    /// <summary>
    /// As Kaldi makes them: samples at the scale of 16-bit integers; whole frames alone, each less its mean, then with preemphasis; Povey's window;
    /// bands of equal height on the logarithmic scale; ln(max(power, floor)); each band divided by √(variance + epsilon).
    /// </summary>
    /// <param name="window">See <see cref="Nemo"/>.</param>
    /// <param name="hop">See <see cref="Nemo"/>.</param>
    /// <param name="fourierSize">See <see cref="Nemo"/>.</param>
    /// <param name="preemphasis">See <see cref="Nemo"/>.</param>
    /// <param name="bands">See <see cref="Nemo"/>.</param>
    /// <param name="low">See <see cref="Nemo"/>.</param>
    /// <param name="high">See <see cref="Nemo"/>.</param>
    /// <param name="floor">The least power.</param>
    /// <param name="epsilon">Added to the variance.</param>
    public static LogMel Kaldi(int window, int hop, int fourierSize, float preemphasis, int bands, float low, float high, float floor, float epsilon) =>
        new(true, window, hop, fourierSize, preemphasis, bands, low, high, floor, epsilon);

    /// <summary>Takes over the samples of an utterance, at their scale.</summary>
    /// <param name="pcm">The samples.</param>
    /// <param name="memory">Receives as many.</param>
    /// <exception cref="ArgumentException">A sample is NaN or infinite.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Take(ReadOnlySpan<float> pcm, float* memory)
    {
        FiniteSamples.Copy(pcm, memory);
        float gain = IsKaldi ? KaldiGain : 1;
        for (int i = 0; i < pcm.Length; i++)
        {
            memory[i] = MathF.Max(MathF.Min(memory[i], Loudest), -Loudest) * gain;
        }
    }
}

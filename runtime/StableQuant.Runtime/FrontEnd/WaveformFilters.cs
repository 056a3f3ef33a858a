using System.ComponentModel;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using StableQuant.Kernels.Layers;
using StableQuant.Layout;

namespace StableQuant.FrontEnd;

/// <summary>
/// The first convolution's filters for one utterance: weights as int16, as the samples are, and for each channel what makes
/// a result of its integer sum, y = (sum + offset) · factor + bias. Gain and mean of the audio are undone here. So is a norm
/// over time that follows: its mean and variance come exactly from the weights and the second moments of the audio, and
/// no pass over the convolution's results is needed.
/// </summary>
/// <remarks>
/// With q the samples and w a channel's weights, the convolution at frame t is A(t) = Σ w[k] · q[stride · t + k]. So
/// Σ A = Σ w[k] · S[k] and Σ A² = Σ w[k] · w[l] · R[k, l] with S[k] = Σ q[stride · t + k] and
/// R[k, l] = Σ q[stride · t + k] · q[stride · t + l], summed over the frames: integers throughout.
/// </remarks>
/// <param name="memory">Working memory: for each channel of whole panels its pairs of taps and three int32 more.</param>
/// <param name="moments">Working memory for each thread's moments: S, then R row by row; null where no norm follows.</param>
/// <param name="taps">Taps of the convolution.</param>
/// <param name="stride">Samples from one window to the next.</param>
/// <param name="channels">Channels made.</param>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly unsafe struct WaveformFilters(byte* memory, byte* moments, int taps, int stride, int channels)
{
    private const int Lanes = PanelLayout.Outputs;
    private const int GroupInputs = PanelLayout.Inputs;

    /// <summary>Frames whose moments are summed in double, where integers up to 2^53 are exact: each product is at most 2^32.</summary>
    private const int FramesPerBlock = 1 << 20;

    /// <summary>The weights: panels of 16 channels × pairs of taps, two int16 in each int32; missing ones are zero.</summary>
    public int* Weights => (int*)memory;

    /// <summary>What is added to each channel's sum.</summary>
    public int* Offsets => Weights + Channels * Pairs;

    /// <summary>What that is multiplied with.</summary>
    public float* Factors => (float*)Offsets + Channels;

    /// <summary>What is added then.</summary>
    public float* Biases => Factors + Channels;

    private int Channels => PanelLayout.Padded(channels);

    private int Pairs => FrontEndLayout.Pairs(taps);

    /// <summary>Makes the filters of some channels where no norm follows.</summary>
    /// <param name="audio">The utterance.</param>
    /// <param name="layer">
    /// The convolution's constants: <see cref="LayerArguments.Weights"/>, <see cref="LayerArguments.Sums"/>,
    /// <see cref="LayerArguments.Multipliers"/> and <see cref="LayerArguments.Bias"/>.
    /// </param>
    /// <param name="first">The first channel; a multiple of 16.</param>
    /// <param name="end">The channel behind the last one; a multiple of 16, or all channels.</param>
    public void Make(in Waveform audio, in LayerArguments layer, int first, int end)
    {
        CheckChannels(first, end);
        Widen(layer.Weights, first, end);
        for (int channel = first; channel < end; channel++)
        {
            double factor = (double)audio.Step * layer.Multipliers[channel];
            Offsets[channel] = -layer.Sums[channel] * audio.Mean;
            Factors[channel] = (float)factor;
            Biases[channel] = (float)(layer.Bias[channel] - layer.Sums[channel] * (double)audio.Remainder * factor);
        }
    }

    /// <summary>Measures one thread's part of the moments.</summary>
    /// <param name="audio">The utterance.</param>
    /// <param name="part">Which thread.</param>
    /// <param name="first">The first frame.</param>
    /// <param name="end">The frame behind the last one.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Measure(in Waveform audio, int part, int first, int end)
    {
        ArgumentNullException.ThrowIfNull(moments);
        int width = FrontEndLayout.MomentColumns(taps);
        var totals = new Span<long>(moments + (long)part * FrontEndLayout.MomentBytes(taps), FrontEndLayout.Moments(taps));
        totals.Clear();
        double* window = stackalloc double[width];
        double* block = stackalloc double[totals.Length];
        for (int start = first; start < end; start += FramesPerBlock)
        {
            new Span<double>(block, totals.Length).Clear();
            int stop = Math.Min(start + FramesPerBlock, end);
            for (int frame = start; frame < stop; frame++)
            {
                // Less the mean's integer part, they are small: all that follows is exact.
                short* samples = audio.Samples + (long)frame * stride;
                for (int i = 0; i < width; i++)
                {
                    window[i] = samples[i] - audio.Mean;
                }

                double* row = block;
                Accumulate(row, window, 1, width);
                for (int tap = 0; tap < taps; tap++)
                {
                    row += width;
                    Accumulate(row, window, window[tap], width);
                }
            }

            for (int i = 0; i < totals.Length; i++)
            {
                totals[i] += (long)block[i];
            }
        }
    }

    /// <summary>Makes the filters of some channels, the norm over time that follows included.</summary>
    /// <param name="audio">The utterance.</param>
    /// <param name="parts">Threads that measured.</param>
    /// <param name="frames">Frames of the utterance.</param>
    /// <param name="layer">
    /// The convolution's constants: <see cref="LayerArguments.Weights"/>, <see cref="LayerArguments.Sums"/> and
    /// <see cref="LayerArguments.Multipliers"/>; the norm's <see cref="LayerArguments.Gain"/>,
    /// <see cref="LayerArguments.Bias"/> and <see cref="LayerArguments.Epsilon"/>.
    /// </param>
    /// <param name="first">The first channel; a multiple of 16.</param>
    /// <param name="end">The channel behind the last one; a multiple of 16, or all channels.</param>
    public void MakeNormalised(in Waveform audio, int parts, int frames, in LayerArguments layer, int first, int end)
    {
        CheckChannels(first, end);
        Widen(layer.Weights, first, end);
        long* sums = stackalloc long[taps];
        Int128* covariances = stackalloc Int128[taps * taps];
        Total(parts, frames, sums, covariances);
        for (int channel = first; channel < end; channel++)
        {
            long sum = 0;
            Int128 covariance = 0;
            for (int k = 0; k < taps; k++)
            {
                long weight = Weight(layer.Weights, channel, k);
                sum += weight * sums[k];
                for (int l = 0; l <= k; l++)
                {
                    covariance += covariances[k * taps + l] * ((k == l ? 1 : 2) * weight * Weight(layer.Weights, channel, l));
                }
            }

            // In units of the convolution's result; its bias would cancel.
            double step = (double)audio.Step * layer.Multipliers[channel];
            double deviation = Math.Sqrt((double)covariance / frames / frames * step * step + layer.Epsilon);
            double factor = step * layer.Gain[channel] / deviation;
            double mean = (double)sum / frames;
            double whole = Math.Round(mean);
            Offsets[channel] = -layer.Sums[channel] * audio.Mean - (int)whole;
            Factors[channel] = (float)factor;
            Biases[channel] = (float)(layer.Bias[channel] - (mean - whole) * factor);
        }
    }

    // Safe code has no filters but the default ones, which are of no channels and no taps.
    private void CheckChannels(int first, int end)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(end, Channels);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first, end);
    }

    /// <summary>The threads' moments together, as S[k] and, for l ≤ k, frames² times the covariance of the samples at taps k and l.</summary>
    private void Total(int parts, int frames, long* sums, Int128* covariances)
    {
        int width = FrontEndLayout.MomentColumns(taps);
        for (int k = 0; k < taps; k++)
        {
            sums[k] = Total(parts, k);
            for (int l = 0; l <= k; l++)
            {
                covariances[k * taps + l] = (Int128)frames * Total(parts, (k + 1) * width + l) - (Int128)sums[k] * sums[l];
            }
        }
    }

    private long Total(int parts, int index)
    {
        long total = 0;
        for (int part = 0; part < parts; part++)
        {
            total += ((long*)(moments + (long)part * FrontEndLayout.MomentBytes(taps)))[index];
        }

        return total;
    }

    private void Widen(byte* weights, int first, int end)
    {
        for (int channel = first; channel < PanelLayout.Padded(end); channel++)
        {
            int* panel = Weights + channel / Lanes * Lanes * Pairs + channel % Lanes;
            for (int tap = 0; tap < taps; tap += 2)
            {
                panel[tap / 2 * Lanes] = (ushort)Weight(weights, channel, tap) | (tap + 1 < taps ? Weight(weights, channel, tap + 1) : 0) << 16;
            }
        }
    }

    // From the packed form: panels of 16 outputs × groups of 4 inputs.
    private int Weight(byte* weights, int channel, int tap)
    {
        int group = channel / Lanes * PanelLayout.InputGroups(taps) + tap / GroupInputs;
        return (sbyte)weights[(group * Lanes + channel % Lanes) * GroupInputs + tap % GroupInputs];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Accumulate(double* totals, double* values, double factor, int width)
    {
        Vector256<double> factors = Vector256.Create(factor);
        for (int i = 0; i < width; i += Vector256<double>.Count)
        {
            (Vector256.Load(totals + i) + Vector256.Load(values + i) * factors).Store(totals + i);
        }
    }
}

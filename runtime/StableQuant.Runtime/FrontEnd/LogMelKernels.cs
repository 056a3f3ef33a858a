using System.ComponentModel;
using System.Runtime.CompilerServices;
using StableQuant.Kernels.Lanes;
using StableQuant.Kernels.Layers;
using StableQuant.Layout;

namespace StableQuant.FrontEnd;

/// <summary>Makes log-mel features, as <see cref="LogMel"/> says, on one instruction set; all give the same bits.</summary>
/// <typeparam name="TIsa">The instruction set.</typeparam>
/// <typeparam name="TInt">Sixteen int32 lanes.</typeparam>
/// <typeparam name="TFloat">Sixteen float32 lanes.</typeparam>
[EditorBrowsable(EditorBrowsableState.Never)]
public static unsafe class LogMelKernels<TIsa, TInt, TFloat>
    where TIsa : struct, ILanes<TInt, TFloat>
    where TInt : unmanaged
    where TFloat : unmanaged
{
    private const int Lanes = LogMelLayout.BlockFrames;

    /// <summary>Logarithms of the powers in the bands of some frames.</summary>
    /// <param name="mel">How.</param>
    /// <param name="samples">What <see cref="LogMel.Take"/> made of the utterance.</param>
    /// <param name="count">Number of samples.</param>
    /// <param name="first">The first frame; a multiple of 16.</param>
    /// <param name="end">The frame behind the last one.</param>
    /// <param name="logarithms">Frame 0 of [frames, bands].</param>
    /// <param name="scratch">Working memory, see <see cref="LogMelLayout.ScratchBytes"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(LogMel mel, float* samples, int count, int first, int end, float* logarithms, byte* scratch)
    {
        ArgumentNullException.ThrowIfNull(mel);
        int size = mel.Fourier.Size;
        float* frame = (float*)scratch + Lanes, points = frame + size + Lanes, power = points + size * Lanes, bands = power + (size / 2 + 1) * Lanes;
        fixed (float* shape = mel.Shape, cosines = mel.Fourier.Cosines, sines = mel.Fourier.Sines, weights = mel.Filters.Weights)
        fixed (int* rows = mel.Fourier.Rows)
        {
            var transform = new FourierTransform<TIsa, TInt, TFloat>(size, cosines, sines, points);
            for (; first < end; first += Lanes)
            {
                int frames = Math.Min(Lanes, end - first);
                new Span<float>(points, size * Lanes).Clear();
                for (int lane = 0; lane < frames; lane++)
                {
                    Cut(mel, samples, count, first + lane, shape, frame);
                    for (int i = 0; i < mel.Window; i++)
                    {
                        points[rows[i] * Lanes + lane] = frame[i];
                    }
                }

                transform.Power(power);
                Bands(mel, power, weights, bands);
                for (int lane = 0; lane < frames; lane++)
                {
                    float* row = logarithms + (long)(first + lane) * mel.Bands;
                    for (int band = 0; band < mel.Bands; band++)
                    {
                        row[band] = bands[band * Lanes + lane];
                    }
                }
            }
        }
    }

    /// <summary>Mean and inverse deviation of some bands over the utterance.</summary>
    /// <param name="mel">How.</param>
    /// <param name="logarithms">[frames, bands].</param>
    /// <param name="frames">Number of frames; positive.</param>
    /// <param name="stack">Frames that become one.</param>
    /// <param name="first">The first band; a multiple of 16.</param>
    /// <param name="end">The band behind the last one; a multiple of 16, or all bands.</param>
    /// <param name="statistics">Receives the mean of each channel of the stacked features, then their inverse deviations; each padded to whole vectors.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Measure(LogMel mel, float* logarithms, int frames, int stack, int first, int end, float* statistics)
    {
        ArgumentNullException.ThrowIfNull(mel);
        float* inverse = statistics + PanelLayout.Padded(mel.Bands * stack);
        float* means = stackalloc float[2 * Lanes], squares = means + Lanes;
        for (int band = first; band < end; band += Lanes)
        {
            // Less the first frame's, so that a band that never changes is zero exactly.
            float* values = logarithms + band;
            TFloat start = TIsa.Load(values);
            TFloat mean = TIsa.Add(start, TIsa.Divide(Normalization<TIsa, TInt, TFloat>.SumOverTime(values, frames, mel.Bands, start, squared: false), TIsa.Broadcast(frames)));
            TIsa.Store(means, mean);
            TIsa.Store(squares, Normalization<TIsa, TInt, TFloat>.SumOverTime(values, frames, mel.Bands, mean, squared: true));
            for (int lane = 0; lane < Math.Min(Lanes, mel.Bands - band); lane++)
            {
                float variance = squares[lane] / Math.Max(frames - 1, 1);
                float deviation = mel.IsKaldi ? MathF.Sqrt(variance + mel.Epsilon) : MathF.Sqrt(variance) + mel.Epsilon;
                for (int channel = band + lane; channel < mel.Bands * stack; channel += mel.Bands)
                {
                    (statistics[channel], inverse[channel]) = (means[lane], 1f / deviation);
                }
            }
        }
    }

    // The windowed samples of one frame, at the start of the Fourier transform: where in it they lie changes no power.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Cut(LogMel mel, float* samples, int count, int index, float* shape, float* frame)
    {
        int length = PanelLayout.Padded(mel.Window);
        long start = (long)index * mel.Hop - (mel.IsKaldi ? 0 : mel.Window / 2);
        new Span<float>(frame, length).Clear();
        int before = (int)Math.Max(0, -start), inside = (int)Math.Min(mel.Window, count - start) - before;
        new ReadOnlySpan<float>(samples + start + before, inside).CopyTo(new Span<float>(frame + before, inside));
        if (mel.IsKaldi)
        {
            Centre(mel, frame, length);
        }

        for (int i = 0; i < length; i += Lanes)
        {
            TIsa.Store(frame + i, TIsa.Multiply(TIsa.Load(frame + i), TIsa.Load(shape + i)));
        }
    }

    // Less their mean, and of that less a part of the sample before: the first one is its own predecessor. From the last on, which nobody else reads.
    private static void Centre(LogMel mel, float* frame, int length)
    {
        TFloat sum = TIsa.Load(frame);
        for (int i = Lanes; i < length; i += Lanes)
        {
            sum = TIsa.Add(sum, TIsa.Load(frame + i));
        }

        TFloat mean = TIsa.Broadcast(TIsa.Sum(sum) / mel.Window), part = TIsa.Broadcast(mel.Preemphasis);
        frame[-1] = frame[0];
        for (int i = length - Lanes; i >= 0; i -= Lanes)
        {
            TFloat own = TIsa.Subtract(TIsa.Load(frame + i), mean), predecessor = TIsa.Subtract(TIsa.Load(frame + i - 1), mean);
            TIsa.Store(frame + i, TIsa.Subtract(own, TIsa.Multiply(predecessor, part)));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Bands(LogMel mel, float* power, float* weights, float* bands)
    {
        MelFilters filters = mel.Filters;
        TFloat floor = TIsa.Broadcast(mel.Floor);
        for (int band = 0; band < mel.Bands; band++)
        {
            TFloat sum = TIsa.Broadcast(0f);
            float* point = power + filters.FirstPoint[band] * Lanes;
            for (int i = filters.Start[band]; i < filters.Start[band + 1]; i++, point += Lanes)
            {
                sum = TIsa.Add(sum, TIsa.Multiply(TIsa.Load(point), TIsa.Broadcast(weights[i])));
            }

            sum = mel.IsKaldi ? TIsa.Max(sum, floor) : TIsa.Add(sum, floor);
            TIsa.Store(bands + band * Lanes, Elementary<TIsa, TInt, TFloat>.Log(sum));
        }
    }
}

using System.ComponentModel;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
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
    private const int Half = LogMelLayout.TransformFrames;

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
        double* points = (double*)scratch, power = points + size * Half;
        float* bands = (float*)(power + (size / 2 + 1) * Half);
        fixed (double* shape = mel.Shape, cosines = mel.Fourier.Cosines, sines = mel.Fourier.Sines, weights = mel.Filters.Weights)
        fixed (int* rows = mel.Fourier.Rows)
        {
            var transform = new FourierTransform<TIsa, TInt, TFloat>(size, cosines, sines, points);
            for (; first < end; first += Lanes)
            {
                int frames = Math.Min(Lanes, end - first);
                for (int half = 0; half < Lanes; half += Half)
                {
                    new Span<double>(points, size * Half).Clear();
                    for (int lane = 0; lane < Math.Min(Half, frames - half); lane++)
                    {
                        Cut(mel, samples, count, first + half + lane, shape, rows, points + lane);
                    }

                    transform.Power(power);
                    Bands(mel, power, weights, bands + half);
                }

                Logarithms(mel, bands);
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
    private static void Cut(LogMel mel, float* samples, int count, int index, double* shape, int* rows, double* points)
    {
        long start = (long)index * mel.Hop - (mel.IsKaldi ? 0 : mel.Window / 2);
        float* frame = samples + start;
        int begin = (int)Math.Max(0, -start), end = (int)Math.Min(mel.Window, count - start);

        // Kaldi knows nothing but the frame, whose first sample is its own predecessor.
        double mean = mel.IsKaldi ? Mean(frame, mel.Window) : 0, part = mel.Preemphasis;
        double before = mel.IsKaldi ? frame[0] - mean : start + begin > 0 ? frame[begin - 1] : 0;
        for (int i = begin; i < end; i++)
        {
            double sample = frame[i] - mean;
            points[rows[i] * Half] = (sample - part * before) * shape[i];
            before = sample;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double Mean(float* frame, int window)
    {
        Vector256<double> lower = default, upper = default;
        int whole = window & ~7;
        for (int i = 0; i < whole; i += 8)
        {
            (Vector256<double> first, Vector256<double> last) = Vector256.Widen(Vector256.Load(frame + i));
            lower += first;
            upper += last;
        }

        double sum = Waveform.Sum(lower, upper);
        for (int i = whole; i < window; i++)
        {
            sum += frame[i];
        }

        return sum / window;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Bands(LogMel mel, double* power, double* weights, float* bands)
    {
        MelFilters filters = mel.Filters;
        double* sums = stackalloc double[Half];
        for (int band = 0; band < mel.Bands; band++)
        {
            TFloat sum = TIsa.BroadcastDouble(0);
            double* point = power + filters.FirstPoint[band] * Half;
            for (int i = filters.Start[band]; i < filters.Start[band + 1]; i++, point += Half)
            {
                sum = TIsa.AddDoubles(sum, TIsa.MultiplyDoubles(TIsa.LoadDoubles(point), TIsa.BroadcastDouble(weights[i])));
            }

            TIsa.StoreDoubles(sums, sum);
            for (int lane = 0; lane < Half; lane++)
            {
                bands[band * Lanes + lane] = (float)sums[lane];
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Logarithms(LogMel mel, float* bands)
    {
        TFloat floor = TIsa.Broadcast(mel.Floor);
        for (int i = 0; i < mel.Bands * Lanes; i += Lanes)
        {
            TFloat power = TIsa.Load(bands + i);
            TIsa.Store(bands + i, Elementary<TIsa, TInt, TFloat>.Log(mel.IsKaldi ? TIsa.Max(power, floor) : TIsa.Add(power, floor)));
        }
    }
}

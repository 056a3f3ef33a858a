namespace StableQuant.Runtime.Tests.Kernels;

/// <summary>
/// Log-mel features as the two conventions define them, in double, with the library's functions and the Fourier transform's definition: written
/// down independently of the runtime.
/// </summary>
/// <param name="IsKaldi">Whether the convention is Kaldi's, as SeamlessM4TFeatureExtractor has it; else NeMo's, as ParakeetFeatureExtractor has it.</param>
/// <param name="Window">Samples of a frame.</param>
/// <param name="Hop">Samples from one frame to the next.</param>
/// <param name="FourierSize">Points of the transform.</param>
/// <param name="Preemphasis">Of the sample before.</param>
/// <param name="Bands">Mel bands.</param>
/// <param name="Low">Where they begin, in hertz.</param>
/// <param name="High">Where they end.</param>
/// <param name="Floor">Added to the power, or the least one.</param>
/// <param name="Epsilon">Added to the deviation, or to the variance.</param>
/// <param name="Stack">Frames in one.</param>
public sealed record ReferenceFeatures(
    bool IsKaldi, int Window = 400, int Hop = 160, int FourierSize = 512, double Preemphasis = 0.97f, int Bands = 80, double Low = 0, double High = 8000,
    double Floor = 1.0 / (1 << 24), double Epsilon = 1e-5f, int Stack = 1)
{
    private const int Rate = 16000;

    /// <summary>As w2v-BERT 2.0 has them.</summary>
    public static ReferenceFeatures Kaldi { get; } = new(true, Low: 20, Floor: 1.0 / (1 << 23), Epsilon: 1e-7f, Stack: 2);

    /// <summary>The features, frame by frame.</summary>
    public double[][] Of(float[] pcm) => Of(pcm, out _);

    /// <summary>The features, frame by frame, and the deviation that each band was divided by: where it is small, it makes much of little.</summary>
    public double[][] Of(float[] pcm, out double[] deviations)
    {
        double[][] frames = IsKaldi ? KaldiFrames(pcm) : NemoFrames(pcm);
        double[] window = [.. Enumerable.Range(0, Window).Select(i => Math.Pow(0.5 - (0.5 * Math.Cos(2 * Math.PI * i / (Window - 1))), IsKaldi ? 0.85 : 1))];
        double[][] filters = Filters();
        double[][] logarithms = [.. frames.AsParallel().AsOrdered().Select(frame =>
        {
            double[] power = Power([.. frame.Zip(window, (x, w) => x * w)]);
            return filters.Select(filter => filter.Zip(power, (w, p) => w * p).Sum()).Select(p => Math.Log(IsKaldi ? Math.Max(p, Floor) : p + Floor)).ToArray();
        })];
        deviations = new double[Bands];
        for (int band = 0; band < Bands; band++)
        {
            double mean = logarithms.Average(row => row[band]), variance = logarithms.Sum(row => Math.Pow(row[band] - mean, 2)) / Math.Max(logarithms.Length - 1, 1);
            double deviation = IsKaldi ? Math.Sqrt(variance + Epsilon) : Math.Sqrt(variance) + Epsilon;
            deviations[band] = deviation;
            foreach (double[] row in logarithms)
            {
                row[band] = (row[band] - mean) / deviation;
            }
        }

        return [.. logarithms.Chunk(Stack).Where(group => group.Length == Stack).Select(group => group.SelectMany(row => row).ToArray())];
    }

    private double[][] NemoFrames(float[] pcm)
    {
        double[] samples = [.. pcm.Select((x, i) => i == 0 ? x : x - (Preemphasis * pcm[i - 1]))];
        double At(int i) => i >= 0 && i < samples.Length ? samples[i] : 0;
        return [.. Enumerable.Range(0, pcm.Length / Hop).Select(frame => Enumerable.Range(0, Window).Select(i => At((frame * Hop) + i - (Window / 2))).ToArray())];
    }

    private double[][] KaldiFrames(float[] pcm) => [.. Enumerable.Range(0, ((pcm.Length - Window) / Hop) + 1).Select(frame =>
    {
        double[] samples = [.. pcm.Skip(frame * Hop).Take(Window).Select(x => x * 32768.0)];
        double mean = samples.Average();
        double[] centred = [.. samples.Select(x => x - mean)];
        return centred.Select((x, i) => i == 0 ? x * (1 - Preemphasis) : x - (Preemphasis * centred[i - 1])).ToArray();
    })];

    private double[] Power(double[] samples)
    {
        double[] cosines = [.. Enumerable.Range(0, FourierSize).Select(i => Math.Cos(2 * Math.PI * i / FourierSize))];
        double[] sines = [.. Enumerable.Range(0, FourierSize).Select(i => Math.Sin(2 * Math.PI * i / FourierSize))];
        return [.. Enumerable.Range(0, (FourierSize / 2) + 1).Select(k =>
        {
            double real = 0, imaginary = 0;
            for (int i = 0; i < samples.Length; i++)
            {
                real += samples[i] * cosines[k * i % FourierSize];
                imaginary += samples[i] * sines[k * i % FourierSize];
            }

            return (real * real) + (imaginary * imaginary);
        })];
    }

    private double[][] Filters()
    {
        double[] edges = [.. Enumerable.Range(0, Bands + 2).Select(i => Mel(Low) + ((Mel(High) - Mel(Low)) * i / (Bands + 1)))];
        return [.. Enumerable.Range(0, Bands).Select(band => Enumerable.Range(0, (FourierSize / 2) + 1).Select(point =>
        {
            double hertz = (double)point * Rate / FourierSize;
            (double left, double middle, double right) = IsKaldi ? (edges[band], edges[band + 1], edges[band + 2]) : (Hertz(edges[band]), Hertz(edges[band + 1]), Hertz(edges[band + 2]));
            double at = IsKaldi ? Mel(hertz) : hertz;
            return Math.Max(0, Math.Min((at - left) / (middle - left), (right - at) / (right - middle))) * (IsKaldi ? 1 : 2 / (right - left));
        }).ToArray())];
    }

    // Kaldi's scale, and Slaney's: 15 mel at 1 kHz, 27 more for each factor of 6.4.
    private double Mel(double hertz) => IsKaldi ? 1127 * Math.Log(1 + (hertz / 700)) : hertz < 1000 ? hertz * 3 / 200 : 15 + (27 * Math.Log(hertz / 1000, 6.4));

    private static double Hertz(double mel) => mel < 15 ? mel * 200 / 3 : 1000 * Math.Pow(6.4, (mel - 15) / 27);
}

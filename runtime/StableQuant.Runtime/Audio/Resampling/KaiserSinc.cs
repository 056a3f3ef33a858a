namespace StableQuant.Audio.Resampling;

/// <summary>
/// The impulse response of the resampling filter, continuous in time: a sinc under a Kaiser window. Every function here
/// is made of additions, multiplications, divisions and square roots in a fixed order, so that the taps are the same
/// bits on every machine; the sine of a C library is not.
/// </summary>
/// <remarks>Source: J. F. Kaiser, Nonrecursive digital filter design using the I0-sinh window function, 1974.</remarks>
internal sealed class KaiserSinc
{
    /// <summary>End of the pass band, as a share of the lower of the two Nyquist frequencies.</summary>
    public const double PassBand = 0.92;

    /// <summary>Begin of the stop band, as a share of the lower of the two Nyquist frequencies.</summary>
    public const double StopBand = 1.0;

    /// <summary>Attenuation that the window is designed for, in decibels: the wish is 80, the rest is margin.</summary>
    public const double Attenuation = 100.0;

    /// <summary>Half the length of the response in samples of the lower rate: (A − 8) / (2.285 · π · transition) / 2, rounded up.</summary>
    private const double HalfLengthAtLowerRate = 81;

    private const double Beta = 0.1102 * (Attenuation - 8.7);

    private static readonly double WindowScale = 1 / BesselI0(Beta);

    private readonly double cutoff;

    /// <param name="fromRate">Rate of the samples that the response weighs.</param>
    /// <param name="toRate">Rate to make.</param>
    public KaiserSinc(int fromRate, int toRate)
    {
        double lower = toRate < fromRate ? (double)toRate / fromRate : 1;
        cutoff = lower * (PassBand + StopBand) / 2;
        HalfLength = HalfLengthAtLowerRate / lower;
    }

    /// <summary>The response is zero further than this from its centre, in input samples.</summary>
    public double HalfLength { get; }

    /// <summary>The response at <paramref name="time"/> input samples from its centre.</summary>
    public double At(double time)
    {
        double u = time / HalfLength;
        double inside = 1 - (u * u);
        if (inside <= 0)
        {
            return 0;
        }

        return cutoff * Sinc(cutoff * time) * BesselI0(Beta * Math.Sqrt(inside)) * WindowScale;
    }

    /// <summary>sin(πx) / (πx).</summary>
    private static double Sinc(double x)
    {
        if (x == 0)
        {
            return 1;
        }

        // sin(π(n + r)) = (−1)^n · sin(πr), exact in the reduction because x − n is.
        double n = Math.Round(x, MidpointRounding.ToEven);
        double sine = SinPi(x - n);
        bool odd = ((long)n & 1) != 0;
        return (odd ? -sine : sine) / (Math.PI * x);
    }

    /// <summary>sin(πr) for |r| ≤ 0.5 by its power series: the first term left out is below 2e−19.</summary>
    private static double SinPi(double r)
    {
        const int LastPower = 25;
        double t = Math.PI * r;
        double square = t * t;
        double sum = 1;
        for (int power = LastPower; power >= 3; power -= 2)
        {
            sum = 1 - (square / (power * (power - 1)) * sum);
        }

        return t * sum;
    }

    /// <summary>Modified Bessel function of the first kind, order 0, by its power series; all terms are positive.</summary>
    private static double BesselI0(double x)
    {
        double quarter = x * x / 4;
        double term = 1;
        double sum = 1;
        for (int k = 1; term > sum * 1e-17; k++)
        {
            term *= quarter / ((double)k * k);
            sum += term;
        }

        return sum;
    }
}

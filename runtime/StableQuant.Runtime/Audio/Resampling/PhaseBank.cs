namespace StableQuant.Audio.Resampling;

/// <summary>
/// The taps of every phase of a rational resampler. Output time n·down/up lies a fraction phase/up after an input
/// sample; tap j of that phase weighs the input sample that many places after the first one touched.
/// </summary>
/// <remarks>
/// Up to <see cref="MaxTableTaps"/> taps in all are computed beforehand. Beyond that (44101 to 16000, say) the taps of one
/// phase are interpolated when they are needed, by a cubic through four points of the response sampled
/// <see cref="PointsPerSample"/> times a sample of the lower rate: the error stays 170 dB below the peak.
/// </remarks>
internal sealed class PhaseBank
{
    /// <summary>Taps come in whole vectors of this many; the surplus ones are 0.</summary>
    public const int Multiple = 8;

    private const int MaxTableTaps = 1 << 20;
    private const int PointsPerSample = 512;

    private readonly int _up;
    private readonly double[] _taps;
    private readonly double[]? _points;
    private readonly double _pointsPerInput;

    public PhaseBank(int fromRate, int toRate, int up)
    {
        var response = new KaiserSinc(fromRate, toRate);
        _up = up;
        Before = (int)Math.Ceiling(response.HalfLength) - 1;
        int needed = (2 * Before) + 2;
        Taps = (needed + Multiple - 1) / Multiple * Multiple;
        if ((long)up * Taps <= MaxTableTaps)
        {
            _taps = new double[up * Taps];
            for (int phase = 0; phase < up; phase++)
            {
                Fill(_taps.AsSpan(phase * Taps, Taps), phase, response.At);
            }
        }
        else
        {
            _taps = new double[Taps];
            _pointsPerInput = PointsPerSample * Math.Min(1.0, (double)toRate / fromRate);
            // Symmetric: only times from 0 on are kept, with one point before and three after for the cubic.
            _points = new double[(int)Math.Ceiling(response.HalfLength * _pointsPerInput) + 4];
            for (int i = 0; i < _points.Length; i++)
            {
                _points[i] = response.At((i - 1) / _pointsPerInput);
            }
        }
    }

    /// <summary>Taps of one phase, padding included.</summary>
    public int Taps { get; }

    /// <summary>Tap 0 weighs the input sample this many places before the one at or before the output time.</summary>
    public int Before { get; }

    /// <summary>The taps of one phase; valid until the next call.</summary>
    public ReadOnlySpan<double> Phase(int phase)
    {
        if (_points is null)
        {
            return _taps.AsSpan(phase * Taps, Taps);
        }

        Fill(_taps, phase, Interpolate);
        return _taps;
    }

    /// <summary>Computes the taps of one phase and scales them to the sum 1, so that every phase passes DC exactly.</summary>
    private void Fill(Span<double> taps, int phase, Func<double, double> response)
    {
        double fraction = (double)phase / _up;
        double sum = 0;
        for (int j = 0; j < taps.Length; j++)
        {
            taps[j] = response(j - Before - fraction);
            sum += taps[j];
        }

        double scale = 1 / sum;
        for (int j = 0; j < taps.Length; j++)
        {
            taps[j] *= scale;
        }
    }

    /// <summary>The cubic of Lagrange through the points at −1, 0, 1 and 2 steps from the one at or before the time.</summary>
    private double Interpolate(double time)
    {
        double x = Math.Abs(time) * _pointsPerInput;
        int i = (int)x;
        if (i + 3 >= _points!.Length)
        {
            return 0;
        }

        double t = x - i;
        double a = _points[i], b = _points[i + 1], c = _points[i + 2], d = _points[i + 3];
        double beyond = t + 1, left = t - 1, twoLeft = t - 2;
        return (-t * left * twoLeft / 6 * a) + (beyond * left * twoLeft / 2 * b)
            - (beyond * t * twoLeft / 2 * c) + (beyond * t * left / 6 * d);
    }
}

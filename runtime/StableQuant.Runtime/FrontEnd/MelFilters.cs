namespace StableQuant.FrontEnd;

/// <summary>
/// The triangles that sum the powers of a spectrum into mel bands. A band's weights are those of neighbouring points of the spectrum; all
/// others are zero, and not there.
/// </summary>
internal sealed class MelFilters
{
    private readonly List<double> weights = [];

    private MelFilters(int bands)
    {
        FirstPoint = new int[bands];
        Start = new int[bands + 1];
    }

    /// <summary>The first point that each band reads.</summary>
    public int[] FirstPoint { get; }

    /// <summary>Where each band's weights begin in <see cref="Weights"/>, and where the last one's end.</summary>
    public int[] Start { get; }

    /// <summary>The weights of all bands.</summary>
    public double[] Weights { get; private set; } = [];

    /// <summary>Slaney's scale, linear up to 1 kHz and logarithmic above; triangles over the frequency, all of the same area.</summary>
    /// <param name="bands">How many.</param>
    /// <param name="points">Points of the spectrum, from 0 to half of the sample rate.</param>
    /// <param name="sampleRate">Samples a second.</param>
    /// <param name="low">Where the first begins, in hertz.</param>
    /// <param name="high">Where the last one ends.</param>
    public static MelFilters Slaney(int bands, int points, int sampleRate, float low, float high)
    {
        const double Knee = 1000, Linear = 3.0 / 200;
        double knee = Knee * Linear, step = TableFunctions.Log(6.4) / 27;
        double Mel(double hertz) => hertz < Knee ? hertz * Linear : knee + TableFunctions.Log(hertz / Knee) / step;
        double Hertz(double mel) => mel < knee ? mel / Linear : Knee * TableFunctions.Exp((mel - knee) * step);
        double[] edges = Edges(bands, Mel(low), Mel(high));
        return Make([.. edges.Select(Hertz)], points, point => Frequency(point, points, sampleRate), (left, right) => 2 / (right - left));
    }

    /// <summary>The logarithmic scale, 1127 · ln(1 + f/700); triangles over it, all of the height 1.</summary>
    /// <inheritdoc cref="Slaney"/>
    public static MelFilters Kaldi(int bands, int points, int sampleRate, float low, float high)
    {
        double Mel(double hertz) => 1127 * TableFunctions.Log(1 + hertz / 700);
        return Make(Edges(bands, Mel(low), Mel(high)), points, point => Mel(Frequency(point, points, sampleRate)), (_, _) => 1);
    }

    private static double Frequency(int point, int points, int sampleRate) => point * (double)sampleRate / (2 * (points - 1));

    // Each band begins in the middle of the one before it, and ends in the middle of the next.
    private static double[] Edges(int bands, double low, double high) => [.. Enumerable.Range(0, bands + 2).Select(i => low + (high - low) * i / (bands + 1))];

    private static MelFilters Make(double[] edges, int points, Func<int, double> place, Func<double, double, double> height)
    {
        var filters = new MelFilters(edges.Length - 2);
        for (int band = 0; band < edges.Length - 2; band++)
        {
            (double left, double middle, double right) = (edges[band], edges[band + 1], edges[band + 2]);
            filters.Start[band] = filters.weights.Count;
            for (int point = 0; point < points; point++)
            {
                double at = place(point), weight = Math.Min((at - left) / (middle - left), (right - at) / (right - middle));
                if (weight > 0)
                {
                    if (filters.weights.Count == filters.Start[band])
                    {
                        filters.FirstPoint[band] = point;
                    }

                    filters.weights.Add(weight * height(left, right));
                }
            }
        }

        filters.Start[^1] = filters.weights.Count;
        filters.Weights = [.. filters.weights];
        return filters;
    }
}

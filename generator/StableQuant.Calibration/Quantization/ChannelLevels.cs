namespace StableQuant.Calibration.Quantization;

/// <summary>
/// The few int8 levels that stand for the weights of one output, wherever they are needed most (SqueezeLLM, arXiv 2306.07629): k-means in one
/// dimension, each weight counting as much as its input does.
/// </summary>
internal readonly struct ChannelLevels
{
    private const int MaxRounds = 60, MaxInteger = 127;

    private readonly sbyte[] levels;

    private ChannelLevels(sbyte[] levels, float scale)
    {
        this.levels = levels;
        Scale = scale;
    }

    /// <summary>What a level is multiplied by.</summary>
    public float Scale { get; }

    /// <summary>Finds the levels of an output.</summary>
    /// <param name="weights">Its weights.</param>
    /// <param name="importance">How much each counts, positive; empty where all count alike.</param>
    /// <param name="count">The most levels.</param>
    public static ChannelLevels Of(ReadOnlySpan<float> weights, ReadOnlySpan<double> importance, int count)
    {
        float[] sorted = weights.ToArray();
        double[] counts = importance.IsEmpty ? [.. Enumerable.Repeat(1.0, sorted.Length)] : importance.ToArray();
        Array.Sort(sorted, counts);
        var clusters = new Clusters(sorted, counts);

        // Two starts, as k-means ends wherever it is best nearby: as many weights a level, and levels as far apart.
        double[] spread = [.. Enumerable.Range(0, count).Select(i => sorted[(int)((i + 0.5) * sorted.Length / count)])];
        double[] even = [.. Enumerable.Range(0, count).Select(i => sorted[0] + (i + 0.5) / count * ((double)sorted[^1] - sorted[0]))];
        (double[] centres, double error) = clusters.Improve(spread);
        (double[] others, double otherError) = clusters.Improve(even);
        centres = otherError < error ? others : centres;

        double largest = centres.Max(Math.Abs);
        if (!(largest > 0))
        {
            return new ChannelLevels([0], 1);
        }

        float scale = (float)(largest / MaxInteger);
        return new ChannelLevels([.. centres.Select(centre => (sbyte)Math.Clamp(Math.Round(centre / scale), -MaxInteger, MaxInteger)).Distinct().Order()], scale);
    }

    /// <summary>The level next to a weight.</summary>
    public sbyte Nearest(double weight)
    {
        double place = weight / Scale;
        int low = 0;
        for (int high = levels.Length - 1; low < high;)
        {
            int middle = (low + high) / 2;
            if (2 * place <= levels[middle] + levels[middle + 1])
            {
                high = middle;
            }
            else
            {
                low = middle + 1;
            }
        }

        return levels[low];
    }

    /// <summary>Sorted weights; sums over any that follow each other take no time.</summary>
    private sealed class Clusters
    {
        private readonly float[] values;
        private readonly double[] counts, firsts, squares;

        public Clusters(float[] values, double[] importance)
        {
            this.values = values;
            counts = new double[values.Length + 1];
            firsts = new double[values.Length + 1];
            squares = new double[values.Length + 1];
            for (int i = 0; i < values.Length; i++)
            {
                counts[i + 1] = counts[i] + importance[i];
                firsts[i + 1] = firsts[i] + importance[i] * values[i];
                squares[i + 1] = squares[i] + importance[i] * values[i] * values[i];
            }
        }

        /// <summary>Lloyd's rounds: each weight goes to the centre next to it, each centre to the mean of its weights.</summary>
        public (double[] Centres, double Error) Improve(double[] centres)
        {
            double error = double.PositiveInfinity;
            for (int round = 0; round < MaxRounds; round++)
            {
                double now = 0;
                int start = 0;
                for (int i = 0; i < centres.Length; i++)
                {
                    int end = i + 1 == centres.Length ? values.Length : Bound(start, (centres[i] + centres[i + 1]) / 2);
                    double count = counts[end] - counts[start], first = firsts[end] - firsts[start];
                    if (count > 0)
                    {
                        centres[i] = first / count;
                        now += squares[end] - squares[start] - first * centres[i];
                    }

                    start = end;
                }

                if (!(now < error * (1 - 1e-6)))
                {
                    break;
                }

                error = now;
            }

            return (centres, error);
        }

        // The first weight from a place on that is larger.
        private int Bound(int start, double value)
        {
            int end = values.Length;
            while (start < end)
            {
                int middle = (start + end) / 2;
                (start, end) = values[middle] <= value ? (middle + 1, end) : (start, middle);
            }

            return start;
        }
    }
}

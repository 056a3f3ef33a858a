namespace StableQuant.Calibration.Quantization;

/// <summary>
/// The int8 levels that stand for the weights of one output: all of them, or the few that are needed most (SqueezeLLM, arXiv 2306.07629): k-means in
/// one dimension, each weight counting as much as its input does. In one dimension the best clusters can be found (Ckmeans.1d.dp, Wang and Song 2011).
/// </summary>
internal readonly struct ChannelLevels
{
    private const int MaxRounds = 60, MaxInteger = 127;

    // Of more weights some neighbours go together while levels are first looked for.
    private const int MaxCells = 512;

    // Null for all up to the limit.
    private readonly sbyte[]? levels;
    private readonly int limit;

    private ChannelLevels(sbyte[]? levels, float scale, int limit = MaxInteger)
    {
        this.levels = levels;
        this.limit = limit;
        Scale = scale;
    }

    /// <summary>What a level is multiplied by.</summary>
    public float Scale { get; }

    /// <summary>All integers up to a magnitude.</summary>
    /// <param name="scale">What they are multiplied by.</param>
    /// <param name="limit">The magnitude, at most 127.</param>
    public static ChannelLevels All(float scale, int limit) => new(null, scale, limit);

    /// <summary>Finds the few levels of an output.</summary>
    /// <param name="weights">Its weights.</param>
    /// <param name="importance">How much each counts, positive; empty where all count alike.</param>
    /// <param name="count">The most levels.</param>
    public static ChannelLevels Of(ReadOnlySpan<float> weights, ReadOnlySpan<double> importance, int count)
    {
        float[] sorted = weights.ToArray();
        double[] counts = importance.IsEmpty ? [.. Enumerable.Repeat(1.0, sorted.Length)] : importance.ToArray();
        Array.Sort(sorted, counts);
        var clusters = new Clusters(sorted, counts);

        double[] centres = clusters.Improve(clusters.Best(count));
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
        if (levels is null)
        {
            return (sbyte)Math.Clamp(Math.Round(place), -limit, limit);
        }

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

        /// <summary>Takes weights.</summary>
        /// <param name="values">In rising order.</param>
        /// <param name="importance">How much each counts.</param>
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

        /// <summary>The centres of the clusters with the least squared error, to the width of a cell.</summary>
        public double[] Best(int count)
        {
            int cells = Math.Min(MaxCells, values.Length);
            int[] bounds = [.. Enumerable.Range(0, cells + 1).Select(cell => (int)((long)values.Length * cell / cells))];
            count = Math.Min(count, cells);

            // The least error of the first cells in so many clusters, and where the last of these begins, which moves on with its end.
            double[] least = [.. Enumerable.Range(0, cells + 1).Select(end => Error(0, bounds[end]))];
            var starts = new int[count][];
            for (int cluster = 1; cluster < count; cluster++)
            {
                starts[cluster] = new int[cells + 1];
                double[] before = least;
                least = new double[cells + 1];
                Divide(bounds, before, least, starts[cluster], (cluster, cells), (cluster, cells));
            }

            var centres = new double[count];
            for (int cluster = count - 1, end = cells; cluster >= 0; cluster--)
            {
                int start = cluster == 0 ? 0 : starts[cluster][end];
                centres[cluster] = Centre(bounds[start], bounds[end]);
                end = start;
            }

            return centres;
        }

        // For the middle one of some ends the best start, of those left; ends before it start no later, those behind it no earlier.
        private void Divide(int[] bounds, double[] before, double[] least, int[] starts, (int First, int Last) ends, (int First, int Last) left)
        {
            if (ends.First > ends.Last)
            {
                return;
            }

            int end = (ends.First + ends.Last) / 2;
            least[end] = double.PositiveInfinity;
            for (int start = left.First; start <= Math.Min(left.Last, end); start++)
            {
                double error = before[start] + Error(bounds[start], bounds[end]);
                if (error < least[end])
                {
                    (least[end], starts[end]) = (error, start);
                }
            }

            Divide(bounds, before, least, starts, (ends.First, end - 1), (left.First, starts[end]));
            Divide(bounds, before, least, starts, (end + 1, ends.Last), (starts[end], left.Last));
        }

        private double Centre(int start, int end) => end == start ? values[Math.Min(start, values.Length - 1)] : (firsts[end] - firsts[start]) / (counts[end] - counts[start]);

        private double Error(int start, int end) => end == start ? 0
            : Math.Max(0, squares[end] - squares[start] - (firsts[end] - firsts[start]) * (firsts[end] - firsts[start]) / (counts[end] - counts[start]));

        /// <summary>Lloyd's rounds: each weight goes to the centre next to it, each centre to the mean of its weights.</summary>
        public double[] Improve(double[] centres)
        {
            double error = double.PositiveInfinity;
            for (int round = 0; round < MaxRounds; round++)
            {
                double now = 0;
                int start = 0;
                for (int i = 0; i < centres.Length; i++)
                {
                    int end = i + 1 == centres.Length ? values.Length : Bound(start, (centres[i] + centres[i + 1]) / 2);
                    if (end > start)
                    {
                        centres[i] = Centre(start, end);
                        now += Error(start, end);
                    }

                    start = end;
                }

                if (!(now < error * (1 - 1e-6)))
                {
                    break;
                }

                error = now;
            }

            return centres;
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

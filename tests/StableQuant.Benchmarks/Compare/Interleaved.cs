using System.Diagnostics;
using System.Globalization;
using StableQuant.Benchmarks.Kernels;

namespace StableQuant.Benchmarks.Compare;

/// <summary>
/// Times candidates in turn, round by round, so that whatever else the machine does hits all of them alike. The peak of
/// the instruction is measured in every round, too, of which the best counts.
/// </summary>
internal static class Interleaved
{
    /// <summary>Makes candidates, measures them and disposes of them.</summary>
    /// <param name="candidates">What to time, by name. One that allocates or compiles in its first calls does so in the warm-up.</param>
    /// <param name="effort">How long to go on.</param>
    public static (IReadOnlyDictionary<string, Timing> Timings, double? PeakMacs) Measure(IReadOnlyList<(string Name, Func<ICandidate> Make)> candidates, Effort effort)
    {
        var made = new Dictionary<string, ICandidate>(StringComparer.Ordinal);
        try
        {
            foreach ((string name, Func<ICandidate> make) in candidates)
            {
                made.Add(name, make());
            }

            return Measure(made, effort);
        }
        finally
        {
            foreach (ICandidate candidate in made.Values)
            {
                candidate.Dispose();
            }
        }
    }

    private static (IReadOnlyDictionary<string, Timing> Timings, double? PeakMacs) Measure(Dictionary<string, ICandidate> candidates, Effort effort)
    {
        foreach (ICandidate candidate in candidates.Values)
        {
            candidate.Run();
            candidate.Run();
        }

        _ = Int8Peak.Measure();
        GC.Collect();
        var samples = candidates.Keys.ToDictionary(name => name, _ => new List<double>(), StringComparer.Ordinal);
        var bytes = candidates.Keys.ToDictionary(name => name, _ => 0L, StringComparer.Ordinal);
        var peaks = new List<double>();
        var clock = Stopwatch.StartNew();
        for (int round = 0; round < effort.FewestRounds || (round < effort.MostRounds && clock.Elapsed < effort.Time); round++)
        {
            foreach ((string name, ICandidate candidate) in candidates)
            {
                long allocated = GC.GetAllocatedBytesForCurrentThread();
                long start = Stopwatch.GetTimestamp();
                candidate.Run();
                TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
                bytes[name] = Math.Max(bytes[name], GC.GetAllocatedBytesForCurrentThread() - allocated);
                samples[name].Add(elapsed.TotalMilliseconds);
            }

            if (Int8Peak.Measure() is { } peak)
            {
                peaks.Add(peak);
            }
        }

        var timings = samples.ToDictionary(s => s.Key, s => new Timing(Median(s.Value), s.Value.Min(), s.Value.Max(), s.Value.Count, bytes[s.Key]), StringComparer.Ordinal);
        Tell(timings);
        return (timings, peaks.Count > 0 ? peaks.Max() : null);
    }

    // At once: the tables come when everything is measured, and a run of an hour may be stopped before.
    private static void Tell(Dictionary<string, Timing> timings)
    {
        foreach ((string name, Timing timing) in timings)
        {
            Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"benchmark:   {name}: {timing.MedianMs:F1} ms, at least {timing.MinMs:F1}, {timing.Rounds} rounds"));
        }
    }

    /// <summary>The median; of an even number of values, the lower of the middle two.</summary>
    public static double Median(IReadOnlyCollection<double> values) => values.Order().ElementAt((values.Count - 1) / 2);
}

/// <summary>How long to measure: rounds go on until their number and the time allow no more.</summary>
/// <param name="FewestRounds">Rounds in any case.</param>
/// <param name="MostRounds">Rounds at most.</param>
/// <param name="Time">No round begins after that, beyond the fewest.</param>
internal sealed record Effort(int FewestRounds, int MostRounds, TimeSpan Time)
{
    /// <summary>For <c>--quick</c>.</summary>
    public static Effort Quick { get; } = new(3, 9, TimeSpan.FromSeconds(5));

    /// <summary>For results to record.</summary>
    public static Effort Full { get; } = new(7, 41, TimeSpan.FromSeconds(45));
}

/// <summary>What was measured of one candidate.</summary>
/// <param name="MedianMs">The median, in milliseconds.</param>
/// <param name="MinMs">The shortest.</param>
/// <param name="MaxMs">The longest.</param>
/// <param name="Rounds">Number of measurements.</param>
/// <param name="AllocatedBytes">The most managed memory that one call allocated.</param>
internal sealed record Timing(double MedianMs, double MinMs, double MaxMs, int Rounds, long AllocatedBytes);

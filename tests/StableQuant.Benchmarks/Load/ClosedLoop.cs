using System.Diagnostics;

namespace StableQuant.Benchmarks.Load;

/// <summary>Clients that each have one request under way: the next is sent when the last was answered.</summary>
internal static class ClosedLoop
{
    /// <summary>Sends requests, and returns how long each took, in milliseconds.</summary>
    /// <param name="clients">Requests under way at a time.</param>
    /// <param name="requests">Requests in all.</param>
    /// <param name="send">Sends the request of that number.</param>
    public static async Task<double[]> RunAsync(int clients, int requests, Func<int, Task> send)
    {
        var times = new double[requests];
        int next = -1;
        await Task.WhenAll(Enumerable.Range(0, clients).Select(_ => Task.Run(async () =>
        {
            for (int i; (i = Interlocked.Increment(ref next)) < requests;)
            {
                long start = Stopwatch.GetTimestamp();
                await send(i).ConfigureAwait(false);
                times[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            }
        }))).ConfigureAwait(false);
        return times;
    }

    /// <summary>The least value that so many of a hundred do not exceed.</summary>
    /// <param name="values">At least one value.</param>
    /// <param name="percent">0 … 100.</param>
    public static double Percentile(IReadOnlyCollection<double> values, double percent) =>
        values.Order().ElementAt(Math.Max((int)Math.Ceiling(values.Count * percent / 100) - 1, 0));
}

using System.Threading.RateLimiting;
using TranscriptionServer.Configuration;
using TranscriptionServer.Metrics;

namespace TranscriptionServer.Limits;

/// <summary>
/// The places of the server: one a request that is recognised or waits, or a live stream. A request takes its place before its body is read, so that what is
/// kept of uploads is bounded, and one too many is told at once.
/// </summary>
internal sealed class Admission(ServerOptions options, ServerMetrics metrics) : IDisposable
{
    private readonly ConcurrencyLimiter places = new(new ConcurrencyLimiterOptions { PermitLimit = options.Instances + options.QueueLength });

    /// <summary>Takes a place, which lasts until it is disposed of; null where none is free.</summary>
    public IDisposable? TryEnter()
    {
        RateLimitLease place = places.AttemptAcquire();
        if (place.IsAcquired)
        {
            metrics.Accepted.Add(1);
            return new Place(place, metrics);
        }

        place.Dispose();
        return null;
    }

    public void Dispose() => places.Dispose();

    private sealed class Place(RateLimitLease lease, ServerMetrics metrics) : IDisposable
    {
        public void Dispose()
        {
            lease.Dispose();
            metrics.Accepted.Add(-1);
        }
    }
}

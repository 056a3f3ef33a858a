using System.Diagnostics.Metrics;

namespace TranscriptionServer.Metrics;

/// <summary>What the server counts. Any listener of .NET's metrics can have it; <see cref="PrometheusText"/> is one.</summary>
internal sealed class ServerMetrics : IDisposable
{
    private readonly Meter meter = new("TranscriptionServer");
    private readonly Counter<double> audio;
    private readonly Counter<double> recognition;
    private readonly Histogram<double> realTimeFactor;

    public ServerMetrics()
    {
        Requests = meter.CreateCounter<long>("requests", "{request}", "Requests that were answered, by method, path and status; 499 is a client that went before its answer.");
        Streams = meter.CreateUpDownCounter<long>("live.streams", "{stream}", "Live streams that are open.");
        Closes = meter.CreateCounter<long>("live.closes", "{stream}", "Live streams that have ended, by the status of their close frame; 1006 is a client that went without one.");
        Accepted = meter.CreateUpDownCounter<long>("requests.accepted", "{request}", "Requests that have a place: they are uploaded, wait, are recognised, or are answered.");
        Waiting = meter.CreateUpDownCounter<long>("requests.waiting", "{request}", "Recordings and pieces of live streams that wait for an instance of the model.");
        Running = meter.CreateUpDownCounter<long>("requests.running", "{request}", "Recordings and pieces of live streams that are decoded and recognised.");
        audio = meter.CreateCounter<double>("audio", "s", "Length of what was recognised.");
        recognition = meter.CreateCounter<double>("recognition", "s", "Time that decoding and recognition took; divided by the length of the audio it is the real-time factor.");
        realTimeFactor = meter.CreateHistogram(
            "real_time_factor", "1", "Time of a recording's decoding and recognition, divided by its length.", null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2] });
    }

    public Counter<long> Requests { get; }

    public UpDownCounter<long> Streams { get; }

    public Counter<long> Closes { get; }

    public UpDownCounter<long> Accepted { get; }

    public UpDownCounter<long> Waiting { get; }

    public UpDownCounter<long> Running { get; }

    /// <summary>The meter, so that one server's numbers are told from another's in the same process.</summary>
    public Meter Meter => meter;

    /// <summary>Counts a piece of a live stream.</summary>
    public void Heard(TimeSpan length, TimeSpan took)
    {
        audio.Add(length.TotalSeconds);
        recognition.Add(took.TotalSeconds);
    }

    /// <summary>Counts a recording.</summary>
    public void Recognized(TimeSpan length, TimeSpan took)
    {
        Heard(length, took);
        if (length > TimeSpan.Zero)
        {
            realTimeFactor.Record(took / length);
        }
    }

    public void Dispose() => meter.Dispose();
}

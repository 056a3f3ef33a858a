using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace TranscriptionServer.Metrics;

/// <summary>
/// Listens to <see cref="ServerMetrics"/> and writes the sums in Prometheus' text format. Source: Prometheus, Exposition formats, text format
/// 0.0.4.
/// </summary>
internal sealed class PrometheusText : IDisposable
{
    private const string Prefix = "transcription_";

    private readonly Lock gate = new();
    private readonly SortedDictionary<string, Series> series = new(StringComparer.Ordinal);
    private readonly MeterListener listener = new();

    public PrometheusText(ServerMetrics metrics)
    {
        listener.InstrumentPublished = (instrument, own) =>
        {
            if (ReferenceEquals(instrument.Meter, metrics.Meter))
            {
                var added = new Series(instrument);
                lock (gate)
                {
                    series.Add(added.Name, added);
                }

                own.EnableMeasurementEvents(instrument, added);
            }
        };
        listener.SetMeasurementEventCallback<long>((_, value, tags, state) => Add(state, value, tags));
        listener.SetMeasurementEventCallback<double>((_, value, tags, state) => Add(state, value, tags));
        listener.Start();
    }

    /// <summary>All sums so far.</summary>
    public string Write()
    {
        var text = new StringBuilder();
        lock (gate)
        {
            foreach (Series one in series.Values)
            {
                one.Write(text);
            }
        }

        return text.ToString();
    }

    public void Dispose() => listener.Dispose();

    private void Add(object? state, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = new List<string>();
        foreach ((string name, object? tag) in tags)
        {
            string escaped = string.Create(CultureInfo.InvariantCulture, $"{tag}").Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
            labels.Add($"{name}=\"{escaped}\"");
        }

        lock (gate)
        {
            ((Series)state!).Add(string.Join(',', labels), value);
        }
    }

    /// <summary>One instrument's sums, by labels.</summary>
    private sealed class Series(Instrument instrument)
    {
        private readonly SortedDictionary<string, Cell> cells = new(StringComparer.Ordinal);
        private readonly IReadOnlyList<double> bounds = (instrument as Histogram<double>)?.Advice?.HistogramBucketBoundaries ?? [];

        public string Name { get; } = Prefix + instrument.Name.Replace('.', '_') + (instrument.Unit == "s" ? "_seconds" : "") + (IsSum(instrument) ? "_total" : "");

        public void Add(string labels, double value)
        {
            if (!cells.TryGetValue(labels, out Cell? cell))
            {
                cells.Add(labels, cell = new Cell(new long[bounds.Count]));
            }

            cell.Count++;
            cell.Sum += value;
            for (int i = 0; i < bounds.Count; i++)
            {
                cell.AtMost[i] += value <= bounds[i] ? 1 : 0;
            }
        }

        public void Write(StringBuilder text)
        {
            text.Append(CultureInfo.InvariantCulture, $"# HELP {Name} {instrument.Description}\n# TYPE {Name} {(bounds.Count > 0 ? "histogram" : IsSum(instrument) ? "counter" : "gauge")}\n");

            // A series without labels is there from the start; those with labels are whole counts.
            IEnumerable<KeyValuePair<string, Cell>> rows = cells.Count == 0 && instrument is not Counter<long> ? [new("", new Cell(new long[bounds.Count]))] : cells;
            foreach ((string labels, Cell cell) in rows)
            {
                if (bounds.Count == 0)
                {
                    text.Append(CultureInfo.InvariantCulture, $"{Name}{(labels.Length > 0 ? $"{{{labels}}}" : "")} {cell.Sum}\n");
                    continue;
                }

                for (int i = 0; i < bounds.Count; i++)
                {
                    text.Append(CultureInfo.InvariantCulture, $"{Name}_bucket{{le=\"{bounds[i]}\"}} {cell.AtMost[i]}\n");
                }

                text.Append(CultureInfo.InvariantCulture, $"{Name}_bucket{{le=\"+Inf\"}} {cell.Count}\n{Name}_sum {cell.Sum}\n{Name}_count {cell.Count}\n");
            }
        }

        private static bool IsSum(Instrument instrument) => instrument is Counter<long> or Counter<double>;

        private sealed class Cell(long[] atMost)
        {
            public long[] AtMost => atMost;

            public long Count { get; set; }

            public double Sum { get; set; }
        }
    }
}

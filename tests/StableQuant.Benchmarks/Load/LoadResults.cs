using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using StableQuant.Benchmarks.Models;
using StableQuant.Benchmarks.Report;

namespace StableQuant.Benchmarks.Load;

/// <summary>A server under so many clients, each of which sends its next recording when it has the last one's words.</summary>
/// <param name="Server">The server.</param>
/// <param name="Clients">Number of clients.</param>
/// <param name="Requests">Requests of all rounds.</param>
/// <param name="RequestsPerSecond">Median of the rounds.</param>
/// <param name="AudioSecondsPerSecond">Seconds of audio recognised a second; median of the rounds.</param>
/// <param name="P50Ms">Half of all requests were answered in that time, in milliseconds.</param>
/// <param name="P99Ms">99 of a hundred.</param>
internal sealed record LoadRow(string Server, int Clients, int Requests, double RequestsPerSecond, double AudioSecondsPerSecond, double P50Ms, double P99Ms);

/// <summary>A server as a program.</summary>
/// <param name="Server">The server.</param>
/// <param name="FirstAnswerMs">Time from the start of its process to the words of its first recording; a median.</param>
/// <param name="FirstPeakBytes">The most memory resident until then; a median.</param>
/// <param name="LoadPeakBytes">The most memory resident under all of the load.</param>
internal sealed record LoadStart(string Server, double FirstAnswerMs, long FirstPeakBytes, long LoadPeakBytes);

/// <summary>Everything that one run measured.</summary>
/// <param name="Machine">Where, when and of which commit; clients and servers were on it together.</param>
/// <param name="Recordings">Number of recordings, which clients send in turn.</param>
/// <param name="AudioSeconds">Their length in all.</param>
/// <param name="Load">A row for each number of clients and server.</param>
/// <param name="Starts">A row for each server.</param>
internal sealed record LoadResults(Machine Machine, int Recordings, double AudioSeconds, IReadOnlyList<LoadRow> Load, IReadOnlyList<LoadStart> Starts)
{
    private const string Page = "docs/server.md", Begin = "<!-- load: build/benchmark.sh load --write makes this table -->\n", End = "<!-- load: end -->";

    private static readonly JsonSerializerOptions Options = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>One JSON object.</summary>
    public string Json() => JsonSerializer.Serialize(this, Options) + "\n";

    /// <summary>A table in Markdown, and where it was measured.</summary>
    public string Table()
    {
        int[] clients = [.. Load.Select(row => row.Clients).Distinct()];
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"| server | first answer | resident then | {string.Join(" | ", clients.Select(n => $"{(n == 1 ? "one client" : $"{n} clients")}: requests a second | p50 | p99"))} | resident at most |\n|---|{string.Concat(Enumerable.Repeat("---|", 3 + (3 * clients.Length)))}\n");
        foreach (LoadStart start in Starts)
        {
            IEnumerable<string> loads = clients.Select(n => Load.Single(row => row.Server == start.Server && row.Clients == n)).Select(row =>
                string.Create(CultureInfo.InvariantCulture, $"{row.RequestsPerSecond:F0} | {row.P50Ms:F0} ms | {row.P99Ms:F0} ms"));
            text.Append(CultureInfo.InvariantCulture, $"| {start.Server} | {start.FirstAnswerMs:F0} ms | {start.FirstPeakBytes / 1e6:F0} MB | {string.Join(" | ", loads)} | {start.LoadPeakBytes / 1e6:F0} MB |\n");
        }

        text.Append(CultureInfo.InvariantCulture, $"\n{Recordings} recordings, {AudioSeconds / Recordings:F1} s on average, on {Machine.Processor}, {Machine.Cores} cores, with ONNX Runtime {Machine.OnnxRuntime}, {Machine.Date}, commit {Machine.Commit}.\n");
        return text.ToString();
    }

    /// <summary>Puts the table into the page, and what it was made of beside other results.</summary>
    /// <exception cref="InvalidDataException">The page has no marks.</exception>
    public void Write()
    {
        string path = Path.Combine(Repository.Root, Page), text = File.ReadAllText(path);
        int start = text.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length, end = text.IndexOf(End, StringComparison.Ordinal);
        if (start < Begin.Length || end < start)
        {
            throw new InvalidDataException($"{Page}: the marks of the table are missing.");
        }

        File.WriteAllText(path, text[..start] + Table() + text[end..]);
        File.WriteAllText(Path.Combine(Repository.Root, "tests", "StableQuant.Benchmarks", "Results", "load.json"), Json());
    }
}

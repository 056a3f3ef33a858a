using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using StableQuant.Benchmarks.Compare;
using StableQuant.Cli.Output;

namespace StableQuant.Benchmarks.Report;

/// <summary>Results as a table for people, and as JSON.</summary>
internal static class ResultsText
{
    private const string Nothing = "-";

    private static readonly JsonSerializerOptions Options = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>One JSON object.</summary>
    public static string Json(Results results) => JsonSerializer.Serialize(results, Options) + "\n";

    /// <summary>Times in milliseconds, beside ONNX Runtime's how many times as long as ours they are.</summary>
    public static string Table(Results results)
    {
        var text = new StringBuilder();
        Machine machine = results.Machine;
        text.Append(CultureInfo.InvariantCulture, $"{machine.Processor}, {machine.Cores} cores, {string.Join(' ', machine.InstructionSets)}\n");
        text.Append(CultureInfo.InvariantCulture, $"{machine.System}, ONNX Runtime {machine.OnnxRuntime}, kernels {machine.Kernels}, {machine.Date}, commit {machine.Commit}\n\n");

        var table = new TextTable("model", "audio", "threads", "StableQuant", "ORT float", "", "ORT static int8", "", "ORT dynamic int8", "", "of peak", "allocated");
        foreach (ComparisonRow row in results.Models)
        {
            table.Add([
                row.Model, $"{row.Seconds} s", $"{row.Threads}", Ms(row, Comparison.Ours),
                .. new[] { Comparison.Float, Comparison.Static, Comparison.Dynamic }.SelectMany(c => new[] { Ms(row, c), Times(row, c) }),
                row.FractionOfPeak.TryGetValue(Comparison.Ours, out double part) ? string.Create(CultureInfo.InvariantCulture, $"{100 * part:F0} %") : Nothing,
                row.Timings.TryGetValue(Comparison.Ours, out Timing? ours) ? $"{ours.AllocatedBytes} B" : Nothing,
            ]);
        }

        text.Append(table);
        double[] peaks = [.. results.Models.Select(r => r.PeakMacsPerSecond).OfType<double>()];
        if (peaks.Length > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"\nPeak: {Interleaved.Median(peaks) / 1e9:F0} GMAC/s a core, {results.Int8Sequence} in registers, measured in every round.\n");
        }

        var outliers = new TextTable("model, 10 s, 1 thread", "outliers kept", "clipped", "kept / clipped");
        foreach (OutlierRow row in results.Outliers)
        {
            outliers.Add(row.Name, Ms(row.Kept), Ms(row.Clipped), Ratio(row.Kept, row.Clipped));
        }

        text.Append('\n').Append(outliers);
        var sounds = new TextTable("sound, the sample's model", "outliers kept", "of speech", "clipped", "kept / clipped");
        foreach (OutlierRow row in results.Sounds)
        {
            sounds.Add([row.Name, Ms(row.Kept), Ratio(row.Kept, results.Sounds[0].Kept), Ms(row.Clipped), Ratio(row.Kept, row.Clipped)]);
        }

        text.Append('\n').Append(sounds);
        if (results.Programs.Count > 0)
        {
            var programs = new TextTable("program", "first words", "peak memory", "file", "without weights");
            foreach (ProgramRow row in results.Programs)
            {
                programs.Add(row.Name, string.Create(CultureInfo.InvariantCulture, $"{row.FirstWordsMs:F0} ms"), Megabytes(row.PeakResidentBytes), Megabytes(row.FileBytes), Megabytes(row.FileBytesWithoutWeights));
            }

            text.Append('\n').Append(programs);
        }

        return text.ToString();
    }

    private static string Ms(ComparisonRow row, string candidate) =>
        row.Timings.TryGetValue(candidate, out Timing? timing) ? Ms(timing) : Nothing;

    private static string Ms(Timing timing) => string.Create(CultureInfo.InvariantCulture, $"{timing.MedianMs:F1} ms");

    private static string Ratio(Timing timing, Timing other) => string.Create(CultureInfo.InvariantCulture, $"{timing.MedianMs / other.MedianMs:F2}×");

    private static string Times(ComparisonRow row, string candidate) =>
        row.TimesOurs.TryGetValue(candidate, out double times) ? string.Create(CultureInfo.InvariantCulture, $"{times:F2}×") : "";

    private static string Megabytes(long? bytes) => bytes is > 0 ? string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:F1} MB") : Nothing;
}

using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using StableQuant.Benchmarks.Compare;
using StableQuant.Benchmarks.Report;
using StableQuant.Cli.Output;

namespace StableQuant.Benchmarks.Memory;

/// <summary>One start of a program.</summary>
/// <param name="LoadedMs">Time from its start until the model is loaded.</param>
/// <param name="FirstWordsMs">The same until the first words.</param>
/// <param name="Loaded">Its memory when the model is loaded.</param>
/// <param name="After">The same after 10 s of audio.</param>
/// <param name="RealTimeFactor">Time of 10 s of audio, once it has heard as much, divided by their length.</param>
/// <param name="CachedShare">Share of its files that the system had in memory before.</param>
internal sealed record StartRun(double LoadedMs, double FirstWordsMs, MemoryUse Loaded, MemoryUse After, double RealTimeFactor, double CachedShare);

/// <summary>A program's start and memory, all medians.</summary>
/// <param name="Model">The model.</param>
/// <param name="Program">The program.</param>
/// <param name="ModelBytes">Size of the model's files.</param>
/// <param name="ProgramBytes">Size of all else that the program is; of ONNX Runtime's, .NET included.</param>
/// <param name="Cold">First words with files dropped from the system's cache, in ms; null where that was not measured.</param>
/// <param name="CachedShare">The share of them that could not be dropped.</param>
/// <param name="WarmLoadedMs">The model loaded, files in the cache.</param>
/// <param name="WarmFirstWordsMs">The same until first words.</param>
/// <param name="LoadedBytes">Resident when the model is loaded.</param>
/// <param name="ResidentBytes">Resident after 10 s of audio.</param>
/// <param name="AnonymousBytes">The part of it that is no file's.</param>
/// <param name="PeakBytes">Resident at most until then.</param>
/// <param name="RealTimeFactor">On one thread, 10 s of audio.</param>
internal sealed record StartRow(
    string Model, string Program, long ModelBytes, long ProgramBytes, double? Cold, double CachedShare, double WarmLoadedMs, double WarmFirstWordsMs,
    long LoadedBytes, long ResidentBytes, long AnonymousBytes, long PeakBytes, double RealTimeFactor)
{
    /// <summary>The medians of some starts.</summary>
    public static StartRow Of(string model, WatchedProgram program, IReadOnlyCollection<StartRun> cold, IReadOnlyCollection<StartRun> warm)
    {
        double Median(Func<StartRun, double> value) => Interleaved.Median([.. warm.Select(value)]);
        return new StartRow(
            model, program.Name, program.ModelFiles.Sum(file => new FileInfo(file).Length), program.ProgramFiles.Sum(file => new FileInfo(file).Length),
            cold.Count > 0 ? Interleaved.Median([.. cold.Select(run => run.FirstWordsMs)]) : null,
            cold.Count > 0 ? cold.Max(run => run.CachedShare) : 1,
            Median(run => run.LoadedMs), Median(run => run.FirstWordsMs), (long)Median(run => run.Loaded.Resident), (long)Median(run => run.After.Resident),
            (long)Median(run => run.After.Anonymous), (long)Median(run => run.After.Peak), Median(run => run.RealTimeFactor));
    }
}

/// <summary>Streams at a time, each on a thread, over one copy of the weights.</summary>
/// <param name="Model">The model.</param>
/// <param name="Program">The program.</param>
/// <param name="Streams">How many.</param>
/// <param name="Cores">Processors for all of them.</param>
/// <param name="AudioSecondsPerSecond">What they hear together; a median.</param>
/// <param name="PeakBytes">Resident at most; a median.</param>
internal sealed record StreamRow(string Model, string Program, int Streams, int Cores, double AudioSecondsPerSecond, long PeakBytes);

/// <summary>Everything that one run measured.</summary>
/// <param name="Machine">Where, when and of which commit.</param>
/// <param name="Starts">A row for each model and program.</param>
/// <param name="Streams">A row for each model, program and number of streams.</param>
internal sealed record MemoryResults(Machine Machine, IReadOnlyList<StartRow> Starts, IReadOnlyList<StreamRow> Streams)
{
    private static readonly JsonSerializerOptions Options = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>One JSON object.</summary>
    public string Json() => JsonSerializer.Serialize(this, Options) + "\n";

    /// <summary>Two tables for people.</summary>
    public string Tables()
    {
        var starts = new TextTable("model", "program", "model files", "program", "first words, cold", "in cache", "loaded, warm", "first words", "resident, loaded", "after 10 s", "of it no file", "peak", "real-time factor");
        foreach (StartRow row in Starts)
        {
            starts.Add(
                row.Model, row.Program, Megabytes(row.ModelBytes), Megabytes(row.ProgramBytes), row.Cold is { } ms ? Ms(ms) : "-", string.Create(CultureInfo.InvariantCulture, $"{100 * row.CachedShare:F0} %"),
                Ms(row.WarmLoadedMs), Ms(row.WarmFirstWordsMs), Megabytes(row.LoadedBytes), Megabytes(row.ResidentBytes), Megabytes(row.AnonymousBytes), Megabytes(row.PeakBytes),
                row.RealTimeFactor.ToString("F4", CultureInfo.InvariantCulture));
        }

        var streams = new TextTable("model", "program", "streams", "cores", "audio a second", "resident at most");
        foreach (StreamRow row in Streams.OrderBy(row => row.Model, StringComparer.Ordinal).ThenBy(row => row.Streams))
        {
            streams.Add(row.Model, row.Program, $"{row.Streams}", $"{row.Cores}", string.Create(CultureInfo.InvariantCulture, $"{row.AudioSecondsPerSecond:F1} s"), Megabytes(row.PeakBytes));
        }

        return FormattableString.Invariant($"{Machine.Processor}, {Machine.Cores} cores, {Machine.System}, ONNX Runtime {Machine.OnnxRuntime}, kernels {Machine.Kernels}, {Machine.Date}, commit {Machine.Commit}\n\n{starts}{(Streams.Count > 0 ? $"\n{streams}" : "")}");
    }

    private static string Ms(double value) => string.Create(CultureInfo.InvariantCulture, $"{value:F0} ms");

    private static string Megabytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:F1} MB");
}

using System.Diagnostics;
using System.Globalization;
using StableQuant.Kernels;

namespace StableQuant.Benchmarks.Memory;

/// <summary>A program that is watched, see <see cref="ModelProgram.Watched"/>.</summary>
/// <param name="Name">What tables call it.</param>
/// <param name="Path">The executable.</param>
/// <param name="Arguments">What stands before the arguments that say what to do.</param>
/// <param name="ModelFiles">The model's own files.</param>
/// <param name="ProgramFiles">All else that it reads.</param>
internal sealed record WatchedProgram(string Name, string Path, string[] Arguments, string[] ModelFiles, string[] ProgramFiles);

/// <summary>A program's memory, in bytes.</summary>
/// <param name="Resident">All that is in memory, what it shares with others included.</param>
/// <param name="Anonymous">The part of it that is no file's.</param>
/// <param name="Peak">The most that was.</param>
internal sealed record MemoryUse(long Resident, long Anonymous, long Peak);

/// <summary>One run of a program.</summary>
internal sealed class WatchedProcess : IDisposable
{
    private readonly string name;
    private readonly Process process;
    private readonly Stopwatch clock = Stopwatch.StartNew();

    private WatchedProcess(string name, ProcessStartInfo start)
    {
        this.name = name;
        process = Process.Start(start)!;
    }

    /// <summary>Starts a program.</summary>
    /// <param name="program">Which.</param>
    /// <param name="cores">Processors that it may use; null for all. The system binds it where it has <c>taskset</c>.</param>
    /// <param name="arguments">What it shall do.</param>
    public static WatchedProcess Start(WatchedProgram program, int? cores, params string[] arguments)
    {
        const string Binder = "/usr/bin/taskset";
        string[] all = [.. program.Arguments, .. arguments];
        var start = cores is { } count && count < Environment.ProcessorCount && File.Exists(Binder)
            ? new ProcessStartInfo(Binder, ["-c", FormattableString.Invariant($"0-{count - 1}"), program.Path, .. all])
            : new ProcessStartInfo(program.Path, all);
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;

        // Kernels that are forced on the comparison may be missing from a native program, which chooses its own.
        start.Environment.Remove(InstructionSets.Variable);
        return new WatchedProcess(program.Name, start);
    }

    /// <summary>Waits for the next step.</summary>
    /// <returns>What the program says, when it said so since its start, without the time that it waited, and its memory.</returns>
    public (string Line, double Ms, MemoryUse Memory) Next()
    {
        string line = process.StandardOutput.ReadLine() ?? throw new InvalidOperationException($"{name} ended early.");
        clock.Stop();
        return (line, clock.Elapsed.TotalMilliseconds, Memory());
    }

    /// <summary>Lets the program go on.</summary>
    public void GoOn()
    {
        clock.Start();
        process.StandardInput.WriteLine();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        process.Kill();
        process.WaitForExit();
        process.Dispose();
    }

    private MemoryUse Memory()
    {
        string path = $"/proc/{process.Id}/status";
        string[] lines = File.Exists(path) ? File.ReadAllLines(path) : [];
        long Field(string field) => lines.FirstOrDefault(line => line.StartsWith(field + ":", StringComparison.Ordinal)) is { } line
            ? 1024 * long.Parse(line[(field.Length + 1)..^"kB".Length], NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture)
            : 0;
        return new MemoryUse(Field("VmRSS"), Field("RssAnon"), Field("VmHWM"));
    }
}

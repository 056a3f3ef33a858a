using System.Diagnostics;
using System.Globalization;
using StableQuant.Kernels;

namespace StableQuant.Benchmarks.Programs;

/// <summary>
/// A program that prints what it hears in one recording, and then waits for standard input: so it can be looked at
/// after its first words.
/// </summary>
/// <param name="Name">What tables call it.</param>
/// <param name="Path">The executable.</param>
/// <param name="Arguments">Its arguments.</param>
internal sealed record ChildProgram(string Name, string Path, params string[] Arguments)
{
    /// <summary>Runs the program once.</summary>
    /// <returns>Time from its start to its first line, and the most memory that it had resident until then.</returns>
    /// <exception cref="InvalidOperationException">It said nothing.</exception>
    public (double FirstWordsMs, long PeakBytes) Run()
    {
        var start = new ProcessStartInfo(Path, Arguments) { RedirectStandardInput = true, RedirectStandardOutput = true };

        // Kernels that are forced on the comparison may be missing from the native program, which chooses its own.
        start.Environment.Remove(InstructionSets.Variable);
        long time = Stopwatch.GetTimestamp();
        using Process process = Process.Start(start)!;
        string? line = process.StandardOutput.ReadLine();
        double elapsed = Stopwatch.GetElapsedTime(time).TotalMilliseconds;
        if (line is null)
        {
            throw new InvalidOperationException($"{Name}: {Path} printed nothing.");
        }

        long peak = PeakOf(process.Id);
        process.Kill();
        process.WaitForExit();
        return (elapsed, peak);
    }

    /// <summary>The high-water mark of resident memory that Linux keeps for every process; 0 elsewhere.</summary>
    public static long PeakOf(int process)
    {
        const string Field = "VmHWM:";
        string path = $"/proc/{process}/status";
        string? line = File.Exists(path) ? File.ReadLines(path).FirstOrDefault(l => l.StartsWith(Field, StringComparison.Ordinal)) : null;
        return line is null ? 0 : 1024 * long.Parse(line[Field.Length..^"kB".Length], NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture);
    }
}

using System.Diagnostics;
using System.Globalization;
using StableQuant.Benchmarks.Compare;
using StableQuant.Calibration.Compile;

namespace StableQuant.Benchmarks.Programs;

/// <summary>This program as a build to compare with another one: it times one compiled model, and prints a line a round.</summary>
internal static class TimedRounds
{
    /// <summary>The first argument that makes this program be that one.</summary>
    public const string Verb = "rounds";

    private const int Rounds = 12;

    /// <summary>Prints milliseconds, round by round.</summary>
    /// <param name="model">A <c>.sqmodel</c>.</param>
    /// <param name="seconds">Length of the audio.</param>
    public static void Run(string model, int seconds)
    {
        using CompiledModelSource source = CompiledModelSource.Load(model);
        using var candidate = new CompiledCandidate(source, Speech.Of(seconds), threads: 1);
        candidate.Run();
        candidate.Run();
        for (int round = 0; round < Rounds; round++)
        {
            long start = Stopwatch.GetTimestamp();
            candidate.Run();
            Console.WriteLine(Stopwatch.GetElapsedTime(start).TotalMilliseconds.ToString("R", CultureInfo.InvariantCulture));
        }
    }
}

using System.Diagnostics;
using System.Globalization;
using StableQuant.Benchmarks.Compare;
using StableQuant.Benchmarks.Models;

namespace StableQuant.Benchmarks.Programs;

/// <summary>
/// This build beside another one, on the same compiled model: each runs in processes of its own, in turn, so that whatever else the machine
/// does, and where memory lies, hits both alike.
/// </summary>
internal static class BuildComparison
{
    private const int Processes = 8;

    /// <summary>Times both, model by model, and prints a table.</summary>
    /// <param name="other">The other build's benchmark program.</param>
    /// <param name="scenarios">The models and lengths of audio.</param>
    /// <param name="weightBits">Bits of our weights.</param>
    public static void Run(string other, IEnumerable<Scenario> scenarios, int weightBits)
    {
        Console.WriteLine("| model | audio | this build, ms: min, median | the other: min, median | ratio: min, median |");
        Console.WriteLine("|---|---|---|---|---|");
        foreach (Scenario scenario in scenarios)
        {
            PreparedModel model = PreparedModel.Of(scenario.Model, weightBits);
            foreach (int seconds in scenario.Seconds)
            {
                var own = new List<double>();
                var others = new List<double>();
                for (int process = 0; process < Processes; process++)
                {
                    // Neither always comes first.
                    (string Program, List<double> Times)[] turn = [(Environment.ProcessPath!, own), (other, others)];
                    foreach ((string program, List<double> times) in process % 2 == 0 ? turn : turn.Reverse())
                    {
                        times.AddRange(Rounds(program, model.Compiled, seconds));
                    }
                }

                (double ownMedian, double otherMedian) = (Interleaved.Median(own), Interleaved.Median(others));
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"| {model.Name} | {seconds} s | {own.Min():F2}, {ownMedian:F2} | {others.Min():F2}, {otherMedian:F2} | {own.Min() / others.Min():F3}, {ownMedian / otherMedian:F3} |"));
            }
        }
    }

    private static IEnumerable<double> Rounds(string program, string model, int seconds)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, [TimedRounds.Verb, model, seconds.ToString(CultureInfo.InvariantCulture)]) { RedirectStandardOutput = true })!;
        string[] lines = process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        process.WaitForExit();
        return process.ExitCode == 0
            ? lines.Select(line => double.Parse(line, CultureInfo.InvariantCulture))
            : throw new InvalidOperationException($"{program} {TimedRounds.Verb} ended with {process.ExitCode}; builds before 2026-11-30 do not have it.");
    }
}

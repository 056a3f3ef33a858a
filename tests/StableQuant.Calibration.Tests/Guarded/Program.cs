using System.Globalization;

namespace StableQuant.Calibration.Tests.Guarded;

/// <summary>The tests' own program: models with guarded memory in a process of its own, because what would fail them ends a process.</summary>
internal static class Program
{
    // The first seed, the step to the next, and how many.
    private static int Main(string[] arguments)
    {
        int[] numbers = [.. arguments.Select(a => int.Parse(a, CultureInfo.InvariantCulture))];
        int runs = 0;
        var kinds = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < numbers[2]; i++)
        {
            runs += GuardedRun.OfSeed(numbers[0] + i * numbers[1], kinds);
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{runs} runs of {string.Join(' ', kinds)}"));
        return 0;
    }
}

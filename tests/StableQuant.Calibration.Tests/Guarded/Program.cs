using System.Globalization;

namespace StableQuant.Calibration.Tests.Guarded;

/// <summary>The tests' own program: models with guarded memory in a process of its own, because what would fail them ends a process.</summary>
internal static class Program
{
    private const int MostSeeds = 1000;

    // The first seed, the step to the next, how many, and how many kinds of layers: of the seeds behind those, the models that bring another kind are run until there are so many.
    private static int Main(string[] arguments)
    {
        int[] numbers = [.. arguments.Select(a => int.Parse(a, CultureInfo.InvariantCulture))];
        int runs = 0;
        var kinds = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < numbers[2] || (kinds.Count < numbers[3] && i < MostSeeds); i++)
        {
            runs += GuardedRun.OfSeed(numbers[0] + i * numbers[1], kinds, onlyOtherKinds: i >= numbers[2]);
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{runs} runs of {string.Join(' ', kinds)}"));
        return 0;
    }
}

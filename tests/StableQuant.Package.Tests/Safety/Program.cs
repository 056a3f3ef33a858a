namespace StableQuant.Package.Tests.Safety;

/// <summary>The tests' own program: one scenario, from some seeds, in a process of its own, because what would fail it ends a process.</summary>
internal static class Program
{
    private static int Main(string[] arguments)
    {
        foreach (string seed in arguments[1..])
        {
            // A scenario takes seconds; threads that wait for each other would wait forever.
            using var patience = new Timer(_ => Environment.FailFast("The scenario hangs."), null, TimeSpan.FromMinutes(5), Timeout.InfiniteTimeSpan);
            Console.WriteLine($"Seed {seed}");
            Scenarios.All[arguments[0]](int.Parse(seed, System.Globalization.CultureInfo.InvariantCulture));
        }

        return 0;
    }
}

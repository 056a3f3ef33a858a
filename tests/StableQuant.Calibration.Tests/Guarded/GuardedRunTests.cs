using System.Diagnostics;
using System.Globalization;
using StableQuant.Runtime.Tests.Kernels;
using Xunit.Abstractions;

namespace StableQuant.Calibration.Tests.Guarded;

/// <summary>
/// No kernel reads or writes beyond its slots of the arena, the weights or the samples, whatever shapes a model has. The environment
/// variable <c>STABLEQUANT_FUZZ</c>, as for the compiler's fuzz test, makes more of them: one in 700.
/// </summary>
public class GuardedRunTests(ITestOutputHelper output)
{
    [OnLinuxX64Fact]
    [Trait("Ring", "Full")]
    public void Grown_models_touch_nothing_but_their_own_memory()
    {
        // All kinds of layers, the audio and features.
        const int Processes = 2, Kinds = 26;
        int count = (int.TryParse(Environment.GetEnvironmentVariable("STABLEQUANT_FUZZ"), CultureInfo.InvariantCulture, out int wanted) ? wanted : 20_000) / 700;
        Task<string>[] runs = [.. Enumerable.Range(0, Processes).Select(first => Task.Run(() => Run(first, Processes, count / Processes, Kinds)))];
        string[][] words = [.. runs.Select(run => run.Result.Split(' '))];
        int total = words.Sum(line => int.Parse(line[0], CultureInfo.InvariantCulture));
        string[] kinds = [.. words.SelectMany(line => line[3..]).Distinct().Order(StringComparer.Ordinal)];
        output.WriteLine($"{total} runs of {count} models and more: {string.Join(", ", kinds)}");
        total.ShouldBeGreaterThan(3 * count);
        kinds.Length.ShouldBeGreaterThanOrEqualTo(Kinds);
    }

    private static string Run(int first, int step, int count, int kinds)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(typeof(GuardedRunTests).Assembly.Location);
        Array.ForEach([first, step, count, kinds], number => start.ArgumentList.Add(number.ToString(CultureInfo.InvariantCulture)));
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string[] lines = process.StandardOutput.ReadToEnd().TrimEnd('\n').Split('\n');
        process.WaitForExit();
        process.ExitCode.ShouldBe(0, $"after {lines[^1]}: {errors.Result}");
        return lines[^1];
    }
}

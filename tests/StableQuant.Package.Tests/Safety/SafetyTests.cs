namespace StableQuant.Package.Tests.Safety;

/// <summary>Whatever safe code does to an instance, and whenever, no call reads or writes memory that is not its own.</summary>
public class SafetyTests
{
    [Theory]
    [InlineData("forgotten")]
    [InlineData("disposed")]
    [InlineData("shared")]
    [InlineData("interrupted")]
    [InlineData("resurrected")]
    public void An_instance_used_at_the_wrong_moment_gives_the_right_text_or_a_documented_exception(string scenario) => RunToTheEnd(scenario);

    [Fact]
    public void What_safe_code_can_call_with_addresses_follows_none()
    {
        SafeCalls.All.Select(method => $"{method.DeclaringType!.Name}.{method.Name}").Distinct().ShouldBe(
            [
                "WaveformFilters.Make", "WaveformFilters.Measure", "WaveformFilters.MakeNormalised", "Waveform.get_Mean", "Waveform.get_Remainder", "Waveform.get_Step",
                "OutlierList.From", "OutlierList.Clear", "ScalarInstructions.Dot", "InstructionSets.get_MicroKernel",
            ],
            ignoreOrder: true,
            customMessage: "A public member that follows addresses has a pointer in its signature, so that only unsafe code can call it; one that has none must do nothing with default values, and stands in this list.");
        RunToTheEnd("made-up");
    }

    private static void RunToTheEnd(string scenario)
    {
        // Optimised from the first call on, as native code is: an instance lives no longer than its last use.
        var optimised = new Dictionary<string, string?> { ["DOTNET_TieredCompilation"] = "0" };
        (string output, string errors, int status) = Shell.Run(
            AppContext.BaseDirectory, optimised, Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", typeof(SafetyTests).Assembly.Location, scenario, "0", "1", "2");
        status.ShouldBe(0, $"{scenario}: {output}{errors}");
    }
}

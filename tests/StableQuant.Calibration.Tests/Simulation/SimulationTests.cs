using Xunit.Abstractions;

namespace StableQuant.Calibration.Tests.Simulation;

public sealed class SimulationTests(ITestOutputHelper output)
{
    [Fact]
    public void The_compiled_model_does_what_its_simulation_does_on_the_bundled_recordings() =>
        Check(Comparison.Run(TestFiles.Recordings), utterances: 40);

    [SharedFact("audio/commands-test.tsv")]
    public void The_compiled_model_does_what_its_simulation_does_on_the_test_set() =>
        Check(Comparison.Run(TestFiles.Shared("audio/commands-test.tsv")!), utterances: 300);

    private void Check(Comparison comparison, int utterances)
    {
        output.WriteLine($"compiled and simulation: {comparison.FromSimulation}");
        output.WriteLine($"simulation and float:    {comparison.OfQuantization}");
        comparison.FromSimulation.Utterances.ShouldBe(utterances);
    }
}

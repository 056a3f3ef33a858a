using StableQuant.Calibration.Simulate;

namespace StableQuant.Calibration.Tests.Simulate;

public class RememberedCutsTests
{
    private const long GiB = 1L << 30;

    // A quarter of the memory is for what is remembered; a cut takes bytes / cuts.
    [Theory]
    [InlineData(12, 0.5, 16, 1)]
    [InlineData(12, 12, 16, 3)]
    [InlineData(12, 12, 8, 6)]
    [InlineData(12, 12, 4, 12)]
    [InlineData(12, 12, 3, 0)]
    [InlineData(12, 12, 64, 1)]
    [InlineData(0, 0, 16, 1)]
    public void What_is_remembered_follows_the_memory_that_there_is(int cuts, double gib, double memory, int every)
    {
        int found = Simulator.EveryRemembered(cuts, gib * GiB, (long)(memory * GiB));
        found.ShouldBe(every);
        int kept = found == 0 ? 0 : (cuts + found - 1) / found;
        (kept * (cuts == 0 ? 0 : gib / cuts)).ShouldBeLessThanOrEqualTo(memory / 4);
    }
}

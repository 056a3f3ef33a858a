namespace StableQuant.Package.Tests.Native;

/// <summary>Micro-kernels of Arm, whose machine code runs nowhere else, against plain loops.</summary>
public sealed class Arm64TileTests(Arm64TileTests.Tiles tiles) : IClassFixture<Arm64TileTests.Tiles>
{
    [OnArm64Theory]
    [InlineData("max", "neon", "armdp", "armi8mm")]
    [InlineData("neoverse-n1", "neon", "armdp")]
    [InlineData("cortex-a72", "neon")]
    [InlineData("cortex-a53", "neon")]
    public void Each_processor_sums_random_tiles_right_by_all_that_it_has(string processor, params string[] sets)
    {
        (string output, string errors, int status) = Arm64.Run(processor, [], tiles.Program);
        (output, errors, status).ShouldBe((string.Concat(sets.Select(set => $"{set}: 300\n")), "", 0));
    }

    /// <summary>The program of that name.</summary>
    public sealed class Tiles() : PublishedProgram(Arm64.Missing is null, "tests/StableQuant.ArmTiles", "linux-arm64", Arm64.CrossTools);
}

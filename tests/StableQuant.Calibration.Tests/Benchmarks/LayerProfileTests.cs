using StableQuant.Benchmarks.Programs;

namespace StableQuant.Calibration.Tests.Benchmarks;

public sealed class LayerProfileTests
{
    [Fact]
    public void A_profile_has_each_layer_once_and_all_that_is_multiplied()
    {
        string[][] rows = [.. LayerProfile.Table(TestFiles.Commands, new float[16000]).Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(2)
            .Select(line => line.Split("  ", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))];

        // 16000 samples, 10 of them a window, 5 apart: 3199 frames of 128 channels, 1.638 million products of 10 inputs.
        rows[0][0].ShouldBe("Conv0");
        rows[0][4].ShouldBe("0.004");
        int blocks = int.Parse(rows.Single(row => row[0] == "Block…Attention")[1]);
        rows.Where(row => row[0].StartsWith("Block…")).ShouldAllBe(row => row[1] == $"{blocks}");
        rows[..^1].Sum(row => int.Parse(row[1])).ShouldBe(int.Parse(rows[^1][1]));
        rows[..^1].Where(row => row.Length > 4).Sum(row => double.Parse(row[4])).ShouldBe(double.Parse(rows[^1][4]), 0.01);
    }
}

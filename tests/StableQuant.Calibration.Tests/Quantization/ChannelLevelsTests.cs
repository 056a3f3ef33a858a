using StableQuant.Calibration.Quantization;

namespace StableQuant.Calibration.Tests.Quantization;

public sealed class ChannelLevelsTests
{
    [Theory]
    [InlineData(8)]
    [InlineData(16)]
    public void Weights_of_no_more_values_than_levels_come_back(int count)
    {
        // At uneven distances, and the nearest to each other further apart than a level's own rounding.
        float[] values = [.. Enumerable.Range(1, count).Select(i => (i * i * 127 / (count * count) - 40) / 64f)];
        values.Distinct().Count().ShouldBe(count);
        float[] weights = [.. Enumerable.Range(0, 500).Select(i => values[i * 7 % count])];
        var levels = ChannelLevels.Of(weights, [], count);
        weights.ShouldAllBe(w => Math.Abs(levels.Scale * levels.Nearest(w) - w) <= 0.51f * levels.Scale);
        weights.Select(w => levels.Nearest(w)).Distinct().Count().ShouldBe(count);
    }

    [Fact]
    public void Levels_lie_where_it_counts()
    {
        // Between 0 and 1 weights count a thousand times as much as between −1 and 0.
        float[] weights = [.. Enumerable.Range(0, 1000).Select(i => i / 500f - 1)];
        double[] importance = [.. weights.Select(w => w < 0 ? 1e-3 : 1)];
        sbyte[] Used(ReadOnlySpan<double> counts)
        {
            var levels = ChannelLevels.Of(weights, counts, 16);
            return [.. weights.Select(w => levels.Nearest(w)).Distinct()];
        }

        Used([]).Count(level => level > 0).ShouldBe(8);
        Used(importance).Count(level => level > 0).ShouldBeGreaterThan(11);
    }

    [Fact]
    public void A_dead_output_is_zero_at_scale_one()
    {
        var levels = ChannelLevels.Of(new float[20], [], 16);
        (levels.Scale, levels.Nearest(0), levels.Nearest(5)).ShouldBe((1, (sbyte)0, (sbyte)0));
    }

    [Fact]
    public void Fewer_weights_than_levels_are_exact_to_a_127th()
    {
        var levels = ChannelLevels.Of([0.5f, -2f, 0.25f], [], 16);
        new[] { 0.5f, -2f, 0.25f }.ShouldAllBe(w => Math.Abs(levels.Scale * levels.Nearest(w) - w) <= 1f / 127);
    }

    // The same rule in plain words: of all levels that are next to some weight, the nearest.
    [Fact]
    public void The_nearest_level_is_taken_and_of_two_the_lower()
    {
        var levels = ChannelLevels.Of([-127f, -60, 10, 127], [], 4);
        levels.Scale.ShouldBe(1);
        (double Weight, int Level)[] cases = [(-500, -127), (-94, -127), (-93.5, -127), (-93.4, -60), (-25, -60), (-24.9, 10), (68.5, 10), (68.6, 127), (1e9, 127)];
        cases.ShouldAllBe(c => levels.Nearest(c.Weight) == c.Level);
    }
}

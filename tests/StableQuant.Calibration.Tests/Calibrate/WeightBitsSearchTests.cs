using System.Globalization;
using StableQuant.Calibration.Calibrate;

namespace StableQuant.Calibration.Tests.Calibrate;

public sealed class WeightBitsSearchTests
{
    // Of 9 moves each makes the model diverge by 0.1; words come and go.
    [Theory]
    [InlineData(2, "", 9)]
    [InlineData(2, "4 5", 9)]
    [InlineData(0.45, "", 4)]
    [InlineData(0.45, "4", 3)]
    [InlineData(0.45, "2 3 4", 1)]
    [InlineData(0.45, "1 2 3 4", 0)]
    [InlineData(0.05, "", 0)]
    public void As_many_layers_give_up_bits_as_are_near_enough_and_hear_well_enough(double budget, string deaf, int most)
    {
        var tried = new List<int>();
        bool IsNear(int made)
        {
            tried.Add(made);
            return made / 10.0 <= budget;
        }

        WeightBitsSearch.MostMoves(9, IsNear, made => !deaf.Split(' ').Contains(made.ToString(CultureInfo.InvariantCulture))).ShouldBe(most);
        tried.Count.ShouldBeLessThanOrEqualTo(4, "by halves");
    }

    [Fact]
    public void Where_there_is_nothing_to_give_up_nothing_is_tried() =>
        WeightBitsSearch.MostMoves(0, _ => throw new InvalidOperationException(), _ => throw new InvalidOperationException()).ShouldBe(0);
}

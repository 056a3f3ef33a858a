using StableQuant.Calibration.Calibrate;

namespace StableQuant.Calibration.Tests.Calibrate;

public sealed class QuantizedMatrixTests
{
    [Fact]
    public void Each_output_has_its_own_scale_and_its_largest_weight_becomes_127()
    {
        QuantizedMatrix matrix = QuantizedMatrix.Of([0.5f, -0.25f, 0.1f, 1, 2, -4], outputs: 2);
        matrix.Scales.ShouldBe([0.5f / 127, 4f / 127]);
        matrix.Values.ShouldBe([127, -64, 25, 32, 64, -127]);
    }

    [Fact]
    public void The_middle_goes_to_the_even_neighbour() =>
        QuantizedMatrix.Of([127, 0.5f, 1.5f, -2.5f, -3.5f], outputs: 1).Values.ShouldBe([127, 0, 2, -2, -4]);

    [Fact]
    public void A_dead_output_is_zero_at_scale_one()
    {
        QuantizedMatrix matrix = QuantizedMatrix.Of([0, 0, 3, -3], outputs: 2);
        matrix.Scales.ShouldBe([1, 3f / 127]);
        matrix.Values.ShouldBe([0, 0, 127, -127]);
    }

    [Fact]
    public void No_weight_is_further_off_than_half_a_step()
    {
        var random = new Random(2);
        float[] weights = [.. Enumerable.Range(0, 40 * 50).Select(_ => (float)(random.NextDouble() - 0.5))];
        QuantizedMatrix matrix = QuantizedMatrix.Of(weights, outputs: 40);
        for (int i = 0; i < weights.Length; i++)
        {
            float scale = matrix.Scales[i / 50];
            // Half a step, and the rounding of the division.
            Math.Abs(weights[i] - matrix.Values[i] * scale).ShouldBeLessThanOrEqualTo(0.50001f * scale);
        }
    }
}

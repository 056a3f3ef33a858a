using StableQuant.Calibration.Quantization;

namespace StableQuant.Calibration.Tests.Quantization;

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
    public void In_7_bits_the_largest_weight_becomes_63()
    {
        QuantizedMatrix matrix = QuantizedMatrix.Of([0.5f, -0.2f, 0.1f, 1, 2.1f, -4], outputs: 2, bits: 7);
        matrix.Scales.ShouldBe([0.5f / 63, 4f / 63]);
        matrix.Values.ShouldBe([63, -25, 13, 16, 33, -63]);

        float[] weights = [.. Enumerable.Range(0, 300).Select(i => MathF.Pow(MathF.Sin(i), 9))];
        QuantizedMatrix.LeastSquares(weights, outputs: 3, bits: 7).Values.Select(value => Math.Abs((int)value)).Max().ShouldBe(63);
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

    [Fact]
    public void The_least_squares_scale_clips_a_lone_large_weight()
    {
        // At the widest scale, 1, a thousand weights of ±0.3 vanish, which costs 1000 · 0.3² = 90. They last from the scale
        // 0.6 on, where the large one loses 127 · 0.4 = 50.8 of itself, which alone costs 2581.
        float[] weights = [127, .. Enumerable.Range(0, 1000).Select(i => i % 2 == 0 ? 0.3f : -0.3f)];
        QuantizedMatrix.LeastSquares(weights, outputs: 1).Scales[0].ShouldBe(1);

        // A million of them outweigh it.
        float[] more = [127, .. Enumerable.Range(0, 1_000_000).Select(i => i % 2 == 0 ? 0.3f : -0.3f)];
        QuantizedMatrix matrix = QuantizedMatrix.LeastSquares(more, outputs: 1);
        matrix.Scales[0].ShouldBeLessThan(0.6f);
        matrix.Values[0].ShouldBe((sbyte)127);
        matrix.Values[1].ShouldBe((sbyte)1);
    }

    [Fact]
    public void No_other_candidate_has_a_smaller_squared_error()
    {
        var random = new Random(3);
        float[] weights = [.. Enumerable.Range(0, 8 * 64).Select(_ => (float)Math.Pow(random.NextDouble() - 0.5, 3))];
        QuantizedMatrix matrix = QuantizedMatrix.LeastSquares(weights, outputs: 8);
        float[] widest = QuantizedMatrix.Of(weights, outputs: 8).Scales;
        double Error(int output, float scale) => weights.Skip(64 * output).Take(64)
            .Sum(w => Math.Pow(w - scale * Math.Clamp(Math.Round(w / (double)scale), -127, 127), 2));
        for (int output = 0; output < 8; output++)
        {
            double least = Enumerable.Range(0, 26).Min(i => Error(output, widest[output] * (1 - 0.02f * i)));
            Error(output, matrix.Scales[output]).ShouldBe(least, 1e-9 + 1e-5 * least);
        }
    }
}

using StableQuant.Calibration.Quantization;

namespace StableQuant.Calibration.Tests.Quantization;

/// <summary>Refined levels against plain loops over all weights, and against all that a few weights can be.</summary>
public sealed class LevelRefinementTests
{
    [Fact]
    public void A_systems_solution_by_its_factor_solves_it()
    {
        DenseMatrix matrix = Moments(20, new Random(1));
        double[] x = [.. Enumerable.Range(0, 20).Select(i => i - 7.5)], right = [.. Enumerable.Range(0, 20).Select(i => Enumerable.Range(0, 20).Sum(j => matrix[i, j] * x[j]))];
        matrix.Factorise().ShouldBeTrue();
        matrix.Solve(right).ShouldBe(x, 1e-9);
    }

    [Fact]
    public void The_error_falls_with_every_step_and_in_the_end_nothing_betters_it()
    {
        var random = new Random(2);
        IReadOnlyList<FeedbackOrder> orders = [FeedbackOrder.Of(0, Moments(80, random), 0.01)];
        float[] weights = Weights(80, random);
        QuantizedMatrix start = QuantizedMatrix.LeastSquares(weights, 1, 3);
        RefinedOutput output = Taken(weights, start, orders);
        output.Error.ShouldBe(Error(weights, start.Values, start.Scales[0], orders), 1e-9);

        var row = new sbyte[80];
        double before = double.PositiveInfinity, after = output.Error;
        for (int turn = 0; turn < 100 && after < before; turn++)
        {
            before = after;
            output.Sweep(orders);
            output.Error.ShouldBeLessThanOrEqualTo(before);
            double swept = output.Error;
            output.Refit().ShouldBe(output.Error < swept);
            output.CopyTo(row);
            after = Error(weights, row, output.Scale, orders);
            output.Error.ShouldBe(after, 1e-9);
        }

        after.ShouldBe(before);
        after.ShouldBeLessThan(Error(weights, start.Values, start.Scales[0], orders));
        foreach (int i in Enumerable.Range(0, 80))
        {
            foreach (sbyte level in row.Distinct())
            {
                Error(weights, [.. row.Select((own, k) => k == i ? level : own)], output.Scale, orders).ShouldBeGreaterThanOrEqualTo(after - 1e-12);
            }
        }
    }

    // Two levels, all weights of which are known: the best of each level over a fine net of all pairs of levels.
    [Fact]
    public void Levels_go_to_where_the_error_is_least()
    {
        var random = new Random(3);
        IReadOnlyList<FeedbackOrder> orders = [FeedbackOrder.Of(0, Moments(8, random), 0.01)];
        float[] weights = Weights(8, random);
        var start = new QuantizedMatrix([-90, 127, -90, 127, 127, -90, 127, -90], [0.004f]);
        RefinedOutput output = Taken(weights, start, orders);
        output.Refit().ShouldBeTrue();

        double least = double.PositiveInfinity;
        for (double low = -1; low <= 1; low += 1 / 512.0)
        {
            for (double high = -1; high <= 1; high += 1 / 512.0)
            {
                least = Math.Min(least, Error([.. weights.Select((w, i) => w - (start.Values[i] < 0 ? low : high))], orders));
            }
        }

        // A level is an integer: what half a step of either costs may be lost.
        double[] corners = [.. from low in new[] { -0.5, 0.5 } from high in new[] { -0.5, 0.5 } select Error([.. start.Values.Select(v => output.Scale * (v < 0 ? low : high))], orders)];
        output.Error.ShouldBeLessThanOrEqualTo(least + corners.Max());
    }

    // All roundings of 6 weights to 2 levels, each with its best levels, over 50 cases.
    [Fact]
    public void Of_few_weights_most_of_what_the_best_of_all_roundings_would_win_is_won()
    {
        var random = new Random(4);
        double best = 0, refined = 0, plain = 0;
        for (int trial = 0; trial < 50; trial++)
        {
            DenseMatrix moments = Moments(6, random);
            IReadOnlyList<FeedbackOrder> orders = [FeedbackOrder.Of(0, moments, 0.01)];
            float[] weights = Weights(6, random);
            best += Enumerable.Range(1, 62).Min(set => Best(weights, set, orders));

            sbyte[] rounded = [.. weights.Select(w => (sbyte)(w < 0 ? -127 : 127))];
            var matrix = new QuantizedMatrix(rounded, [weights.Average(Math.Abs) / 127]);
            plain += Error(weights, matrix.Values, matrix.Scales[0], orders);
            LevelRefinement.Improve(weights, matrix, orders);
            refined += Error(weights, matrix.Values, matrix.Scales[0], orders);
        }

        refined.ShouldBeGreaterThan(best * (1 - 1e-6));
        (refined - best).ShouldBeLessThan((plain - best) / 2);
    }

    [Fact]
    public void Parts_that_have_nothing_to_do_with_each_other_are_as_one()
    {
        var random = new Random(5);
        DenseMatrix part = Moments(30, random), both = new(60, 60);
        for (int i = 0; i < 30; i++)
        {
            part.Row(i).CopyTo(both.Row(i));
            part.Row(i).CopyTo(both.Row(30 + i)[30..]);
        }

        FeedbackOrder[] together = [FeedbackOrder.Of(0, both, 0.01)], apart = [FeedbackOrder.Of(0, ErrorFeedbackTests.Copy(part), 0.01), FeedbackOrder.Of(30, part, 0.01)];
        float[] weights = Weights(5 * 60, random);
        QuantizedMatrix one = QuantizedMatrix.LeastSquares(weights, 5, 4), two = QuantizedMatrix.LeastSquares(weights, 5, 4);
        LevelRefinement.Improve(weights, one, together);
        LevelRefinement.Improve(weights, two, apart);
        two.Values.ShouldBe(one.Values);
        two.Scales.ShouldBe(one.Scales);
        one.Values.ShouldNotBe(QuantizedMatrix.LeastSquares(weights, 5, 4).Values);
        one.Values.Chunk(60).ShouldAllBe(row => row.Distinct().Count() <= 16);
    }

    [Fact]
    public void A_dead_output_stays_0()
    {
        QuantizedMatrix matrix = QuantizedMatrix.LeastSquares(new float[2 * 40], 2, 4);
        LevelRefinement.Improve(new float[2 * 40], matrix, [FeedbackOrder.Of(0, Moments(40, new Random(6)), 0.01)]);
        matrix.Values.ShouldAllBe(value => value == 0);
        matrix.Scales.ShouldBe([1, 1]);
    }

    private static RefinedOutput Taken(float[] weights, QuantizedMatrix matrix, IReadOnlyList<FeedbackOrder> orders)
    {
        var output = new RefinedOutput(weights, matrix.Values, matrix.Scales[0]);
        foreach (FeedbackOrder order in orders)
        {
            for (int i = 0; i < order.Inputs.Length; i++)
            {
                output.Take(order.First, i, order.Moments.Row(i));
            }
        }

        return output;
    }

    // The least error of weights of which those of a set have one level, the others another one: 2 equations.
    private static double Best(float[] weights, int set, IReadOnlyList<FeedbackOrder> orders)
    {
        DenseMatrix moments = orders[0].Moments;
        double a = 0, b = 0, c = 0, x = 0, y = 0;
        for (int i = 0; i < weights.Length; i++)
        {
            for (int j = 0; j < weights.Length; j++)
            {
                (bool first, bool second) = ((set >> i & 1) == 1, (set >> j & 1) == 1);
                (a, b, c) = (a + (first && second ? moments[i, j] : 0), b + (first && !second ? moments[i, j] : 0), c + (!first && !second ? moments[i, j] : 0));
                (x, y) = (x + (first ? moments[i, j] * weights[j] : 0), y + (first ? 0 : moments[i, j] * weights[j]));
            }
        }

        double low = (c * x - b * y) / (a * c - b * b), high = (a * y - b * x) / (a * c - b * b);
        return Error([.. weights.Select((w, i) => w - ((set >> i & 1) == 1 ? low : high))], orders);
    }

    private static double Error(float[] weights, sbyte[] row, float scale, IReadOnlyList<FeedbackOrder> orders) =>
        Error([.. weights.Select((w, i) => w - (double)scale * row[i])], orders);

    private static double Error(double[] errors, IReadOnlyList<FeedbackOrder> orders) => orders.Sum(order =>
        Enumerable.Range(0, order.Inputs.Length).Sum(i => Enumerable.Range(0, order.Inputs.Length).Sum(j => errors[order.First + i] * order.Moments[i, j] * errors[order.First + j])));

    private static float[] Weights(int count, Random random) => [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() + random.NextSingle() - 1)];

    // Inputs that go together in part, as a mean of products.
    private static DenseMatrix Moments(int inputs, Random random)
    {
        var moments = new DenseMatrix(inputs, inputs);
        for (int t = 0; t < 2 * inputs; t++)
        {
            double common = random.NextDouble() - 0.5;
            double[] window = [.. Enumerable.Range(0, inputs).Select(_ => common + random.NextDouble() - 0.5)];
            for (int i = 0; i < inputs; i++)
            {
                DenseMatrix.AddScaled(moments.Row(i), window[i] / inputs, window);
            }
        }

        return moments;
    }
}

using StableQuant.Calibration.Quantization;

namespace StableQuant.Calibration.Tests.Quantization;

/// <summary>Rounding by what inputs are like, against plain loops and cases that can be worked out by hand.</summary>
public sealed class ErrorFeedbackTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(200)]
    public void The_factor_times_itself_is_the_matrix(int size)
    {
        DenseMatrix matrix = Definite(size, new Random(size)), factor = Copy(matrix);
        factor.Factorise().ShouldBeTrue();
        for (int i = 0; i < size; i++)
        {
            for (int j = i; j < size; j++)
            {
                Enumerable.Range(0, i + 1).Sum(k => factor[k, i] * factor[k, j]).ShouldBe(matrix[i, j], 1e-9 * size);
            }
        }
    }

    [Fact]
    public void A_matrix_that_is_not_positive_definite_has_no_factor()
    {
        DenseMatrix matrix = Definite(100, new Random(1));
        matrix[80, 80] = 0;
        matrix.Factorise().ShouldBeFalse();
    }

    [Fact]
    public void A_product_is_added_as_by_plain_loops()
    {
        var random = new Random(2);
        for (int trial = 0; trial < 20; trial++)
        {
            int depth = random.Next(1, 200), rows = random.Next(1, 40), columns = random.Next(1, 600), first = random.Next(depth);
            DenseMatrix a = Filled(depth, rows, random), b = Filled(depth, columns, random), sum = Filled(rows, columns, random), before = Copy(sum);
            sum.AddProduct(-2, a, b, first, depth, (0, rows), _ => (0, columns));
            for (int i = 0; i < rows; i++)
            {
                for (int j = 0; j < columns; j++)
                {
                    sum[i, j].ShouldBe(before[i, j] - 2 * Enumerable.Range(first, depth - first).Sum(k => a[k, i] * b[k, j]), 1e-9);
                }
            }
        }
    }

    [Fact]
    public void Moments_are_sums_of_products_of_inputs_and_large_ones_are_taken_in_parts()
    {
        var moments = new InputMoments(3);
        double[][] windows = [.. Enumerable.Range(0, 100).Select(t => new[] { Math.Sin(t), Math.Cos(t), t / 50.0 })];
        Array.ForEach(windows, window => moments.Add((first, target) => window.AsSpan(first, target.Length).CopyTo(target)));
        moments.Squares().ShouldBe([.. Enumerable.Range(0, 3).Select(i => windows.Sum(w => w[i] * w[i]))], 1e-9);
        InputMoments.Parts(3).ShouldBe([(0, 3)]);
        InputMoments.Parts(9000).ShouldBe([(0, 3000), (3000, 3000), (6000, 3000)]);
    }

    // By the definition, with Gauss's elimination.
    [Fact]
    public void Corrected_weights_bring_outputs_nearer_to_those_on_the_original_inputs()
    {
        const int Inputs = 7, Outputs = 3, Count = 300;
        var random = new Random(9);
        double[][] original = [.. Enumerable.Range(0, Count).Select(_ => Enumerable.Range(0, Inputs).Select(_ => random.NextDouble() - 0.5).ToArray())];
        double[][] changed = [.. original.Select(x => x.Select((value, i) => 0.9 * value + 0.2 * x[(i + 1) % Inputs] + 0.02 * (random.NextDouble() - 0.5)).ToArray())];
        float[] weights = [.. Enumerable.Range(0, Outputs * Inputs).Select(_ => random.NextSingle() - 0.5f)];
        var moments = new InputMoments(Inputs, areChanged: true);
        for (int t = 0; t < Count; t++)
        {
            int window = t;
            moments.Add((first, target) => changed[window].AsSpan(first, target.Length).CopyTo(target), (first, target) => original[window].AsSpan(first, target.Length).CopyTo(target));
        }

        float[] corrected = moments.Corrected(weights, Outputs).ToArray();
        for (int output = 0; output < Outputs; output++)
        {
            double[] own = [.. weights[(output * Inputs)..((output + 1) * Inputs)].Select(w => (double)w)], now = [.. corrected[(output * Inputs)..((output + 1) * Inputs)].Select(w => (double)w)];
            double mean = Enumerable.Range(0, Inputs).Average(i => changed.Sum(x => x[i] * x[i]));
            double[][] left = [.. Enumerable.Range(0, Inputs).Select(i => Enumerable.Range(0, Inputs).Select(j => changed.Sum(x => x[i] * x[j]) + (i == j ? 0.05 * mean : 0)).ToArray())];
            double[] right = [.. Enumerable.Range(0, Inputs).Select(i => Enumerable.Range(0, Count).Sum(t => changed[t][i] * Enumerable.Range(0, Inputs).Sum(j => (original[t][j] - changed[t][j]) * own[j])))];
            now.Zip(own, (a, b) => a - b).ShouldBe(Solved(left, right).Select(step => 0.5 * step), 1e-6);

            double Error(double[] w) => Enumerable.Range(0, Count).Sum(t => Math.Pow(Enumerable.Range(0, Inputs).Sum(i => own[i] * original[t][i] - w[i] * changed[t][i]), 2));
            Error(now).ShouldBeLessThan(0.4 * Error(own));
        }
    }

    [Fact]
    public void Weights_whose_inputs_are_the_original_ones_stay()
    {
        float[] weights = [1, -2, 3, 4, 5, -6];
        new InputMoments(3).Corrected(weights, 2).ToArray().ShouldBe(weights);
    }

    private static double[] Solved(double[][] left, double[] right)
    {
        for (int k = 0; k < right.Length; k++)
        {
            for (int i = 0; i < right.Length; i++)
            {
                double share = i == k ? 0 : left[i][k] / left[k][k];
                left[i] = [.. left[i].Zip(left[k], (a, b) => a - share * b)];
                right[i] -= share * right[k];
            }
        }

        return [.. right.Select((value, i) => value / left[i][i])];
    }

    // Independent inputs leave nothing to make up for.
    [Fact]
    public void With_independent_inputs_each_weight_takes_the_level_next_to_it()
    {
        var random = new Random(3);
        float[] weights = [.. Enumerable.Range(0, 6 * 150).Select(_ => random.NextSingle() - 0.5f)];
        QuantizedMatrix matrix = ErrorFeedback.Round(weights, 6, 4, [.. Enumerable.Repeat(1.0, 150)], [FeedbackOrder.Of(0, Diagonal(150), 0.01)]);
        matrix.Bits.ShouldBe(4);
        for (int output = 0; output < 6; output++)
        {
            sbyte[] row = matrix.Values[(output * 150)..(output * 150 + 150)], levels = [.. row.Distinct()];
            levels.Length.ShouldBeLessThanOrEqualTo(16);
            row.Max(level => Math.Abs((int)level)).ShouldBe(127);
            for (int i = 0; i < 150; i++)
            {
                double Distance(sbyte level) => Math.Abs(weights[output * 150 + i] - matrix.Scales[output] * (double)level);
                Distance(row[i]).ShouldBe(levels.Min(Distance), 1e-7);
            }
        }
    }

    // Two inputs that are always the same: only the sum of their weights counts, and the second makes up for the first's error.
    [Fact]
    public void Of_inputs_that_are_alike_one_weight_makes_up_for_the_others_error()
    {
        var alike = new DenseMatrix(2, 2);
        (alike[0, 0], alike[0, 1], alike[1, 1]) = (1, 1, 1 + 1e-9);
        FeedbackOrder order = FeedbackOrder.Of(0, alike, 1e-9);
        float[] weights = [.. Enumerable.Range(0, 40).SelectMany(i => new[] { i / 10f, 4 - i / 9.7f })];

        // All weights of the two inputs as one output's, so that its levels are few; then pair by pair.
        var levels = ChannelLevels.Of(weights, [], 8);
        double apart = 0, together = 0;
        for (int pair = 0; pair < 40; pair++)
        {
            (float a, float b) = (weights[2 * pair], weights[2 * pair + 1]);
            double first = levels.Scale * (double)levels.Nearest(b);
            apart += Math.Pow(a + b - first - levels.Scale * (double)levels.Nearest(a), 2);
            together += Math.Pow(a + b - first - levels.Scale * (double)levels.Nearest(a + (b - first) * order.Lower[1, 0] / order.Lower[0, 0]), 2);
        }

        order.Inputs.ShouldBe([0, 1]);
        (order.Lower[1, 0] / order.Lower[0, 0]).ShouldBe(1, 1e-6);
        together.ShouldBeLessThan(apart / 2);
    }

    // Where nothing is fed back, the weights' least squares are the outputs'.
    [Theory]
    [InlineData(8)]
    [InlineData(7)]
    public void Of_few_independent_inputs_the_scale_is_the_least_squares_one(int bits)
    {
        var random = new Random(5);
        float[] weights = [.. Enumerable.Range(0, 40 * 10).Select(_ => random.NextSingle() - 0.5f)];
        QuantizedMatrix matrix = ErrorFeedback.Round(weights, 40, bits, [.. Enumerable.Repeat(1.0, 10)], [FeedbackOrder.Of(0, Diagonal(10), 0.01)]), plain = QuantizedMatrix.LeastSquares(weights, 40, bits);
        matrix.Bits.ShouldBe(bits);
        matrix.Scales.ShouldBe(plain.Scales);
        matrix.Values.ShouldBe(plain.Values);
    }

    // Two inputs that are always the same count by the sum of their weights, 2. The stronger one's is rounded first, the other makes up for it, as far as 127 goes:
    // of the 26 scales the one is right at which some integer up to 254 comes nearest to that sum.
    [Fact]
    public void Of_two_inputs_that_are_alike_the_scale_is_taken_whose_integers_have_the_right_sum()
    {
        var alike = new DenseMatrix(2, 2);
        (alike[0, 0], alike[0, 1], alike[1, 1]) = (1, 1, 1 + 1e-9);
        QuantizedMatrix matrix = ErrorFeedback.Round(new[] { 0.7f, 1.3f }, 1, 8, [1, 1], [FeedbackOrder.Of(0, alike, 1e-9)]), plain = QuantizedMatrix.LeastSquares([0.7f, 1.3f], 1);
        double Error(QuantizedMatrix rounded) => Math.Abs(2 - rounded.Scales[0] * (double)(rounded.Values[0] + rounded.Values[1]));
        double best = Enumerable.Range(0, 26).Select(i => 1.3 / 127 * (1 - 0.02 * i)).Min(scale => Math.Abs(2 - scale * Math.Min(254, Math.Round(2 / scale))));
        Error(matrix).ShouldBe(best, 1e-6);
        Error(matrix).ShouldBeLessThan(Error(plain) / 2);
    }

    [Fact]
    public void A_dead_output_has_weights_0()
    {
        QuantizedMatrix matrix = ErrorFeedback.Round(new float[200], 2, 8, [.. Enumerable.Repeat(1.0, 100)], [FeedbackOrder.Of(0, Diagonal(100), 0.01)]);
        matrix.Values.ShouldAllBe(value => value == 0);
        matrix.Scales.ShouldBe([1, 1]);
    }

    [Theory]
    [InlineData(8, 2.5)]
    [InlineData(7, 2.5)]
    [InlineData(4, 2.5)]
    [InlineData(3, 2)]
    public void On_inputs_that_go_together_outputs_are_nearer_than_without_feedback(int bits, double gain)
    {
        // 300 inputs made of 60 sources; 300 is no multiple of a block.
        const int Inputs = 300, Outputs = 40;
        var random = new Random(4);
        DenseMatrix mixing = Filled(60, Inputs, random);
        var moments = new InputMoments(Inputs);
        var windows = new List<double[]>();
        for (int t = 0; t < 2000; t++)
        {
            double[] sources = [.. Enumerable.Range(0, 60).Select(_ => random.NextDouble() - 0.5)];
            double[] window = [.. Enumerable.Range(0, Inputs).Select(i => Enumerable.Range(0, 60).Sum(k => sources[k] * mixing[k, i]) + 0.05 * (random.NextDouble() - 0.5))];
            moments.Add((first, target) => window.AsSpan(first, target.Length).CopyTo(target));
            if (t % 10 == 0)
            {
                windows.Add(window);
            }
        }

        float[] weights = [.. Enumerable.Range(0, Outputs * Inputs).Select(_ => (float)(random.NextDouble() + random.NextDouble() - 1))];
        double Error(QuantizedMatrix matrix) => windows.Sum(window => Enumerable.Range(0, Outputs).Sum(o =>
            Math.Pow(Enumerable.Range(0, Inputs).Sum(i => window[i] * (weights[o * Inputs + i] - matrix.Scales[o] * (double)matrix.Values[o * Inputs + i])), 2)));
        double[] squares = moments.Squares();
        double with = Error(ErrorFeedback.Round(weights, Outputs, bits, squares, moments.Orders())), without = Error(QuantizedMatrix.LeastSquares(weights, Outputs, bits));
        with.ShouldBeLessThan(without / gain);
    }

    // What the speech did not vary at all: no input at all, and all alike.
    [Fact]
    public void Moments_of_nothing_and_of_rank_one_have_an_order_of_feedback()
    {
        FeedbackOrder.Of(0, new DenseMatrix(70, 70), 0.01).Lower[69, 69].ShouldBeGreaterThan(0);
        var alike = new DenseMatrix(70, 70);
        for (int i = 0; i < 70; i++)
        {
            alike.Row(i).Fill(1);
        }

        FeedbackOrder.Of(0, alike, 0.01).Lower[69, 69].ShouldBeGreaterThan(0);
    }

    private static DenseMatrix Diagonal(int size)
    {
        var matrix = new DenseMatrix(size, size);
        for (int i = 0; i < size; i++)
        {
            matrix[i, i] = 1;
        }

        return matrix;
    }

    private static DenseMatrix Definite(int size, Random random)
    {
        DenseMatrix rows = Filled(size + 10, size, random), matrix = Diagonal(size);
        matrix.AddProduct(1, rows, rows, 0, size + 10, (0, size), _ => (0, size));
        return matrix;
    }

    private static DenseMatrix Filled(int rows, int columns, Random random)
    {
        var matrix = new DenseMatrix(rows, columns);
        for (int i = 0; i < rows * columns; i++)
        {
            matrix[i / columns, i % columns] = random.NextDouble() - 0.5;
        }

        return matrix;
    }

    internal static DenseMatrix Copy(DenseMatrix matrix)
    {
        var copy = new DenseMatrix(matrix.Rows, matrix.Width);
        for (int i = 0; i < matrix.Rows; i++)
        {
            matrix.Row(i).CopyTo(copy.Row(i));
        }

        return copy;
    }
}

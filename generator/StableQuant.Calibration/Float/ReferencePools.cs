namespace StableQuant.Calibration.Float;

/// <summary>One frame of all.</summary>
internal static class ReferencePools
{
    /// <summary>The mean of all frames.</summary>
    public static Matrix Mean(Matrix input) => new([.. Enumerable.Range(0, input.Columns).Select(c => (float)MeanOf(input, c))], 1, input.Columns);

    /// <summary>The mean of all frames, then each channel's standard deviation by one less than the frames.</summary>
    public static Matrix Statistics(Matrix input)
    {
        Matrix result = new(1, 2 * input.Columns);
        for (int c = 0; c < input.Columns; c++)
        {
            double mean = MeanOf(input, c), squares = 0;
            for (int row = 0; row < input.Rows; row++)
            {
                squares += Math.Pow(input.Row(row)[c] - mean, 2);
            }

            result.Data[c] = (float)mean;
            result.Data[input.Columns + c] = (float)Math.Sqrt(squares / (input.Rows - 1));
        }

        return result;
    }

    private static double MeanOf(Matrix input, int column)
    {
        double sum = 0;
        for (int row = 0; row < input.Rows; row++)
        {
            sum += input.Row(row)[column];
        }

        return sum / input.Rows;
    }
}
